import { expect } from 'chai';
import type { CrawlReport } from '../../../src/lib/crawl/crawl.ts';
import { parseServer, platformOf } from '../../../src/lib/crawl/mcp-answers.ts';
import { PoliteClient } from '../../../src/lib/crawl/polite-client.ts';
import { syncAny } from '../../../src/lib/crawl/sync-any.ts';
import { MpakError } from '../../../src/lib/errors.ts';
import { crawledStanding, withCommands } from '../../../src/lib/index/read-crawled.ts';
import { sourceOf } from '../../../src/lib/index/read-source.ts';
import { searchBundles } from '../../../src/lib/index/search.ts';
import { resolve } from '../../../src/lib/install/resolve.ts';
import { RegistryClient } from '../../../src/lib/remote/registry-client.ts';
import { IndexStore } from '../../../src/lib/sync/store.ts';
import { send } from '../../support/bundles-server.ts';
import { entryOf, mcpb, npm, ServersServer } from '../../support/servers-server.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const DAY = 86_400_000;
const asset = (repository: string, file = 'server.mcpb') =>
  `https://github.com/${repository}/releases/download/v1/${file}`;

describe('crawling the MCP registry', () => {
  const home = temporaryFolder();
  let server: ServersServer;
  let now = new Date('2026-04-01T00:00:00.000Z');

  beforeEach(() => {
    now = new Date('2026-04-01T00:00:00.000Z');
  });
  afterEach(() => server.close());

  const store = () => new IndexStore(home(), server.url);

  async function crawl(): Promise<CrawlReport> {
    const client = new RegistryClient(server.url, 'mpak-test');
    const crawler = new PoliteClient({
      registry: server.url,
      userAgent: 'mpak-test',
      now: () => now,
      sleep: () => Promise.resolve(),
    });
    try {
      const report = await syncAny({
        store: store(),
        client,
        crawler: () => crawler,
        now: () => now,
        pin: undefined,
        verify: false,
        full: false,
        onProgress: () => undefined,
        onCrawl: () => undefined,
      });
      if (report.source === 'signed') throw new Error('it is signed');
      return report;
    } finally {
      client.close();
      crawler.close();
    }
  }

  function read<T>(work: (db: ReturnType<IndexStore['open']>) => T): T {
    const db = store().open();
    try {
      return work(db);
    } finally {
      db.close();
    }
  }

  const found = (q: string, allTypes = false) =>
    read((db) => searchBundles(db, { q, limit: 20, offset: 0, allTypes }).bundles.map(({ name }) => name));

  it('lists bundles, and what is none only when it is asked for, with the command that runs it', async () => {
    server = await ServersServer.start([
      {
        name: 'io.github.acme/weather',
        description: 'Weather of today',
        packages: [mcpb(asset('acme/weather'))],
      },
      {
        name: 'io.github.acme/npm-weather',
        description: 'Weather too',
        packages: [npm('@acme/weather', '1.2.3')],
      },
      {
        name: 'com.example/pypi-weather',
        packages: [{ registryType: 'pypi', identifier: 'weather', version: '2.0' }],
      },
      {
        name: 'com.example/oci-weather',
        packages: [{ registryType: 'oci', identifier: 'ghcr.io/acme/weather:1.0' }],
      },
      { name: 'com.example/remote-weather', remotes: [{ type: 'sse', url: 'https://example.com' }] },
      {
        name: 'com.example/nuget-weather',
        packages: [{ registryType: 'nuget', identifier: 'weather', version: '1' }],
      },
    ]);
    expect(await crawl()).to.include({ source: 'mcp', to: 4, whole: true });
    expect(read(sourceOf)).to.equal('mcp');
    expect(found('weather')).to.deep.equal(['@acme/weather']);
    expect(found('')).to.deep.equal(['@acme/weather']);
    expect(found('io.github.acme/weather')).to.deep.equal(['@acme/weather']);
    expect(found('weather', true)).to.have.members([
      '@acme/weather',
      '@acme/npm-weather',
      '@com--example/pypi-weather',
      '@com--example/oci-weather',
    ]);
    const commands = read((db) =>
      withCommands(
        searchBundles(db, { q: '', limit: 20, offset: 0, allTypes: true }),
        () => db,
      ).bundles.flatMap(({ commands }) => commands ?? []),
    );
    expect(commands).to.have.members([
      'npx -y @acme/weather@1.2.3',
      'uvx weather@2.0',
      'docker run --rm -i ghcr.io/acme/weather:1.0',
    ]);
    const platform = { os: 'linux', arch: 'x64' } as const;
    expect(() => read((db) => resolve(db, '@acme/npm-weather', platform))).to.throw(/is no bundle/);
    expect(read((db) => crawledStanding(db, '@acme/weather')?.original)).to.equal('io.github.acme/weather');
  });

  it('goes on at the cursor where it was cut off, and asks for what is new from then on', async () => {
    const records = Array.from({ length: 950 }, (_, index) => ({
      name: `io.github.acme/s${String(index).padStart(4, '0')}`,
      packages: [mcpb(asset('acme/s'))],
    }));
    server = await ServersServer.start(records);
    let left = 4;
    server.override = (request, response) => {
      if (!request.url?.startsWith('/v0.1/servers?limit=100') || left-- > 0) return false;
      send(response, 400, {});
      return true;
    };
    await crawl().then(
      () => expect.fail('it was cut off'),
      (error) => expect(error).to.be.instanceOf(MpakError),
    );
    server.override = () => false;
    const before = server.requests.length;
    expect(await crawl()).to.include({ to: 950, whole: true });
    expect(server.requests.length - before).to.be.lessThan(10);

    now = new Date(now.getTime() + DAY);
    const updatedAt = now.toISOString();
    server.records.push({ name: 'io.github.acme/fresh', packages: [mcpb(asset('acme/s'))], updatedAt });
    server.records[3] = {
      ...(records[3] as { name: string }),
      version: '2.0.0',
      updatedAt,
      packages: [mcpb(asset('acme/s'))],
    };
    server.records[4] = { ...(records[4] as { name: string }), status: 'deleted', updatedAt };
    const again = server.requests.length;
    const report = await crawl();
    expect(server.requests.length - again).to.be.at.most(2);
    expect(report.changes).to.deep.include({ new: ['@acme/fresh'], updated: ['@acme/s0003'] });
    expect(report.removed).to.deep.equal(['@acme/s0004']);
    expect(report.to).to.equal(950);
  });

  it('gives a name to one server, and says which others are left out', async () => {
    server = await ServersServer.start([
      { name: 'dev.mpak.acme/weather', packages: [npm('first')] },
      { name: 'io.github.acme/weather', packages: [npm('second')] },
      { name: 'io.github.acme/other', packages: [npm('third')] },
    ]);
    const report = await crawl();
    expect(report.taken).to.deep.equal(['io.github.acme/weather']);
    expect(read((db) => crawledStanding(db, '@acme/weather')?.original)).to.equal('dev.mpak.acme/weather');
    // A week after the one that had it is gone, the name is free.
    server.records.shift();
    for (const [days, original] of [
      [8, undefined],
      [8, 'io.github.acme/weather'],
    ] as const) {
      now = new Date(now.getTime() + days * DAY);
      await crawl();
      expect(read((db) => crawledStanding(db, '@acme/weather')?.original)).to.equal(original);
    }
  });

  it('puts nothing into a command that is more than a name and a version', () => {
    for (const bad of [
      npm('--eval=x'),
      npm('-y'),
      npm('a b'),
      npm('a;rm -rf ~'),
      npm('$(id)'),
      npm('a\nb'),
      npm('ok', '1.0 && id'),
      npm('ok', '--x'),
      { ...npm('ok'), registryBaseUrl: 'https://evil.example' },
      { registryType: 'oci', identifier: '--privileged' },
      { registryType: 'oci', identifier: 'a b' },
      { registryType: 'shell', identifier: 'ok', version: '1.0.0' },
    ]) {
      const parsed = parseServer(entryOf({ name: 'io.github.acme/x', packages: [bad] }));
      expect(parsed, JSON.stringify(bad)).to.deep.equal({ name: '@acme/x', original: 'io.github.acme/x' });
    }
  });

  it('takes no bundle without a digest, or of another protocol', () => {
    for (const bad of [
      { registryType: 'mcpb', identifier: asset('acme/x') },
      mcpb(asset('acme/x'), 'abc'),
      mcpb('file:///etc/passwd'),
      mcpb('javascript:alert(1)'),
    ]) {
      const parsed = parseServer(entryOf({ name: 'io.github.acme/x', packages: [bad] }));
      expect(parsed).to.not.have.property('version');
    }
  });

  it('reads the platform out of the name of a file', () => {
    expect(platformOf('server-darwin-arm64.mcpb')).to.deep.equal({ os: 'darwin', arch: 'arm64' });
    expect(platformOf('server_linux_x86_64.mcpb')).to.deep.equal({ os: 'linux', arch: 'x64' });
    expect(platformOf('server-windows-amd64.mcpb')).to.deep.equal({ os: 'win32', arch: 'x64' });
    expect(platformOf('darwinian-server.mcpb')).to.deep.equal({ os: 'any', arch: 'any' });
    expect(platformOf('bundle.mcpb')).to.deep.equal({ os: 'any', arch: 'any' });
  });

  it('ends for a list whose cursors go round in circles', async () => {
    server = await ServersServer.start([]);
    const page = { servers: [entryOf({ name: 'io.github.acme/x', packages: [npm('x')] })] };
    server.override = (request, response) => {
      if (!request.url?.startsWith('/v0.1/servers')) return false;
      send(response, 200, { ...page, metadata: { nextCursor: server.requests.length % 2 ? 'one' : 'two' } });
      return true;
    };
    await crawl().then(
      () => expect.fail('it ends'),
      (error) => expect(error.code).to.equal('REGISTRY_ANSWER'),
    );
    expect(server.requests.length).to.be.lessThan(20);
  });
});
