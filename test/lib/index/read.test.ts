import { expect } from 'chai';
import type { Platform } from '../../../src/lib/index/bundle-types.ts';
import { bundleDetail, versionDetail, versionList } from '../../../src/lib/index/read.ts';
import { chooseArtifact, findArtifact } from '../../../src/lib/index/read-artifact.ts';
import { packageStatus } from '../../../src/lib/index/read-status.ts';
import { resolveVersion } from '../../../src/lib/index/read-version.ts';
import type { CertifyEntry, DeprecateEntry, PublishEntry, RevokeEntry } from '../../../src/lib/log/entry.ts';
import { publishEntry } from '../../support/entries.ts';
import { indexOf, provenanceFrom } from '../../support/index-of.ts';

const NAME = '@acme/echo';
const PROVENANCE = provenanceFrom('Acme/echo');

function revoke(versions: string, reason: RevokeEntry['reason'] = 'malicious'): RevokeEntry {
  return { kind: 'revoke', package: NAME, versions, reason, at: '2026-06-01T00:00:00.000Z' };
}

function deprecate(versions: string, message: string, successor?: string): DeprecateEntry {
  const entry = {
    kind: 'deprecate',
    package: NAME,
    versions,
    message,
    at: '2026-06-02T00:00:00.000Z',
  } as const;
  return successor === undefined ? entry : { ...entry, successor };
}

function certify(
  { version, artifact }: PublishEntry,
  level: number,
  controls: CertifyEntry['controls'] = { 'AI-01': 'pass' },
): CertifyEntry {
  return {
    kind: 'certify',
    package: NAME,
    version,
    sha256: artifact.sha256,
    level,
    controls,
    scanner: { name: 'mpak', version: '0.1.0' },
    at: '2026-06-03T00:00:00.000Z',
  };
}

const full = publishEntry(NAME, '1.2.0', {
  manifest: {
    manifest_version: '0.3',
    name: NAME,
    version: '1.2.0',
    display_name: 'Echo',
    description: 'Says it again',
    author: { name: 'Ada' },
    homepage: 'https://example.com/echo',
    license: 'MIT',
    icon: 'https://example.com/echo.png',
    server: { type: 'node', entry_point: 'index.js' },
    tools: [{ name: 'echo', description: 'Echoes' }, { name: 'shout' }],
  },
  provenance: PROVENANCE,
  attestation: { sha256: 'a'.repeat(64), predicateType: 'https://slsa.dev/provenance/v1' },
  artifact: { os: 'linux', arch: 'x64' },
});

describe('reading a package', () => {
  it('answers a bundle with every field of the contract and no other', () => {
    const db = indexOf(
      full,
      certify(full, 2, { 'AI-01': 'pass', 'CQ-01': 'pass', 'SC-02': 'skip', 'PR-03': 'fail' }),
    );
    expect(bundleDetail(db, NAME)).to.deep.equal({
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
      provenance: PROVENANCE,
      certification_level: 2,
      homepage: 'https://example.com/echo',
      license: 'MIT',
      certification: {
        level: 2,
        level_name: 'Standard',
        controls_passed: 2,
        controls_failed: 1,
        controls_total: 4,
      },
      versions: [{ version: '1.2.0', published_at: '2026-05-01T12:00:00.000Z', downloads: 0 }],
    });
  });

  it('answers null for what a bare package does not say', () => {
    const bare = publishEntry(NAME, '1.0.0', {
      manifest: { name: NAME, version: '1.0.0' },
      release: null,
    });
    const detail = bundleDetail(indexOf(bare), NAME);
    expect(detail).to.include({
      display_name: null,
      description: null,
      author: null,
      icon: null,
      server_type: null,
      homepage: null,
      license: null,
      verified: false,
      provenance: null,
      certification_level: null,
      certification: null,
    });
    expect(detail?.tools).to.deep.equal([]);
    expect(versionDetail(indexOf(bare), NAME, '1.0.0')).not.to.have.property('release');
  });

  it('answers nothing for a package that is not there', () => {
    const db = indexOf();
    expect(bundleDetail(db, NAME)).to.equal(undefined);
    expect(versionList(db, NAME)).to.equal(undefined);
    expect(versionDetail(db, NAME, 'latest')).to.equal(undefined);
    expect(packageStatus(db, NAME)).to.equal(undefined);
    expect(findArtifact(db, NAME, 'latest', undefined)).to.equal(undefined);
  });
});

