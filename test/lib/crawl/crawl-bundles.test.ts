import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { CrawlReport } from '../../../src/lib/crawl/crawl.ts';
import { PoliteClient } from '../../../src/lib/crawl/polite-client.ts';
import { type AnySyncReport, type SyncAnyOptions, syncAny } from '../../../src/lib/crawl/sync-any.ts';
import { MpakError } from '../../../src/lib/errors.ts';
import { rerank } from '../../../src/lib/index/rank.ts';
import { sourceOf } from '../../../src/lib/index/read-source.ts';
import { searchBundles } from '../../../src/lib/index/search.ts';
import { tokenize } from '../../../src/lib/index/tokens.ts';
import type { PublishEntry } from '../../../src/lib/log/entry.ts';
import { RegistryClient } from '../../../src/lib/remote/registry-client.ts';
import { IndexStore } from '../../../src/lib/sync/store.ts';
import { BundlesServer, send } from '../../support/bundles-server.ts';
import { setDownloads } from '../../support/downloads.ts';
import { publishEntries, publishEntry } from '../../support/entries.ts';
import { appendEntries, indexOf } from '../../support/index-of.ts';
import { LogServer } from '../../support/log-server.ts';
import { readRecords, recordsToEntries } from '../../support/records.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const START = Date.parse('2026-03-01T00:00:00.000Z');
const DAY = 86_400_000;

/** Each published a minute after the one before it. */
function dated(entries: readonly PublishEntry[], from = START): PublishEntry[] {
  return entries.map((entry, index) => ({ ...entry, at: new Date(from + index * 60_000).toISOString() }));
}

