import { expect } from 'chai';
import type {
  BundleDetail,
  BundlePage,
  VersionDetail,
  VersionList,
} from '../../../src/lib/index/bundle-types.ts';
import type { CertifyEntry, PublishEntry, RevokeEntry } from '../../../src/lib/log/entry.ts';
import { setDownloads } from '../../support/downloads.ts';
import { publishEntries, publishEntry } from '../../support/entries.ts';
import { indexOf, provenanceFrom } from '../../support/index-of.ts';
import { ask, json, refusal, servicesOver } from './ask.ts';

const NAME = '@acme/echo';
const PROVENANCE = provenanceFrom('Acme/echo');
const { claims: CLAIMS, ...SUMMARY } = PROVENANCE;

const echo = publishEntry(NAME, '1.2.0', {
  manifest: {
    manifest_version: '0.4',
    name: NAME,
    version: '1.2.0',
    display_name: 'Echo',
    description: 'Says it again',
    author: { name: 'Ada', email: 'ada@example.com' },
    homepage: 'https://example.com/echo',
    license: 'MIT',
    icon: 'https://example.com/echo.png',
    server: { type: 'node' },
    tools: [{ name: 'echo', description: 'Echoes' }, { name: 'shout' }],
  },
  provenance: PROVENANCE,
  artifact: { os: 'linux', arch: 'x64', size: 4321 },
});

function certify({ package: name, version, artifact }: PublishEntry, level: number): CertifyEntry {
  return {
    kind: 'certify',
    package: name,
    version,
    sha256: artifact.sha256,
    level,
    controls: { 'AI-01': 'pass', 'CQ-01': 'pass', 'PR-03': 'fail' },
    scanner: { name: 'mpak', version: '0.1.0' },
    at: '2026-06-03T00:00:00.000Z',
  };
}

function revoke(versions: string, reason: RevokeEntry['reason'] = 'malicious', name = NAME): RevokeEntry {
  return { kind: 'revoke', package: name, versions, reason, at: '2026-06-01T00:00:00.000Z' };
}

const BUNDLE = {
  name: NAME,
  display_name: 'Echo',
  description: 'Says it again',
  author: { name: 'Ada' },
  latest_version: '1.2.0',
  icon: 'https://example.com/echo.png',
  server_type: 'node',
  tools: [{ name: 'echo', description: 'Echoes' }, { name: 'shout' }],
  downloads: 0,
  published_at: '2026-05-01T12:00:00.000Z',
  verified: true,
  provenance: SUMMARY,
  certification_level: 2,
};