describe('the versions of a package', () => {
  const versions = ['1.9.0', '1.10.0', '2.0.0-rc.2', '2.0.0-rc.10', '1.2.0'];

  it('are ordered as versions, highest first, not as text', () => {
    const db = indexOf(...versions.map((version) => publishEntry(NAME, version)));
    const expected = ['2.0.0-rc.10', '2.0.0-rc.2', '1.10.0', '1.9.0', '1.2.0'];
    expect(bundleDetail(db, NAME)?.versions.map(({ version }) => version)).to.deep.equal(expected);
    expect(versionList(db, NAME)?.versions.map(({ version }) => version)).to.deep.equal(expected);
    expect(versionList(db, NAME)?.latest).to.equal('1.10.0');
  });

  it('are listed with their platforms and, in short, where they were built', () => {
    const mac = publishEntry(NAME, '1.2.0', {
      provenance: PROVENANCE,
      artifact: { os: 'darwin', arch: 'arm64' },
    });
    const { claims: _claims, ...summary } = PROVENANCE;
    expect(versionList(indexOf(full, mac), NAME)).to.deep.equal({
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
          provenance: summary,
        },
      ],
    });
  });

  it('are answered one by one as they were published, manifest and claims included', () => {
    expect(versionDetail(indexOf(full), NAME, 'latest')).to.deep.equal({
      name: NAME,
      version: '1.2.0',
      published_at: '2026-05-01T12:00:00.000Z',
      downloads: 0,
      artifacts: [
        {
          platform: { os: 'linux', arch: 'x64' },
          digest: `sha256:${full.artifact.sha256}`,
          size: 1000,
          download_url: full.artifact.url,
        },
      ],
      manifest: full.manifest,
      release: { tag: 'v1.2.0', url: 'https://example.com/release' },
      publish_method: 'oidc',
      provenance: PROVENANCE,
    });
  });

  it('are found by their exact number: a range, a v or an unknown one is none', () => {
    const db = indexOf(full);
    expect(resolveVersion(db, NAME, '1.2.0')?.version).to.equal('1.2.0');
    for (const wanted of ['1.2', '^1.2.0', 'v1.2.0', '1.2.1', '']) {
      expect(resolveVersion(db, NAME, wanted), wanted).to.equal(undefined);
    }
  });

  it('are `latest` as a prerelease only while there is no release', () => {
    expect(resolveVersion(indexOf(publishEntry(NAME, '2.0.0-rc.1')), NAME, 'latest')?.version).to.equal(
      '2.0.0-rc.1',
    );
    const both = indexOf(publishEntry(NAME, '2.0.0-rc.1'), publishEntry(NAME, '1.0.0'));
    expect(resolveVersion(both, NAME, 'latest')?.version).to.equal('1.0.0');
  });
});

describe('revoked versions', () => {
  it('are in no list, and the next one down is the latest', () => {
    const db = indexOf(publishEntry(NAME, '1.0.0'), publishEntry(NAME, '1.1.0'), revoke('1.1.0'));
    expect(bundleDetail(db, NAME)?.latest_version).to.equal('1.0.0');
    expect(bundleDetail(db, NAME)?.versions.map(({ version }) => version)).to.deep.equal(['1.0.0']);
    expect(versionList(db, NAME)?.versions.map(({ version }) => version)).to.deep.equal(['1.0.0']);
    expect(resolveVersion(db, NAME, '1.1.0')?.revoked).to.equal('malicious');
  });

  it('leave a package that is still described, without a latest version, when they are all there is', () => {
    const db = indexOf(full, certify(full, 3), revoke('*'));
    expect(bundleDetail(db, NAME)).to.deep.include({
      latest_version: null,
      display_name: 'Echo',
      verified: false,
      provenance: null,
      certification: null,
      versions: [],
    });
    expect(versionList(db, NAME)).to.deep.equal({ name: NAME, latest: null, versions: [] });
    expect(resolveVersion(db, NAME, 'latest')).to.equal(undefined);
    expect(versionDetail(db, NAME, '1.2.0')?.version).to.equal('1.2.0');
  });
});

