import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { expect } from 'chai';
import pino from 'pino';
import { request } from 'undici';
import { AnswerCache, type AnswerCacheLimits } from '../../registry/answer-cache.ts';
import type { Answer, Route, Services } from '../../registry/http.ts';
import { ANSWER_CACHE_LIMITS, HTTP_LIMITS } from '../../registry/limits.ts';
import { bundleRoutes } from '../../registry/routes/bundles.ts';
import { mcpRoutes } from '../../registry/routes/mcp.ts';
import { HttpServer } from '../../registry/server.ts';
import { append } from '../../src/lib/index/append.ts';
import { openIndex } from '../../src/lib/index/open.ts';
import { encodeEntry, type PublishEntry } from '../../src/lib/log/entry.ts';
import { publishEntry } from '../support/entries.ts';
import { servicesOver } from './routes/ask.ts';

const FIRST = '2026-07-01T00:00:00.000Z';

describe('the answers that a registry keeps', () => {
  let folder: string;
  let db: Database.Database;
  let now: Date;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-answers-'));
    db = openIndex(path.join(folder, 'index.db'));
    now = new Date(FIRST);
  });
  afterEach(() => {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const publish = (connection: Database.Database, ...entries: readonly PublishEntry[]) =>
    connection
      .transaction(() => append(connection, entries.map(encodeEntry), { keepLines: true }))
      .immediate();

  const keeping = (limits: Partial<AnswerCacheLimits> = {}) =>
    new AnswerCache(db, { ...ANSWER_CACHE_LIMITS, ...limits }, () => now);

  /** Answers with a number that grows each time it is made. */
  function counted(size = 0): { make: () => Answer; made: () => number } {
    let made = 0;
    const make = () => {
      made += 1;
      return { status: 200, json: { made, filler: 'x'.repeat(size) } };
    };
    return { make, made: () => made };
  }

  it('are made once while nothing is written', async () => {
    const cache = keeping();
    const { make, made } = counted();
    const first = await cache.answer('/a', make);
    await sleep(2 * ANSWER_CACHE_LIMITS.otherWritesMs);
    expect(await cache.answer('/a', make)).to.equal(first);
    expect(await cache.answer('/b', make)).not.to.equal(first);
    expect(made()).to.equal(2);
  });

  it('end at once with a write of this process', async () => {
    const cache = keeping();
    const { make, made } = counted();
    await cache.answer('/a', make);
    publish(db, publishEntry('@acme/echo', '1.0.0'));
    await cache.answer('/a', make);
    db.prepare('UPDATE packages SET downloads = downloads + 1').run();
    await cache.answer('/a', make);
    expect(made()).to.equal(3);
  });

  it('end with a write of another process', async () => {
    const cache = keeping();
    const { make, made } = counted();
    await cache.answer('/a', make);
    const other = openIndex(path.join(folder, 'index.db'));
    publish(other, publishEntry('@acme/echo', '1.0.0'));
    other.close();
    await sleep(2 * ANSWER_CACHE_LIMITS.otherWritesMs);
    await cache.answer('/a', make);
    expect(made()).to.equal(2);
  });

  it('are not those of an index that changed while they were made', async () => {
    const cache = keeping();
    const { make, made } = counted();
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = cache.answer('/a', async () => {
      const answer = make();
      await promise;
      return answer;
    });
    publish(db, publishEntry('@acme/echo', '1.0.0'));
    await cache.answer('/b', make);
    resolve();
    await slow;
    await cache.answer('/a', make);
    expect(made()).to.equal(3);
  });

  it('end after a while, whatever the clock does', async () => {
    const cache = keeping({ ageMs: 60_000 });
    const { make, made } = counted();
    await cache.answer('/a', make);
    now = new Date(Date.parse(FIRST) + 59_999);
    await cache.answer('/a', make);
    expect(made()).to.equal(1);
    now = new Date(Date.parse(FIRST) + 60_000);
    await cache.answer('/a', make);
    now = new Date(Date.parse(FIRST) - 3_600_000);
    await cache.answer('/a', make);
    expect(made()).to.equal(3);
  });

  it('take no more memory than they may, whatever is asked, and those stay that were wanted last', async () => {
    const cache = keeping({ bytes: 200_000, answerBytes: 10_000 });
    const { make, made } = counted(1_000);
    await cache.answer('/wanted', make);
    for (let index = 0; index < 1_000; index += 1) {
      await cache.answer(`/${'long'.repeat(index)}${index}`, make);
      await cache.answer('/wanted', make);
      expect(cache.bytes).to.be.at.most(200_000);
    }
    expect(made()).to.equal(1_001);
    const large = counted(20_000);
    const before = cache.bytes;
    await cache.answer('/large', large.make);
    await cache.answer('/large', large.make);
    expect([large.made(), cache.bytes]).to.deep.equal([2, before]);
  });

  it('are no refusals', async () => {
    const cache = keeping();
    let made = 0;
    const gone = () => {
      made += 1;
      return { status: 410, json: {} };
    };
    await cache.answer('/a', gone);
    await cache.answer('/a', gone);
    const failing = () => {
      made += 1;
      throw new Error('no');
    };
    for (let time = 0; time < 2; time += 1) {
      const error = await cache.answer('/b', failing).catch((thrown) => thrown);
      expect(error).to.have.property('message', 'no');
    }
    expect([made, cache.bytes]).to.deep.equal([4, 0]);
  });

  describe('over HTTP', () => {
    let server: HttpServer<Services>;
    let base: string;
    let answers: AnswerCache;
    let page: ReturnType<typeof counted>;

    beforeEach(async () => {
      page = counted();
      publish(db, ...Array.from({ length: 20 }, (_, index) => publishEntry(`@acme/echo-${index}`, '1.0.0')));
      answers = keeping();
      server = new HttpServer(HTTP_LIMITS, pino({ level: 'silent' }));
      const routes: Route<Services>[] = [
        ...bundleRoutes,
        ...mcpRoutes,
        { method: 'GET', path: '/page/:name', handler: () => page.make(), kept: 'path' },
      ];
      server.mount({ routes, services: servicesOver(db), observe: () => {}, answers });
      const { port } = await server.listen(0, '127.0.0.1');
      base = `http://127.0.0.1:${port}`;
    });
    afterEach(() => server.close(0));

    for (const target of [
      '/v1/bundles/search?q=echo&limit=50',
      '/v1/servers/search?q=echo',
      '/v0.1/servers',
    ]) {
      it(`are those of ${target}: found again with everything that they had, and new when somebody publishes`, async () => {
        const ask = async (method: 'GET' | 'HEAD', headers: Record<string, string> = {}) => {
          const answer = await request(base + target, { method, headers });
          const { date: _date, connection: _connection, 'keep-alive': _keepAlive, ...rest } = answer.headers;
          return { status: answer.statusCode, headers: rest, text: await answer.body.text() };
        };
        const made = await ask('GET');
        const kept = answers.bytes;
        expect(kept).to.be.greaterThan(0);
        expect(await ask('GET')).to.deep.equal(made);
        expect(answers.bytes).to.equal(kept);
        expect(await ask('HEAD')).to.deep.equal({ ...made, text: '' });
        const etag = String(made.headers.etag);
        expect((await ask('GET', { 'if-none-match': etag })).status).to.equal(304);
        const packed = await ask('GET', { 'accept-encoding': 'gzip' });
        expect(packed.headers).to.include({ 'content-encoding': 'gzip', etag });
        expect(await (await fetch(base + target)).text()).to.equal(made.text);
        publish(db, publishEntry('@acme/echo-new', '1.0.0'));
        const changed = await ask('GET', { 'if-none-match': etag });
        expect(changed.status).to.equal(200);
        expect(changed.text).to.contain('echo-new');
      });
    }

    it('are one of a page, whatever else its address has and however it is written', async () => {
      for (const target of ['/page/a', '/page/a?x=1', '/page/a?x=2', '/page/%61', '/page/a?']) {
        expect((await fetch(base + target)).status, target).to.equal(200);
      }
      expect(page.made()).to.equal(1);
      await fetch(`${base}/page/b`);
      expect(page.made()).to.equal(2);
    });

    it('are none of a download, which is counted each time, and none of a request that is refused', async () => {
      await fetch(`${base}/v1/bundles/@acme/echo-1/versions/latest/download`, { redirect: 'manual' });
      expect((await fetch(`${base}/v1/bundles/search?limit=0`)).status).to.equal(400);
      expect((await fetch(`${base}/v1/bundles/search?limit=0`)).status).to.equal(400);
      expect(answers.bytes).to.equal(0);
    });
  });
});