describe('GET /v1/bundles/search', () => {
  it('answers bundles, their number and the page, in the fields of the contract and no others', async () => {
    const services = servicesOver(indexOf(echo, certify(echo, 2)));
    expect(await json(services, '/v1/bundles/search?q=echo')).to.deep.equal({
      bundles: [BUNDLE],
      total: 1,
      pagination: { limit: 20, offset: 0, has_more: false },
    });
  });

  it('lists everything without a query, a page at a time', async () => {
    const services = servicesOver(indexOf(...publishEntries(45)));
    const seen = new Set<string>();
    for (const [offset, count, more] of [
      [0, 20, true],
      [20, 20, true],
      [40, 5, false],
    ] as const) {
      const page = await json<BundlePage>(services, `/v1/bundles/search?offset=${offset}`);
      expect(page.total).to.equal(45);
      expect(page.bundles).to.have.length(count);
      expect(page.pagination).to.deep.equal({ limit: 20, offset, has_more: more });
      for (const { name } of page.bundles) seen.add(name);
    }
    expect(seen.size).to.equal(45);
  });

  it('takes relevance without a query for downloads', async () => {
    const db = indexOf(publishEntry('@acme/rare'), publishEntry('@acme/popular'));
    setDownloads(db, 9, "name = '@acme/popular'");
    for (const target of ['?sort=relevance', '?sort=relevance&q=', '?q=%20&sort=relevance', '']) {
      const { bundles } = await json<BundlePage>(servicesOver(db), `/v1/bundles/search${target}`);
      expect(
        bundles.map(({ name }) => name),
        target,
      ).to.deep.equal(['@acme/popular', '@acme/rare']);
    }
  });

  it('sorts by name, by time and by downloads', async () => {
    const db = indexOf(
      publishEntry('@acme/b', '1.0.0', { at: '2026-05-01T00:00:00.000Z' }),
      publishEntry('@acme/a', '1.0.0', { at: '2026-05-02T00:00:00.000Z' }),
      publishEntry('@acme/c', '1.0.0', { at: '2026-05-03T00:00:00.000Z' }),
    );
    setDownloads(db, 9, "name = '@acme/b'");
    const names = async (sort: string) => {
      const { bundles } = await json<BundlePage>(servicesOver(db), `/v1/bundles/search?sort=${sort}`);
      return bundles.map(({ name }) => name.slice(-1)).join('');
    };
    expect(await names('name')).to.equal('abc');
    expect(await names('recent')).to.equal('cab');
    expect(await names('downloads')).to.match(/^b/);
  });

  it('narrows by server type, certification and platform', async () => {
    const python = publishEntry('@acme/snake', '1.0.0', {
      manifest: { name: '@acme/snake', version: '1.0.0', server: { type: 'python' } },
    });
    const services = servicesOver(indexOf(echo, python, certify(echo, 2)));
    const names = async (query: string) => {
      const { bundles } = await json<BundlePage>(services, `/v1/bundles/search?sort=name&${query}`);
      return bundles.map(({ name }) => name);
    };
    expect(await names('type=python')).to.deep.equal(['@acme/snake']);
    expect(await names('certified=2')).to.deep.equal([NAME]);
    expect(await names('certified=3')).to.deep.equal([]);
    expect(await names('os=linux&arch=x64')).to.deep.equal([NAME, '@acme/snake']);
    expect(await names('os=darwin')).to.deep.equal(['@acme/snake']);
  });

  for (const [parameter, values] of [
    ['limit', ['0', '101', '-1', '1.5', 'ten', '1e1']],
    ['offset', ['-1', 'x', '99999999999999999999']],
    ['type', ['ruby', 'Node']],
    ['sort', ['stars']],
    ['certified', ['0', '5']],
    ['os', ['macos']],
    ['arch', ['x86']],
    ['q', ['x'.repeat(1025)]],
  ] as const) {
    for (const value of values) {
      it(`refuses ${parameter}=${value.slice(0, 20)} and names the parameter`, async () => {
        const error = await refusal(servicesOver(indexOf()), `/v1/bundles/search?${parameter}=${value}`);
        expect([error.status, error.code]).to.deep.equal([400, 'BAD_REQUEST']);
        expect(error.message).to.match(new RegExp(`^${parameter} `));
      });
    }
  }

  it('finds no package that is revoked', async () => {
    const page = await json<BundlePage>(
      servicesOver(indexOf(echo, revoke('*'))),
      '/v1/bundles/search?q=echo',
    );
    expect(page.total).to.equal(0);
  });

  for (const icon of [
    'icon.png',
    'javascript:alert(1)',
    'data:image/svg+xml,<svg onload=alert(1)>',
    '//x.example/i.png',
  ]) {
    it(`passes no icon on that is no URL of the web: ${icon}`, async () => {
      const entry = publishEntry(NAME, '1.0.0', {
        manifest: { name: NAME, version: '1.0.0', icon, homepage: icon },
      });
      const services = servicesOver(indexOf(entry));
      const { bundles } = await json<BundlePage>(services, '/v1/bundles/search?q=echo');
      expect(bundles[0]?.icon).to.equal(null);
      const detail = await json<BundleDetail>(services, `/v1/bundles/${NAME}`);
      expect([detail.icon, detail.homepage]).to.deep.equal([null, null]);
    });
  }
});