describe("a package's status", () => {
  it('names what revocations and deprecations cover, newest first, and every version with its reason', () => {
    const db = indexOf(
      publishEntry(NAME, '1.0.0'),
      full,
      publishEntry(NAME, '2.0.0'),
      revoke('<1.1.0', 'vulnerable'),
      deprecate('1.x', 'Use 2'),
      deprecate('<2', 'Use the other', '@acme/other'),
      revoke('9.0.0'),
    );
    const status = packageStatus(db, NAME);
    expect(status?.latest_version).to.equal('2.0.0');
    expect(status?.revocations).to.deep.equal([
      { versions: '9.0.0', reason: 'malicious', at: '2026-06-01T00:00:00.000Z', covers: [] },
      { versions: '<1.1.0', reason: 'vulnerable', at: '2026-06-01T00:00:00.000Z', covers: ['1.0.0'] },
    ]);
    expect(status?.deprecations).to.deep.equal([
      {
        versions: '<2',
        message: 'Use the other',
        successor: '@acme/other',
        by_publisher: false,
        at: '2026-06-02T00:00:00.000Z',
        covers: ['1.2.0', '1.0.0'],
      },
      {
        versions: '1.x',
        message: 'Use 2',
        successor: null,
        by_publisher: false,
        at: '2026-06-02T00:00:00.000Z',
        covers: ['1.2.0', '1.0.0'],
      },
    ]);
    expect(
      status?.versions.map(({ version, revoked, deprecated }) => [version, revoked, deprecated]),
    ).to.deep.equal([
      ['2.0.0', null, null],
      ['1.2.0', null, { message: 'Use the other', successor: '@acme/other', at: '2026-06-02T00:00:00.000Z' }],
      [
        '1.0.0',
        'vulnerable',
        { message: 'Use the other', successor: '@acme/other', at: '2026-06-02T00:00:00.000Z' },
      ],
    ]);
  });

  it('tells how a version was published and which artifacts carry an attestation', () => {
    const mac = publishEntry(NAME, '1.2.0', {
      artifact: { os: 'darwin', arch: 'any', filename: 'mac.mcpb' },
    });
    const [version] = packageStatus(indexOf(full, mac, certify(mac, 1)), NAME)?.versions ?? [];
    expect(version).to.deep.equal({
      version: '1.2.0',
      prerelease: false,
      published_at: '2026-05-01T12:00:00.000Z',
      downloads: 0,
      revoked: null,
      yanked: null,
      deprecated: null,
      publish_method: 'oidc',
      release: { tag: 'v1.2.0', url: 'https://example.com/release' },
      provenance: PROVENANCE,
      artifacts: [
        {
          platform: { os: 'linux', arch: 'x64' },
          filename: 'bundle.mcpb',
          sha256: full.artifact.sha256,
          size: 1000,
          url: full.artifact.url,
          certification_level: null,
          attestation_sha256: 'a'.repeat(64),
          attested: true,
          state: 'available',
          seq: 0,
        },
        {
          platform: { os: 'darwin', arch: 'any' },
          filename: 'mac.mcpb',
          sha256: mac.artifact.sha256,
          size: 1000,
          url: mac.artifact.url,
          certification_level: 1,
          attestation_sha256: null,
          attested: false,
          state: 'available',
          seq: 1,
        },
      ],
    });
  });
});

