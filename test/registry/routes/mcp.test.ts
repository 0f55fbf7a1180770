import { expect } from 'chai';
import type { ServerDetail, ServerEntry } from '../../../registry/routes/server-detail.ts';
import type { DeprecateEntry, PublishEntry, RevokeEntry } from '../../../src/lib/log/entry.ts';
import { publishEntries, publishEntry } from '../../support/entries.ts';
import { appendEntries, indexOf, provenanceFrom } from '../../support/index-of.ts';
import { json, refusal, servicesOver } from './ask.ts';

interface ServerPage {
  readonly servers: readonly ServerEntry[];
  readonly metadata: { readonly nextCursor?: string; readonly count: number };
}

const NAME = '@acme/echo';
const OFFICIAL = 'io.modelcontextprotocol.registry/official';

const linux = publishEntry(NAME, '1.2.0', {
  provenance: provenanceFrom('Acme/echo'),
  artifact: { os: 'linux', arch: 'x64' },
});
const mac = publishEntry(NAME, '1.2.0', { artifact: { os: 'darwin', arch: 'arm64' } });

function revoke(versions: string, at = '2026-06-01T00:00:00.000Z'): RevokeEntry {
  return { kind: 'revoke', package: NAME, versions, reason: 'malicious', at };
}

function deprecate(versions: string, message: string): DeprecateEntry {
  return { kind: 'deprecate', package: NAME, versions, message, at: '2026-06-02T00:00:00.000Z' };
}

/** A package whose manifest states a server name. */
function named(name: string, stated: unknown, version = '1.0.0'): PublishEntry {
  return publishEntry(name, version, {
    manifest: { name, version, description: 'Named', _meta: { 'dev.mpak/registry': { name: stated } } },
  });
}

const DETAIL = {
  $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
  name: 'dev.mpak.acme/echo',
  description: 'What @acme/echo does',
  version: '1.2.0',
  repository: { url: 'https://github.com/Acme/echo', source: 'github' },
  packages: [linux, mac].map(({ artifact }) => ({
    registryType: 'mcpb',
    identifier: artifact.url,
    version: '1.2.0',
    fileSha256: artifact.sha256,
    transport: { type: 'stdio' },
  })),
};

const ENTRY = {
  server: DETAIL,
  _meta: {
    [OFFICIAL]: {
      status: 'active',
      publishedAt: '2026-05-01T12:00:00.000Z',
      updatedAt: '2026-05-01T12:00:00.000Z',
      isLatest: true,
    },
  },
};