describe('GET /v1/bundles/@scope/name', () => {
  it('answers the bundle in detail, in the fields of the contract and no others', async () => {
    expect(await json(servicesOver(indexOf(echo, certify(echo, 2))), `/v1/bundles/${NAME}`)).to.deep.equal({
      ...BUNDLE,
      provenance: { ...SUMMARY, claims: CLAIMS },
      homepage: 'https://example.com/echo',
      license: 'MIT',
      certification: {
        level: 2,
        level_name: 'Standard',
        controls_passed: 2,
        controls_failed: 1,
        controls_total: 3,
      },
      versions: [{ version: '1.2.0', published_at: '2026-05-01T12:00:00.000Z', downloads: 0 }],
    });
  });

  for (const spelling of ['@ACME/Echo', '%40acme/echo', '%40acme%2Fecho', '@acme%2fecho']) {
    it(`takes the name as ${spelling}, here and below`, async () => {
      const services = servicesOver(indexOf(echo));
      for (const below of ['', '/versions', '/versions/1.2.0', '/index.json']) {
        expect((await json<{ name: string }>(services, `/v1/bundles/${spelling}${below}`)).name).to.equal(
          NAME,
        );
      }
    });
  }

  it('tells packages apart from what lies below one', async () => {
    const services = servicesOver(indexOf(publishEntry('@acme/versions')));
    expect((await json<BundleDetail>(services, '/v1/bundles/@acme/versions')).name).to.equal(
      '@acme/versions',
    );
    expect((await json<VersionList>(services, '/v1/bundles/@acme/versions/versions')).latest).to.equal(
      '1.0.0',
    );
  });

  for (const below of [
    '',
    '/versions',
    '/versions/1.0.0',
    '/versions/latest/download',
    '/index.json',
    '/badge.svg',
  ]) {
    it(`has 404 for a package that is not there, 400 for what is no name, 410 with the reason for one revoked: ${below || '/'}`, async () => {
      const services = servicesOver(indexOf(publishEntry(NAME, '1.0.0'), revoke('*', 'compromised')));
      const absent = await refusal(services, `/v1/bundles/@acme/none${below}`);
      expect([absent.status, absent.code]).to.deep.equal([404, 'NOT_FOUND']);
      expect(absent.message).to.contain('@acme/none');
      const malformed = await refusal(services, `/v1/bundles/acme/echo${below}`);
      expect([malformed.status, malformed.code]).to.deep.equal([400, 'BAD_REQUEST']);
      const revoked = await refusal(services, `/v1/bundles/${NAME}${below}`);
      expect([revoked.status, revoked.code]).to.deep.equal([410, 'GONE']);
      expect(revoked.message).to.contain('compromised');
    });
  }

  it('may be cached, for a short time', async () => {
    const services = servicesOver(indexOf(echo));
    for (const below of ['', '/versions', '/versions/1.2.0', '/index.json']) {
      const { headers } = await ask(services, `/v1/bundles/${NAME}${below}`);
      expect(headers?.['cache-control'], below).to.equal('public, max-age=60');
    }
  });
});

describe('GET /v1/bundles/@scope/name/versions', () => {
  it('answers them highest first, with their platforms, and no revoked one', async () => {
    const mac = publishEntry(NAME, '1.2.0', { artifact: { os: 'darwin', arch: 'arm64' } });
    const old = publishEntry(NAME, '1.1.0');
    const services = servicesOver(indexOf(old, echo, mac, publishEntry(NAME, '1.3.0'), revoke('1.3.0')));
    expect(await json(services, `/v1/bundles/${NAME}/versions`)).to.deep.equal({
      name: NAME,
      latest: '1.2.0',
      versions: [
        {
          version: '1.2.0',
          artifacts_count: 2,
          platforms: [
            { os: 'linux', arch: 'x64' },
            { os: 'darwin', arch: 'arm64' },
          ],
          published_at: '2026-05-01T12:00:00.000Z',
          downloads: 0,
          publish_method: 'oidc',
          provenance: SUMMARY,
        },
        {
          version: '1.1.0',
          artifacts_count: 1,
          platforms: [{ os: 'any', arch: 'any' }],
          published_at: '2026-05-01T12:00:00.000Z',
          downloads: 0,
          publish_method: 'import',
          provenance: null,
        },
      ],
    });
  });
});