describe('the certification of a package', () => {
  const mac = publishEntry(NAME, '1.2.0', { artifact: { os: 'darwin', arch: 'arm64' } });

  it('is that of its lowest-graded artifact', () => {
    const db = indexOf(full, mac, certify(full, 3, { a: 'pass' }), certify(mac, 1, { a: 'pass', b: 'fail' }));
    expect(bundleDetail(db, NAME)?.certification).to.deep.equal({
      level: 1,
      level_name: 'Basic',
      controls_passed: 1,
      controls_failed: 1,
      controls_total: 2,
    });
  });

  it('is none while an artifact was not scanned', () => {
    const detail = bundleDetail(indexOf(full, mac, certify(full, 3)), NAME);
    expect(detail?.certification).to.equal(null);
    expect(detail?.certification_level).to.equal(null);
  });

  it('follows the newest scan, down as well as up', () => {
    const db = indexOf(full, certify(full, 4), certify(full, 1, { a: 'error', b: 'pass' }));
    expect(bundleDetail(db, NAME)?.certification).to.deep.equal({
      level: 1,
      level_name: 'Basic',
      controls_passed: 1,
      controls_failed: 0,
      controls_total: 2,
    });
  });

  it('starts again with a new version', () => {
    const db = indexOf(full, certify(full, 4), publishEntry(NAME, '1.3.0'));
    expect(bundleDetail(db, NAME)?.certification).to.equal(null);
  });

  it('is not taken from another package that publishes the same bytes', () => {
    const twin = publishEntry('@acme/twin', '1.2.0', { artifact: full.artifact });
    const db = indexOf(full, twin, certify(full, 4));
    expect(bundleDetail(db, '@acme/twin')?.certification).to.equal(null);
  });
});

describe('the artifact for a platform', () => {
  const everything: Platform[] = [
    { os: 'any', arch: 'any' },
    { os: 'linux', arch: 'any' },
    { os: 'linux', arch: 'x64' },
    { os: 'darwin', arch: 'arm64' },
    { os: 'any', arch: 'x64' },
  ];
  const claims: [string, Platform[], Platform | undefined, Platform | undefined][] = [
    ['is the exact one', everything, { os: 'linux', arch: 'x64' }, { os: 'linux', arch: 'x64' }],
    [
      'is else the os with any arch',
      everything,
      { os: 'linux', arch: 'arm64' },
      { os: 'linux', arch: 'any' },
    ],
    ['is else the one for any', everything, { os: 'darwin', arch: 'x64' }, { os: 'any', arch: 'any' }],
    [
      'is the one for any on an os without one',
      everything,
      { os: 'win32', arch: 'x64' },
      { os: 'any', arch: 'any' },
    ],
    ['is the one for any when no platform is given', everything, undefined, { os: 'any', arch: 'any' }],
    [
      'is the os with any arch when that is asked',
      everything,
      { os: 'linux', arch: 'any' },
      { os: 'linux', arch: 'any' },
    ],
    ['is none for another arch', [{ os: 'linux', arch: 'x64' }], { os: 'linux', arch: 'arm64' }, undefined],
    ['is none for another os', [{ os: 'linux', arch: 'any' }], { os: 'darwin', arch: 'arm64' }, undefined],
    ['is none for no platform when all are native', [{ os: 'linux', arch: 'x64' }], undefined, undefined],
    [
      'is none when only any os with that arch exists',
      [{ os: 'any', arch: 'x64' }],
      { os: 'linux', arch: 'x64' },
      undefined,
    ],
    ['is none of none', [], { os: 'linux', arch: 'x64' }, undefined],
  ];
  for (const [claim, platforms, wanted, chosen] of claims) {
    it(`${claim}: ${wanted === undefined ? 'none' : `${wanted.os}/${wanted.arch}`}`, () => {
      expect(
        chooseArtifact(
          platforms.map((platform) => ({ platform })),
          wanted,
        )?.platform,
      ).to.deep.equal(chosen);
    });
  }

  it('is found by name and version', () => {
    const linux = publishEntry(NAME, '1.2.0', { artifact: { os: 'linux', arch: 'any' } });
    const db = indexOf(linux, publishEntry(NAME, '1.3.0'));
    const found = findArtifact(db, NAME, '1.2.0', { os: 'linux', arch: 'arm64' });
    expect(found?.sha256).to.equal(linux.artifact.sha256);
    expect(findArtifact(db, NAME, '1.2.0', undefined)).to.equal(undefined);
    expect(findArtifact(db, NAME, 'latest', undefined)?.platform).to.deep.equal({ os: 'any', arch: 'any' });
  });
});