describe('GET /v0.1/servers', () => {
  it('answers servers with what the registry says of them, a package an artifact', async () => {
    const services = servicesOver(indexOf(publishEntry(NAME, '1.0.0'), linux, mac));
    expect(await json(services, '/v0.1/servers')).to.deep.equal({ servers: [ENTRY], metadata: { count: 1 } });
  });

  it('is read to its end by its cursors, each server once, whatever is published meanwhile', async () => {
    const db = indexOf(...publishEntries(7));
    const services = servicesOver(db);
    const seen: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const query = cursor === undefined ? '' : `&cursor=${cursor}`;
      const page: ServerPage = await json(services, `/v0.1/servers?limit=3${query}`);
      expect(page.metadata.count).to.equal(page.servers.length);
      seen.push(...page.servers.map(({ server }) => server.name));
      cursor = page.metadata.nextCursor;
      pages += 1;
      if (pages === 1) appendEntries(db, publishEntry('@aaa/first'));
    } while (cursor !== undefined);
    expect(pages).to.equal(3);
    expect(seen).to.deep.equal(Array.from({ length: 7 }, (_, index) => `dev.mpak.acme/p${index}`));
  });

  it('gives no cursor after a last page that is full', async () => {
    const page = await json<ServerPage>(servicesOver(indexOf(...publishEntries(4))), '/v0.1/servers?limit=4');
    expect(page.metadata).to.deep.equal({ count: 4 });
  });

  it('answers a hundred at most, however many are asked for', async () => {
    const page = await json<ServerPage>(
      servicesOver(indexOf(...publishEntries(101))),
      '/v0.1/servers?limit=500',
    );
    expect(page.metadata.count).to.equal(100);
    expect(page.metadata).to.have.property('nextCursor');
  });

  it('searches in the names, stated ones too', async () => {
    const services = servicesOver(
      indexOf(linux, publishEntry('@weather/report'), named('@acme/other', 'com.example/Barometer')),
    );
    const names = async (search: string) => {
      const { servers } = await json<ServerPage>(
        services,
        `/v0.1/servers?search=${encodeURIComponent(search)}`,
      );
      return servers.map(({ server }) => server.name);
    };
    expect(await names('ECHO')).to.deep.equal(['dev.mpak.acme/echo']);
    expect(await names('dev.mpak.weather/')).to.deep.equal(['dev.mpak.weather/report']);
    expect(await names('@weather/rep')).to.deep.equal(['dev.mpak.weather/report']);
    expect(await names('baro')).to.deep.equal(['com.example/Barometer']);
    expect(await names('%')).to.deep.equal([]);
  });

  it('answers what changed since a time: published, deprecated, and revoked as deleted', async () => {
    const db = indexOf(
      publishEntry('@acme/old', '1.0.0', { at: '2026-01-01T00:00:00Z' }),
      publishEntry('@acme/new', '1.0.0', { at: '2026-06-01T00:00:00.500Z' }),
      publishEntry(NAME, '1.2.0', { at: '2026-01-01T00:00:00Z' }),
    );
    const names = async (since: string) => {
      const { servers } = await json<ServerPage>(servicesOver(db), `/v0.1/servers?updated_since=${since}`);
      return servers.map(({ server, _meta }) => `${server.name} ${_meta[OFFICIAL].status}`);
    };
    expect(await names('2026-06-01T00:00:00Z')).to.deep.equal(['dev.mpak.acme/new active']);
    expect(await names('2026-06-01T00:00:00.5Z')).to.deep.equal(['dev.mpak.acme/new active']);
    expect(await names('2026-06-01T02:00:00%2B02:00')).to.deep.equal(['dev.mpak.acme/new active']);
    expect(await names('2026-06-01T00:00:00.501Z')).to.deep.equal([]);
    appendEntries(db, deprecate('*', 'Do not'));
    expect(await names('2026-06-02T00:00:00Z')).to.deep.equal(['dev.mpak.acme/echo deprecated']);
    appendEntries(db, revoke('*', '2026-06-03T00:00:00Z'));
    expect(await names('2026-06-03T00:00:00Z')).to.deep.equal(['dev.mpak.acme/echo deleted']);
    expect((await json<ServerPage>(servicesOver(db), '/v0.1/servers')).metadata.count).to.equal(2);
  });

  const cursorOf = (text: string) => Buffer.from(text).toString('base64url');
  for (const [query, parameter] of [
    ['cursor=x', 'cursor'],
    [`cursor=${cursorOf('name:nonsense')}`, 'cursor'],
    [`cursor=${cursorOf('offset:20')}`, 'cursor'],
    [`cursor=${cursorOf('name:@acme/echo')}=`, 'cursor'],
    ['limit=0', 'limit'],
    ['limit=many', 'limit'],
    ['updated_since=yesterday', 'updated_since'],
    ['updated_since=2026-06-01', 'updated_since'],
    ['updated_since=2026-13-01T00:00:00Z', 'updated_since'],
    [`search=${'x'.repeat(1025)}`, 'search'],
  ] as const) {
    it(`refuses ${query.slice(0, 50)}`, async () => {
      const error = await refusal(servicesOver(indexOf(linux)), `/v0.1/servers?${query}`);
      expect([error.status, error.code]).to.deep.equal([400, 'BAD_REQUEST']);
      expect(error.message).to.match(new RegExp(`^${parameter} `));
    });
  }
});