describe('GET /v1/bundles/@scope/name/versions/version', () => {
  it('answers the version in detail, in the fields of the contract and no others', async () => {
    const expected = {
      name: NAME,
      version: '1.2.0',
      published_at: '2026-05-01T12:00:00.000Z',
      downloads: 0,
      artifacts: [
        {
          platform: { os: 'linux', arch: 'x64' },
          digest: `sha256:${echo.artifact.sha256}`,
          size: 4321,
          download_url: echo.artifact.url,
        },
      ],
      manifest: echo.manifest,
      release: { tag: 'v1.2.0', url: 'https://example.com/release' },
      publish_method: 'oidc',
      provenance: { ...SUMMARY, claims: CLAIMS },
    };
    const services = servicesOver(indexOf(echo));
    expect(await json(services, `/v1/bundles/${NAME}/versions/1.2.0`)).to.deep.equal(expected);
    expect(await json(services, `/v1/bundles/${NAME}/versions/latest`)).to.deep.equal(expected);
  });

  it('leaves the release out of one that was imported without', async () => {
    const services = servicesOver(indexOf(publishEntry(NAME, '1.0.0', { release: null })));
    const detail = await json<VersionDetail>(services, `/v1/bundles/${NAME}/versions/1.0.0`);
    expect(detail).not.to.have.property('release');
  });

  it('has 404 for one that was never published and 410 for one revoked, whose links nobody gets', async () => {
    const services = servicesOver(indexOf(publishEntry(NAME, '1.0.0'), echo, revoke('1.0.0', 'vulnerable')));
    const absent = await refusal(services, `/v1/bundles/${NAME}/versions/9.9.9`);
    expect([absent.status, absent.message]).to.deep.equal([404, '@acme/echo has no version "9.9.9".']);
    const revoked = await refusal(services, `/v1/bundles/${NAME}/versions/1.0.0`);
    expect([revoked.status, revoked.message]).to.deep.equal([
      410,
      '@acme/echo@1.0.0 is revoked: vulnerable.',
    ]);
  });
});

describe('GET /v1/bundles/@scope/name/index.json', () => {
  it('answers the latest version as an MCPB index', async () => {
    const services = servicesOver(indexOf(publishEntry(NAME, '1.0.0'), echo));
    const answer = await ask(services, `/v1/bundles/${NAME}/index.json`);
    expect(answer.headers?.['content-type']).to.equal('application/vnd.mcp.bundle.index.v0.1+json');
    expect(answer.json).to.deep.equal({
      index_version: '0.1',
      mimeType: 'application/vnd.mcp.bundle.index.v0.1+json',
      name: NAME,
      version: '1.2.0',
      description: 'Says it again',
      bundles: [
        {
          mimeType: 'application/vnd.mcp.bundle.v0.4+zip',
          digest: `sha256:${echo.artifact.sha256}`,
          size: 4321,
          platform: { os: 'linux', arch: 'x64' },
          urls: [echo.artifact.url],
        },
      ],
      annotations: {
        'dev.mpak.release.url': 'https://example.com/release',
        'dev.mpak.provenance.repository': 'Acme/echo',
        'dev.mpak.provenance.sha': PROVENANCE.sha,
        'dev.mpak.provenance.provider': 'github_oidc',
      },
    });
  });

  it('annotates only what is known, and takes no media type from a manifest', async () => {
    const entry = publishEntry(NAME, '1.0.0', {
      release: null,
      manifest: { manifest_version: 'x/y; q="', name: NAME, version: '1.0.0' },
    });
    const index = await json<{ annotations: object; description: unknown; bundles: { mimeType: string }[] }>(
      servicesOver(indexOf(entry)),
      `/v1/bundles/${NAME}/index.json`,
    );
    expect(index.annotations).to.deep.equal({});
    expect(index.description).to.equal(null);
    expect(index.bundles[0]?.mimeType).to.equal('application/vnd.mcp.bundle.v0.3+zip');
  });
});