describe('crawling a registry that has no log', () => {
  const home = temporaryFolder();
  let server: BundlesServer;
  let now = new Date(START + 30 * DAY);

  beforeEach(() => {
    now = new Date(START + 30 * DAY);
  });
  afterEach(() => server.close());

  const store = () => new IndexStore(home(), server.url);

  async function run(changes: Partial<SyncAnyOptions> = {}): Promise<AnySyncReport> {
    const client = new RegistryClient(server.url, 'mpak-test');
    const crawler = new PoliteClient({
      registry: server.url,
      userAgent: 'mpak-test',
      now: () => new Date(),
      sleep: server.sleep,
    });
    try {
      return await syncAny({
        store: store(),
        client,
        crawler: () => crawler,
        now: () => now,
        pin: undefined,
        verify: false,
        full: false,
        onProgress: () => undefined,
        onCrawl: () => undefined,
        ...changes,
      });
    } finally {
      client.close();
      crawler.close();
    }
  }

  async function crawl(changes: Partial<SyncAnyOptions> = {}): Promise<CrawlReport> {
    const report = await run(changes);
    if (report.source === 'signed') throw new Error('it is signed');
    return report;
  }

  async function refusal(changes: Partial<SyncAnyOptions> = {}): Promise<MpakError> {
    try {
      await run(changes);
    } catch (error) {
      if (error instanceof MpakError) return error;
      throw error;
    }
    throw new Error('it was not refused');
  }

  function names(): string[] {
    const db = store().open();
    try {
      return db.prepare<[], string>('SELECT name FROM packages ORDER BY name').pluck().all();
    } finally {
      db.close();
    }
  }

  const listed = () => server.db.prepare<[], string>('SELECT name FROM packages ORDER BY name').pluck().all();

  it('finds in 5,000 bundles what its signed twin finds, cut off at ten points, and then asks twice', async () => {
    const entries = dated(
      recordsToEntries(readRecords(new URL('../../fixtures/records.ndjson.gz', import.meta.url))),
    );
    const names = new Set(entries.map((entry) => entry.package));
    const more = dated(publishEntries(6000 - entries.length), START - 20 * DAY);
    const twin = indexOf(
      ...[...entries, ...more.filter((entry) => !names.has(entry.package))].slice(0, 5000),
    );
    setDownloads(twin, '(id * 7919) % 1013');
    twin.transaction(() => rerank(twin))();
    expect(listedIn(twin)).to.have.length(5000);
    server = await BundlesServer.start(twin);
    server.limit = 100;
    server.minuteMs = 4_000;
    // So that it takes several minutes.
    server.pageSize = 25;

    for (let cut = 1; cut <= 10; cut += 1) {
      const error = await cutOffAfter(20);
      expect(error.code).to.equal('REGISTRY_ANSWER');
    }
    const known = store().open();
    expect(listedIn(known).length).to.be.greaterThan(1000).and.lessThan(5000);
    known.close();
    const report = await crawl();
    expect(report).to.include({ source: 'bundles', to: 5000, whole: true });
    expect(server.refused, 'the limit was met').to.be.greaterThan(0);

    const db = store().open();
    try {
      expect(sourceOf(db)).to.equal('bundles');
      for (const query of queries(entries)) {
        const [theirs, ours] = [twin, db].map((index) => searchBundles(index, query));
        expect(ours, JSON.stringify(query)).to.deep.equal(theirs);
      }
    } finally {
      db.close();
    }

    const before = server.requests.length;
    const second = await crawl();
    expect(server.requests.length - before).to.be.at.most(2);
    expect(second).to.include({ from: 5000, to: 5000, whole: false });
  }).timeout(60_000);

  it('waits as it is asked to, however the registry says it, and longer each time that it does not', async () => {
    server = await BundlesServer.start(indexOf(...dated(publishEntries(300))));
    server.pageSize = 20;
    server.limit = 8;
    server.minuteMs = 100;
    for (const answer of ['429', '429-date', '429-bare', '500'] as const) {
      server.limitAnswer = answer;
      server.refused = 0;
      const report = await crawl({ full: true });
      expect(report, answer).to.include({ to: 300, whole: true });
      expect(server.refused, answer).to.be.greaterThan(0);
    }
  });

  it('ends with what it has when the registry asks for too long a wait, or for ever', async () => {
    server = await BundlesServer.start(indexOf(...publishEntries(3)));
    await crawl();
    server.override = (_request, response) => {
      response.setHeader('retry-after', '86400');
      send(response, 429, {});
      return true;
    };
    expect((await refusal()).code).to.equal('REGISTRY_BUSY');
    server.minuteMs = 1;
    server.override = (_request, response) => {
      send(response, 500, { message: 'Too many requests' });
      return true;
    };
    expect((await refusal()).code).to.equal('REGISTRY_BUSY');
  });

  it('misses nothing that is added, updated or removed while it reads the list', async () => {
    const entries = dated(publishEntries(400));
    const source = indexOf(...entries);
    server = await BundlesServer.start(source);
    server.pageSize = 40;
    let pages = 0;
    server.override = (request) => {
      if (!request.url?.includes('sort=recent')) return false;
      pages += 1;
      const at = new Date(START + 20 * DAY + pages * 1000).toISOString();
      if (pages === 4) appendEntries(source, ...publishEntries(70, 1000).map((entry) => ({ ...entry, at })));
      // From the unread end to the front.
      if (pages === 6) appendEntries(source, publishEntry('@acme/p3', '2.0.0', { at }));
      // Out of what was read: what is unread moves forward by more than pages have in common.
      if (pages === 8) {
        for (let index = 399; index > 330; index -= 1) {
          appendEntries(source, {
            kind: 'revoke',
            package: `@acme/p${index}`,
            versions: '*',
            reason: 'takedown',
            at,
          });
        }
      }
      return false;
    };
    await crawl();
    const live = source
      .prepare<[], string>('SELECT name FROM packages WHERE latest_id IS NOT NULL')
      .pluck()
      .all();
    expect(names()).to.include.members(live);
    const db = store().open();
    const latest = db.prepare("SELECT latest_version FROM packages WHERE name = '@acme/p3'").pluck().get();
    db.close();
    expect(latest).to.equal('2.0.0');
  });

  it('goes on where a sync of many new packages was cut off', async () => {
    const source = indexOf(...dated(publishEntries(200)));
    server = await BundlesServer.start(source);
    await crawl();
    appendEntries(source, ...dated(publishEntries(350, 1000), START + 10 * DAY));
    await cutOffAfter(2);
    expect(names().length).to.be.lessThan(550);
    // Newer ones in front of those that were read: the list has moved.
    appendEntries(source, ...dated(publishEntries(5, 2000), START + 20 * DAY));
    const report = await crawl();
    expect(report.whole).to.equal(false);
    expect(names()).to.deep.equal(listed());
  });

  it('takes away after a week what is not listed any more, and not from a look that was cut off', async () => {
    const source = indexOf(...dated(publishEntries(300)));
    server = await BundlesServer.start(source);
    await crawl();
    const at = new Date(START + 31 * DAY).toISOString();
    for (const index of [10, 150, 299]) {
      appendEntries(source, {
        kind: 'revoke',
        package: `@acme/p${index}`,
        versions: '*',
        reason: 'malicious',
        at,
      });
    }
    now = new Date(now.getTime() + 6 * DAY);
    expect((await crawl()).removed).to.deep.equal([]);
    now = new Date(now.getTime() + 2 * DAY);
    await cutOffAfter(2);
    expect(names()).to.have.length(300);
    const report = await crawl();
    expect(report.removed).to.deep.equal(['@acme/p10', '@acme/p150', '@acme/p299']);
    const db = store().open();
    expect(
      searchBundles(db, { q: 'p150', limit: 10, offset: 0 }).bundles.map(({ name }) => name),
    ).not.to.include('@acme/p150');
    db.close();
  });

  it('looks at the whole list when the clock was ahead at the last sync, and was put right', async () => {
    const right = now;
    const source = indexOf(...dated(publishEntries(3)));
    server = await BundlesServer.start(source);
    now = new Date(right.getTime() + 365 * DAY);
    await crawl();
    now = right;
    expect((await crawl()).whole).to.equal(true);
    expect((await crawl()).whole).to.equal(false);
    // As clocks are put right all the time.
    now = new Date(right.getTime() - 60_000);
    expect((await crawl()).whole).to.equal(false);
  });

  it('reads times with an offset, and keeps them in UTC', async () => {
    server = await BundlesServer.start(indexOf(publishEntry('@acme/good')));
    const [good] = searchBundles(server.db, { limit: 1, offset: 0 }).bundles;
    answerWith(() => ({
      bundles: [{ ...good, published_at: '2026-03-01T02:00:00.5+02:00' }],
      total: 1,
      pagination: { limit: 100, offset: 0, has_more: false },
    }));
    await crawl();
    const db = store().open();
    expect(db.prepare('SELECT published_at FROM packages').pluck().all()).to.deep.equal([
      '2026-03-01T00:00:00.500Z',
    ]);
    db.close();
  });

  it('takes nothing away for a list that is empty, or far shorter than it was', async () => {
    server = await BundlesServer.start(indexOf(...dated(publishEntries(300))));
    await crawl();
    now = new Date(now.getTime() + 8 * DAY);
    const empty = { bundles: [], total: 0, pagination: { limit: 100, offset: 0, has_more: false } };
    const short = searchBundles(server.db, { sort: 'recent', limit: 100, offset: 0 });
    for (const page of [empty, { ...short, pagination: { ...short.pagination, has_more: false } }]) {
      server.override = (request, response) => {
        if (!request.url?.startsWith('/v1/bundles/search')) return false;
        send(response, 200, page);
        return true;
      };
      const error = await refusal();
      expect(error.code).to.equal('REGISTRY_SHRUNK');
      expect(names()).to.have.length(300);
      // Until the list is looked at again.
      await crawl();
      now = new Date(now.getTime() + 2 * DAY);
    }
    server.override = () => false;
    await crawl();
    expect(names()).to.have.length(300);
  });

  it('leaves out what is not of its form, and takes the rest', async () => {
    server = await BundlesServer.start(indexOf(publishEntry('@acme/good')));
    const [good] = searchBundles(server.db, { limit: 1, offset: 0 }).bundles;
    const bad = [
      null,
      'text',
      {},
      { ...good, name: '@acme/../../etc' },
      { ...good, name: '@ACME/Upper' },
      { ...good, name: '@acme/\u001b[31mred' },
      { ...good, name: '__proto__' },
      { ...good, name: '@acme/long', description: 'x'.repeat(100_000) },
      { ...good, name: '@acme/version', latest_version: 'latest' },
      { ...good, name: '@acme/tools', tools: 'all' },
      { ...good, name: '@acme/when', published_at: 'yesterday' },
    ];
    answerWith(() => ({
      bundles: [...bad, good],
      total: 12,
      pagination: { limit: 100, offset: 0, has_more: false },
    }));
    await crawl();
    expect(names()).to.deep.equal(['@acme/good']);
  });

  it('ends for a list that never does', async () => {
    server = await BundlesServer.start(indexOf(...publishEntries(3)));
    const { bundles } = searchBundles(server.db, { limit: 3, offset: 0 });
    answerWith(() => ({ bundles, total: 3, pagination: { limit: 100, offset: 0, has_more: true } }));
    expect((await refusal()).code).to.equal('REGISTRY_ANSWER');
    answerWith(() => ({ bundles: [], total: 3, pagination: { limit: 100, offset: 0, has_more: true } }));
    expect((await refusal()).code).to.equal('REGISTRY_ANSWER');
    expect(server.requests.length).to.be.lessThan(60);
  });

  it('refuses answers that are too large, or no JSON', async () => {
    server = await BundlesServer.start(indexOf(...publishEntries(3)));
    await crawl();
    now = new Date(now.getTime() + 8 * DAY);
    for (const body of [`"${'x'.repeat(17 * 1024 * 1024)}"`, '{"bundles": [', '\u0000']) {
      server.override = (request, response) => {
        if (!request.url?.startsWith('/v1/bundles/search')) return false;
        response.writeHead(200, { 'content-type': 'application/json' }).end(body);
        return true;
      };
      expect((await refusal()).code).to.equal('REGISTRY_ANSWER');
    }
    expect(names()).to.have.length(3);
  });

  it('is no reason to take a registry for unsigned that answers its checkpoint with anything but 404', async () => {
    server = await BundlesServer.start(indexOf(...publishEntries(3)));
    server.minuteMs = 1;
    for (const status of [400, 401, 403, 410, 500, 502, 503]) {
      server.override = (request, response) => {
        if (request.url !== '/v1/index/checkpoint') return false;
        send(response, status, {});
        return true;
      };
      expect((await refusal()).code, String(status)).to.equal('REGISTRY_ANSWER');
    }
    expect(store().current()).to.equal(undefined);
  });

  it('never takes the place of what a key was given for', async () => {
    server = await BundlesServer.start(indexOf(...publishEntries(3)));
    const error = await refusal({ pin: 'A'.repeat(43) });
    expect(error.code).to.equal('SIGNED_INDEX_GONE');
    expect(store().current()).to.equal(undefined);
  });

  it('never takes the place of a signed index', async () => {
    const signed = await LogServer.start();
    try {
      signed.append(...publishEntries(5));
      server = await BundlesServer.start(indexOf(...publishEntries(3, 100)));
      const at = new IndexStore(home(), signed.url);
      const client = new RegistryClient(signed.url, 'mpak-test');
      const crawler = new PoliteClient({
        registry: signed.url,
        userAgent: 'mpak-test',
        now: () => new Date(),
        sleep: server.sleep,
      });
      const options = { store: at, client, crawler: () => crawler, now: () => new Date() };
      expect(await run(options)).to.include({ source: 'signed', to: 5 });
      const trusted = readFileSync(at.trustFile, 'utf8');
      signed.overrides.set('/v1/index/checkpoint', (_request, response) => response.writeHead(404).end());
      for (const full of [false, true]) {
        expect((await refusal({ ...options, full })).code).to.equal('SIGNED_INDEX_GONE');
      }
      expect(readFileSync(at.trustFile, 'utf8')).to.equal(trusted);
      const db = at.open();
      expect(sourceOf(db)).to.equal('signed');
      db.close();
      client.close();
      crawler.close();
    } finally {
      await signed.close();
    }
  });

  it('is synced at first contact by its log, however often that is too much at first', async () => {
    const signed = await LogServer.start();
    try {
      signed.append(...publishEntries(5));
      server = await BundlesServer.start(indexOf(...publishEntries(3)));
      server.minuteMs = 1;
      let refused = 0;
      server.override = (request, response) => {
        if (!request.url?.startsWith('/v1/index/')) return false;
        if (refused < 6) {
          refused += 1;
          response.writeHead(500).end('rate limit');
        } else response.writeHead(307, { location: new URL(request.url, signed.url).href }).end();
        return true;
      };
      expect(await run({ now: () => new Date() })).to.include({ source: 'signed', to: 5 });
    } finally {
      await signed.close();
    }
  });

  it('makes way for a log as soon as the registry has one, and does not come back', async () => {
    const signed = await LogServer.start();
    try {
      signed.append(...publishEntries(5, 10));
      server = await BundlesServer.start(indexOf(...publishEntries(3)));
      await crawl();
      server.override = (request, response) => {
        if (!request.url?.startsWith('/v1/index/')) return false;
        response.writeHead(307, { location: new URL(request.url, signed.url).href }).end();
        return true;
      };
      expect(await run({ now: () => new Date() })).to.include({ source: 'signed', to: 5, pinned: true });
      expect(names()).to.have.length(5);
      const db = store().open();
      expect(sourceOf(db)).to.equal('signed');
      db.close();
      server.override = () => false;
      expect((await refusal()).code).to.equal('SIGNED_INDEX_GONE');
    } finally {
      await signed.close();
    }
  });

  function answerWith(page: () => unknown): void {
    server.override = (request, response) => {
      if (!request.url?.startsWith('/v1/bundles/search')) return false;
      send(response, 200, page());
      return true;
    };
  }

  /** Answers so many pages, then breaks. */
  async function cutOffAfter(pages: number): Promise<MpakError> {
    let left = pages;
    server.override = (request, response) => {
      if (!request.url?.startsWith('/v1/bundles/search')) return false;
      if (left > 0) left -= 1;
      else {
        send(response, 400, { error: 'broken' });
        return true;
      }
      return false;
    };
    try {
      return await refusal();
    } finally {
      server.override = () => false;
    }
  }

  function listedIn(db: typeof server.db): string[] {
    return db.prepare<[], string>('SELECT name FROM packages').pluck().all();
  }

  function queries(entries: readonly PublishEntry[]) {
    const words = entries.flatMap(({ manifest, package: name }, index) => {
      if (index % 37 !== 0) return [];
      const [first = '', second = ''] = tokenize(manifest.description ?? '');
      const base = name.slice(name.indexOf('/') + 1);
      return [base, base.slice(0, 4), `${first} ${second}`, `${first.slice(0, 3)}`, `${base} server`];
    });
    return [...words, 'p17', 'server', 'mcp', ''].flatMap((q) => [
      { q, limit: 10, offset: 0 },
      { q, limit: 10, offset: 0, type: 'node' as const },
    ]);
  }
});