describe('GET /v0.1/servers/name/versions/version', () => {
  for (const name of [
    'dev.mpak.acme%2Fecho',
    'dev.mpak.acme/echo',
    'Dev.Mpak.Acme%2FEcho',
    '%40acme%2Fecho',
    '@acme/echo',
  ]) {
    it(`answers the latest version of ${name}`, async () => {
      const services = servicesOver(indexOf(linux, mac));
      expect(await json(services, `/v0.1/servers/${name}/versions/latest`)).to.deep.equal(ENTRY);
      expect(await json(services, `/v0.1/servers/${name}/versions/1.2.0`)).to.deep.equal(ENTRY);
    });
  }

  it('says which version is not the latest, and what is deprecated', async () => {
    const services = servicesOver(
      indexOf(publishEntry(NAME, '1.0.0'), linux, deprecate('<1.2.0', 'x'.repeat(600))),
    );
    const { _meta } = await json<ServerEntry>(services, '/v0.1/servers/dev.mpak.acme%2Fecho/versions/1.0.0');
    expect(_meta[OFFICIAL]).to.deep.equal({
      status: 'deprecated',
      statusMessage: `${'x'.repeat(499)}…`,
      publishedAt: '2026-05-01T12:00:00.000Z',
      updatedAt: '2026-06-02T00:00:00.000Z',
      isLatest: false,
    });
  });

  it('tells of a revoked version as deleted, without its packages', async () => {
    const services = servicesOver(indexOf(publishEntry(NAME, '1.0.0'), linux, revoke('1.2.0')));
    const { server, _meta } = await json<ServerEntry>(
      services,
      '/v0.1/servers/dev.mpak.acme%2Fecho/versions/1.2.0',
    );
    expect(server.packages).to.deep.equal([]);
    expect(_meta[OFFICIAL]).to.deep.equal({
      status: 'deleted',
      statusMessage: 'Revoked: malicious',
      publishedAt: '2026-05-01T12:00:00.000Z',
      updatedAt: '2026-06-01T00:00:00.000Z',
      isLatest: false,
    });
    const latest = await json<ServerEntry>(services, '/v0.1/servers/dev.mpak.acme%2Fecho/versions/latest');
    expect(latest.server.version).to.equal('1.0.0');
  });

  it('has 404 for what is not there, 400 for what is no name, 410 for the latest of what is revoked', async () => {
    const services = servicesOver(indexOf(linux, revoke('*')));
    const status = async (path: string) => (await refusal(services, `/v0.1/servers/${path}`)).status;
    expect(await status('dev.mpak.acme%2Fnone/versions/latest')).to.equal(404);
    expect(await status('dev.mpak.acme%2Fecho/versions/9.9.9')).to.equal(404);
    expect(await status('com.example%2Fecho/versions/latest')).to.equal(404);
    expect(await status('dev.mpak%2Fecho/versions/latest')).to.equal(404);
    expect(await status('echo/versions/latest')).to.equal(400);
    expect(await status('@acme/versions/latest')).to.equal(400);
    expect(await status('dev.mpak.acme%2Fecho/versions/latest')).to.equal(410);
  });
});

describe('GET /v1/servers', () => {
  it('answers a server by its name, in both spellings of the path, and its versions', async () => {
    const services = servicesOver(indexOf(linux, mac));
    for (const path of [
      'dev.mpak.acme%2Fecho',
      'dev.mpak.acme/echo',
      'dev.mpak.acme%2Fecho/versions/1.2.0',
    ]) {
      expect(await json(services, `/v1/servers/${path}`), path).to.deep.equal(DETAIL);
    }
    expect((await refusal(services, '/v1/servers/dev.mpak.acme/echo/versions/3.0.0')).status).to.equal(404);
  });

  it('has 410 for what is revoked', async () => {
    const services = servicesOver(indexOf(publishEntry(NAME, '1.0.0'), linux, revoke('1.2.0')));
    expect((await refusal(services, '/v1/servers/dev.mpak.acme/echo/versions/1.2.0')).status).to.equal(410);
    expect((await json<ServerDetail>(services, '/v1/servers/dev.mpak.acme/echo')).version).to.equal('1.0.0');
  });

  it('is searched as bundles are, and read on by a cursor', async () => {
    const services = servicesOver(indexOf(linux, mac, ...publishEntries(5)));
    expect(await json(services, '/v1/servers/search?q=echo')).to.deep.equal({
      servers: [DETAIL],
      metadata: { count: 1 },
    });
    const seen: string[] = [];
    let cursor = '';
    do {
      const page: { servers: ServerDetail[]; metadata: ServerPage['metadata'] } = await json(
        services,
        `/v1/servers/search?limit=4&cursor=${cursor}`,
      );
      seen.push(...page.servers.map(({ name }) => name));
      cursor = page.metadata.nextCursor ?? '';
    } while (cursor !== '');
    expect([...new Set(seen)]).to.have.length(6);
    const error = await refusal(
      services,
      `/v1/servers/search?cursor=${Buffer.from('offset:-1').toString('base64url')}`,
    );
    expect(error.status).to.equal(400);
  });
});

describe("a server's description", () => {
  async function descriptionOf(manifest: object): Promise<string> {
    const entry = publishEntry(NAME, '1.0.0', { manifest: { name: NAME, version: '1.0.0', ...manifest } });
    return (await json<ServerDetail>(servicesOver(indexOf(entry)), '/v1/servers/dev.mpak.acme/echo'))
      .description;
  }

  it('is cut to a hundred characters, and no character in two', async () => {
    expect(await descriptionOf({ description: '🚀'.repeat(100) })).to.equal('🚀'.repeat(100));
    expect(await descriptionOf({ description: '🚀'.repeat(101) })).to.equal(`${'🚀'.repeat(99)}…`);
  });

  it('is never empty', async () => {
    expect(await descriptionOf({ description: '  ', display_name: 'Echo' })).to.equal('Echo');
    expect(await descriptionOf({})).to.equal(NAME);
  });
});

describe('a server name that a manifest states', () => {
  async function nameOf(entry: PublishEntry): Promise<string> {
    const { server } = await json<ServerEntry>(
      servicesOver(indexOf(entry)),
      `/v0.1/servers/${encodeURIComponent(entry.package)}/versions/latest`,
    );
    return server.name;
  }

  it('is its name, and finds it, as does the default name', async () => {
    const services = servicesOver(indexOf(named(NAME, 'com.example/Echo_1.0')));
    for (const name of ['com.example%2FEcho_1.0', 'COM.example/echo_1.0', 'dev.mpak.acme/echo', NAME]) {
      const { server } = await json<ServerEntry>(services, `/v0.1/servers/${name}/versions/latest`);
      expect(server.name, name).to.equal('com.example/Echo_1.0');
    }
  });

  for (const stated of [
    'dev.mpak.other/echo',
    'dev.mpak/echo',
    'DEV.mpak.other/echo',
    'echo',
    'example/echo',
    'com.example/echo/more',
    'com.example/',
    'com..example/echo',
    '.com/echo',
    'com.example/ec ho',
    'com.example/<b>',
    `com.example/${'x'.repeat(200)}`,
    '@acme/echo',
    'io.github.someone-else/echo',
    '',
    7,
    null,
    { a: 1 },
  ]) {
    it(`is passed over when it is ${JSON.stringify(stated).slice(0, 40)}`, async () => {
      expect(await nameOf(named(NAME, stated))).to.equal('dev.mpak.acme/echo');
    });
  }

  it('may be of GitHub when the owner is the scope', async () => {
    expect(await nameOf(named(NAME, 'io.github.Acme/echo'))).to.equal('io.github.Acme/echo');
  });

  it('belongs to the package that stated it first, in any case of letters, for good', async () => {
    const db = indexOf(named(NAME, 'com.example/echo'));
    const services = servicesOver(db);
    const ownerOf = async (name: string) =>
      (await json<ServerEntry>(services, `/v0.1/servers/${name}/versions/1.0.0`)).server;
    expect((await ownerOf('com.example/echo')).description).to.equal('Named');
    appendEntries(db, named('@thief/echo', 'com.example/ECHO'), publishEntry(NAME, '2.0.0'), revoke('1.0.0'));
    expect((await ownerOf('com.example/echo')).name).to.equal('com.example/echo');
    expect((await ownerOf('dev.mpak.thief/echo')).name).to.equal('dev.mpak.thief/echo');
    const latest = await json<ServerEntry>(services, '/v0.1/servers/com.example/echo/versions/latest');
    expect([latest.server.name, latest.server.version]).to.deep.equal(['dev.mpak.acme/echo', '2.0.0']);
  });
});
