import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { expect } from 'chai';
import { MpakError } from '../../../src/lib/errors.ts';
import { append } from '../../../src/lib/index/append.ts';
import { compareIndexes } from '../../../src/lib/index/compare.ts';
import { openMemoryIndex } from '../../../src/lib/index/open.ts';
import { PAGE_SIZE } from '../../../src/lib/log/checkpoint-form.ts';
import { encodeEntry } from '../../../src/lib/log/entry.ts';
import { keyId, publicKey, signRotation } from '../../../src/lib/log/key.ts';
import { joinLines } from '../../../src/lib/log/page.ts';
import { RegistryClient } from '../../../src/lib/remote/registry-client.ts';
import { IndexStore } from '../../../src/lib/sync/store.ts';
import { type SyncOptions, type SyncReport, sync } from '../../../src/lib/sync/sync.ts';
import { publishEntries, publishEntry } from '../../support/entries.ts';
import { LogServer, newKey } from '../../support/log-server.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const HOUR = 3_600_000;

describe('sync', () => {
  const home = temporaryFolder();
  let server: LogServer;
  let url: URL;

  beforeEach(async () => {
    server = await LogServer.start();
    url = server.url;
  });
  afterEach(() => server.close());

  const store = () => new IndexStore(home(), url);

  async function run(changes: Partial<SyncOptions> = {}): Promise<SyncReport> {
    const client = new RegistryClient(url, 'mpak-test');
    try {
      return await sync({
        store: store(),
        client,
        now: () => new Date(),
        pin: undefined,
        verify: false,
        full: false,
        onProgress: () => undefined,
        ...changes,
      });
    } finally {
      client.close();
    }
  }

  async function refusal(changes: Partial<SyncOptions> = {}): Promise<MpakError> {
    try {
      await run(changes);
    } catch (error) {
      if (error instanceof MpakError) return error;
      throw error;
    }
    throw new Error('the sync was not refused');
  }

  /** Every file of the store but the lock, and its bytes. */
  function disk(): Record<string, string> {
    const { folder } = store();
    if (!existsSync(folder)) return {};
    // What a reader leaves beside an index is no content of it: shared memory, and an empty write-ahead log.
    const isContent = (name: string) => name !== 'lock' && !name.endsWith('-shm') && size(name) > 0;
    const size = (name: string) => statSync(path.join(folder, name)).size;
    const names = readdirSync(folder).filter(isContent);
    const hash = (name: string) =>
      createHash('sha256')
        .update(readFileSync(path.join(folder, name)))
        .digest('hex');
    return Object.fromEntries(names.map((name) => [name, hash(name)]));
  }

  /** The index on the disk is what the first lines of the server's log say. */
  function expectIndexOf(lines: readonly Uint8Array[]): void {
    const actual = store().open();
    const expected = openMemoryIndex();
    expected.transaction(() => append(expected, lines, { keepLines: false }))();
    expect(compareIndexes(actual, expected)).to.deep.equal([]);
    actual.close();
    expected.close();
  }

  describe('of an honest registry', () => {
    it('makes the index from the log when there is no snapshot', async () => {
      server.append(...publishEntries(300));
      const report = await run();
      expect(report).to.include({ via: 'pages', from: 0, to: 300, pinned: true });
      expect(report.changes).to.include({ packages: 300 });
      expectIndexOf(server.lines);
    });

    it('makes the index of an empty log', async () => {
      expect(await run()).to.include({ to: 0, via: 'pages' });
      expectIndexOf([]);
    });

    it('takes the snapshot and the pages after it', async () => {
      server.append(...publishEntries(600));
      server.makeSnapshot();
      server.append(...publishEntries(10, 600));
      const report = await run();
      expect(report).to.include({ via: 'snapshot', to: 610 });
      expect(report.changes).to.include({ packages: 610 });
      expect(server.requests).to.include('GET /v1/index/log/2').and.not.include('GET /v1/index/log/1');
      expectIndexOf(server.lines);
    });

    it('asks one thing when nothing is new', async () => {
      server.append(...publishEntries(5));
      await run();
      server.requests.length = 0;
      const report = await run();
      expect(report).to.include({ via: 'nothing', pinned: false });
      expect(server.requests).to.deep.equal(['GET /v1/index/checkpoint']);
    });

    it('takes pages when little is new, and says what changed', async () => {
      server.append(...publishEntries(700));
      server.makeSnapshot();
      await run();
      server.append(
        publishEntry('@acme/p0', '2.0.0'),
        publishEntry('@acme/fresh'),
        {
          kind: 'revoke',
          package: '@acme/p1',
          versions: '*',
          reason: 'malicious',
          at: '2026-06-01T00:00:00.000Z',
        },
        {
          kind: 'deprecate',
          package: '@acme/p2',
          versions: '1.x',
          message: 'old',
          at: '2026-06-01T00:00:00.000Z',
        },
      );
      const { via, changes } = await run();
      expect(via).to.equal('pages');
      expect(changes).to.deep.equal({
        new: ['@acme/fresh'],
        updated: ['@acme/p0'],
        revoked: ['@acme/p1 *'],
        deprecated: ['@acme/p2 1.x'],
        yanked: [],
        unknown: 0,
      });
      expectIndexOf(server.lines);
    });

    it('says the same of a snapshot that replaces an index', async () => {
      server.append(...publishEntries(10));
      await run();
      server.append(...publishEntries(300, 10), publishEntry('@acme/p0', '2.0.0'), {
        kind: 'revoke',
        package: '@acme/p1',
        versions: '1.0.0',
        reason: 'vulnerable',
        at: '2026-06-01T00:00:00.000Z',
      });
      server.makeSnapshot();
      const { via, changes } = await run({ full: true });
      expect(via).to.equal('snapshot');
      expect(changes.new).to.have.length(300);
      expect(changes.updated).to.include('@acme/p0');
      expect(changes.revoked).to.deep.equal(['@acme/p1 1.0.0']);
      expectIndexOf(server.lines);
    });

    it('extends the index by pages however far behind it is: only they prove that the log grew', async () => {
      server.append(...publishEntries(10));
      await run();
      server.append(...publishEntries(900, 10));
      server.makeSnapshot();
      expect(await run()).to.include({ via: 'pages', from: 10, to: 910 });
      expectIndexOf(server.lines);
    });

    it('brings an index up that has stayed behind what is trusted', async () => {
      server.append(...publishEntries(10));
      await run();
      const old = readFileSync(store().current() as string);
      server.append(...publishEntries(290, 10));
      await run();
      // As if the process had died after trust.json was written and before the index was.
      writeFileSync(store().current() as string, old);
      expect(await run()).to.include({ via: 'pages', from: 10, to: 300 });
      expectIndexOf(server.lines);
    });

    it('keeps entries of unknown kinds in the tree, and counts them', async () => {
      server.append(...publishEntries(2));
      server.appendLine('{"kind":"from-the-future","what":1}');
      server.append(...publishEntries(1, 2));
      const report = await run();
      expect(report.to).to.equal(4);
      expectIndexOf(server.lines);
    });

    it('ignores what a page has got since the checkpoint was signed', async () => {
      server.append(...publishEntries(3));
      const signed = await server.checkpoint();
      server.append(...publishEntries(2, 3));
      server.overrides.set('/v1/index/checkpoint', (_, response) => response.end(signed));
      expect(await run()).to.include({ to: 3 });
      expectIndexOf(server.lines.slice(0, 3));
    });

    it('fetches everything anew with --full, and keeps the pinned key', async () => {
      server.append(...publishEntries(5));
      await run();
      server.key = await newKey();
      expect(await refusal({ full: true })).to.have.property('code', 'KEY_NOT_PINNED');
    });

    it('replaces a damaged index with --full, and says so without', async () => {
      server.append(...publishEntries(5));
      await run();
      writeFileSync(
        store().current() as string,
        'this is not a database, not at all, but long enough to look at',
      );
      expect(await refusal()).to.have.property('code', 'INDEX_UNREADABLE');
      expect(await run({ full: true })).to.include({ to: 5 });
      expectIndexOf(server.lines);
    });

    it('replaces an index whose pages are damaged', async () => {
      server.append(...publishEntries(500));
      await run();
      const file = store().current() as string;
      const bytes = readFileSync(file);
      // All but the first page, which has the schema: it opens, and nothing in it can be read.
      bytes.fill(0x5a, 4096);
      writeFileSync(file, bytes);
      expect(await run({ full: true })).to.include({ to: 500 });
      expectIndexOf(server.lines);
    });

    describe('asks for the rest of a page that it has the beginning of, and', () => {
      beforeEach(async () => {
        server.append(...publishEntries(200));
        await run();
        server.append(...publishEntries(3, 200));
        server.requests.length = 0;
      });

      /** Answers the request for the rest; anything else is answered honestly. */
      function answerRest(
        status: number,
        headers: Record<string, string>,
        lines: readonly Uint8Array[],
      ): void {
        server.overrides.set('/v1/index/log/0', (request, response) => {
          const isRest = request.headers.range === 'entries=200-';
          if (isRest) response.writeHead(status, headers).end(joinLines(lines));
          else response.writeHead(200).end(joinLines(server.lines));
        });
      }

      for (const [what, range, from] of [
        ['takes it', 'entries 200-202/*', 200],
        ['asks for the whole when it is not all of it', 'entries 200-202/*', 201],
        ['asks for the whole when it is more than a page holds', 'entries 200-202/*', -60],
      ] as const) {
        it(what, async () => {
          const lines =
            from < 0 ? Array.from({ length: -from }, () => Buffer.from('{}')) : server.lines.slice(from);
          answerRest(206, { 'content-range': range }, lines);
          expect(await run()).to.include({ via: 'pages', from: 200, to: 203 });
          expectIndexOf(server.lines);
          const pages = server.requests.filter((request) => request.includes('/log/'));
          expect(pages).to.have.length(from === 200 ? 1 : 2);
        });
      }

      it('asks for the whole when there is nothing', async () => {
        answerRest(416, {}, []);
        expect(await run()).to.include({ to: 203 });
        expectIndexOf(server.lines);
      });

      it('refuses another rest than was signed, and one of another place', async () => {
        answerRest(206, { 'content-range': 'entries 200-202/*' }, server.lines.slice(0, 3));
        expect(await refusal()).to.include({ code: 'TAMPERED_LOG' });
        answerRest(206, { 'content-range': 'entries 3-5/*' }, server.lines.slice(200));
        expect(await refusal()).to.include({ code: 'REGISTRY_ANSWER' });
        expectIndexOf(server.lines.slice(0, 200));
      });
    });

    it('asks past the caches before it takes an old page for a forged one', async () => {
      server.append(...publishEntries(300));
      await run();
      const old = joinLines(server.lines.slice(PAGE_SIZE));
      server.append(...publishEntries(20, 300));
      server.overrides.set('/v1/index/log/1', (request, response) => {
        const fresh = request.headers['cache-control'] === 'no-cache';
        response.end(fresh ? joinLines(server.lines.slice(PAGE_SIZE)) : old);
      });
      expect(await run()).to.include({ to: 320 });
      expectIndexOf(server.lines);
    });

    it('replays the log and compares every row with --verify', async () => {
      server.append(...publishEntries(300));
      server.makeSnapshot();
      expect(await run({ verify: true })).to.include({ verified: true });
    });

    it('finds a snapshot that says what its log does not, with --verify', async () => {
      server.append(...publishEntries(300));
      server.makeSnapshot((db) =>
        db.exec(`UPDATE packages SET description = 'forged' WHERE name = '@acme/p7'`),
      );
      const error = await refusal({ verify: true });
      expect(error.code).to.equal('REPLAY_MISMATCH');
      expect(error.message).to.include('@acme/p7');
    });

    it('finds a snapshot whose indexes are not those of its tables, with --verify', async () => {
      server.append(...publishEntries(300));
      server.makeSnapshot((db) => {
        const entry = db.prepare(`SELECT * FROM sqlite_schema WHERE name = 'packages_by_downloads'`).get();
        db.unsafeMode().pragma('writable_schema = ON');
        db.exec(`DELETE FROM sqlite_schema WHERE name = 'packages_by_downloads'`);
        db.pragma('writable_schema = RESET');
        db.exec(`UPDATE packages SET downloads = 1000000 WHERE name = '@acme/p7'`);
        db.pragma('writable_schema = ON');
        db.prepare('INSERT INTO sqlite_schema VALUES (@type, @name, @tbl_name, @rootpage, @sql)').run(entry);
        db.pragma('writable_schema = RESET');
      });
      const error = await refusal({ verify: true });
      expect(error.code).to.equal('REPLAY_MISMATCH');
      expect(error.message).to.include('packages_by_downloads');
    });

    it('clears away what a killed sync has left', async () => {
      server.append(...publishEntries(5));
      await run();
      const { folder } = store();
      for (const name of [
        'tmp-0011223344556677.log',
        'index-0011223344556677.db',
        'index-0011223344556677.db-wal',
      ]) {
        writeFileSync(path.join(folder, name), 'left over');
      }
      await run();
      const kept = path.basename(store().current() as string);
      // What SQLite needs to read it on a disk that may only be read stays beside it.
      const beside = [`${kept}-shm`, `${kept}-wal`];
      expect(readdirSync(folder).filter((name) => /tmp|index/.test(name))).to.have.members([kept, ...beside]);
    });

    it('does the work once when two syncs start at the same time', async () => {
      server.append(...publishEntries(400));
      const reports = await Promise.all([run(), run()]);
      expect(reports.map((report) => report.via).sort()).to.deep.equal(['nothing', 'pages']);
      expectIndexOf(server.lines);
    });

    it('falls back to pages when the snapshot has the schema of another version', async () => {
      server.append(...publishEntries(300));
      server.makeSnapshot((db) => db.pragma('user_version = 99'));
      expect(await run()).to.include({ via: 'pages', to: 300 });
      expectIndexOf(server.lines);
    });
  });

  describe('pins the key', () => {
    it('that --key names', async () => {
      expect(await run({ pin: await keyId(server.key) })).to.include({ pinned: true });
    });

    it('and refuses another one at the first sync', async () => {
      const error = await refusal({ pin: await keyId(await newKey()) });
      expect(error).to.include({ code: 'KEY_NOT_PINNED', exitStatus: 21 });
      expect(disk()).to.deep.equal({});
    });

    it('and follows a rotation that the old key signed', async () => {
      server.append(...publishEntries(3));
      await run();
      const next = await newKey();
      server.append({
        kind: 'rotate-key',
        old_kid: await keyId(server.key),
        new_key: publicKey(next),
        signature: await signRotation(server.origin, server.key, next),
        at: '2026-06-01T00:00:00.000Z',
      });
      server.key = next;
      server.append(...publishEntries(1, 3));
      expect(await run()).to.include({ to: 5, key: await keyId(next), pinned: false });
      server.append(...publishEntries(1, 4));
      expect(await run()).to.include({ to: 6 });
      expectIndexOf(server.lines);
    });

    it('and follows no rotation that it did not sign', async () => {
      server.append(...publishEntries(3));
      await run();
      const before = disk();
      const [thief, next] = [await newKey(), await newKey()];
      server.append({
        kind: 'rotate-key',
        old_kid: await keyId(server.key),
        new_key: publicKey(next),
        signature: await signRotation(server.origin, thief, next),
        at: '2026-06-01T00:00:00.000Z',
      });
      server.key = next;
      expect(await refusal()).to.include({ code: 'KEY_NOT_PINNED' });
      expect(disk()).to.deep.equal(before);
    });
  });

  describe('refuses, and leaves the disk byte for byte as it was:', () => {
    beforeEach(async () => {
      server.append(...publishEntries(300));
      server.makeSnapshot();
      await run();
    });

    async function expectRefused(
      code: string,
      changes: Partial<SyncOptions> = {},
      message = '',
    ): Promise<void> {
      const before = disk();
      const error = await refusal(changes);
      expect(error.code).to.equal(code);
      expect(error.message).to.include(message);
      expect(error.hint).to.be.a('string');
      expect(disk()).to.deep.equal(before);
    }

    it('a rollback', async () => {
      server.snapshot = null;
      server.lines.length = 299;
      await expectRefused('ROLLBACK');
    });

    it('an equivocation', async () => {
      server.lines[299] = encodeEntry(publishEntry('@acme/other'));
      await expectRefused('EQUIVOCATION');
    });

    it('another origin', async () => {
      server.origin = 'log.elsewhere';
      server.append(...publishEntries(1, 300));
      await expectRefused('ORIGIN_MISMATCH');
    });

    it('another key', async () => {
      server.key = await newKey();
      server.append(...publishEntries(1, 300));
      await expectRefused('KEY_NOT_PINNED');
    });

    it('a bad signature', async () => {
      server.append(...publishEntries(1, 300));
      const [header, , signature] = (await server.checkpoint()).split('.');
      server.append(...publishEntries(1, 301));
      const [, payload] = (await server.checkpoint()).split('.');
      server.overrides.set('/v1/index/checkpoint', (_, response) =>
        response.end(`${header}.${payload}.${signature}`),
      );
      await expectRefused('CHECKPOINT_SIGNATURE');
    });

    it('no signed checkpoint at all', async () => {
      server.overrides.set('/v1/index/checkpoint', (_, response) => response.end('<html>Sign in</html>'));
      await expectRefused('CHECKPOINT_SIGNATURE');
    });

    it('a stale checkpoint', async () => {
      server.alter = (checkpoint) => ({
        ...checkpoint,
        issued_at: new Date(Date.now() - 25 * HOUR).toISOString(),
        expires_at: new Date(Date.now() - HOUR).toISOString(),
      });
      server.append(...publishEntries(1, 300));
      await expectRefused('CHECKPOINT_STALE');
    });

    it('a checkpoint that was never renewed', async () => {
      await expectRefused('CHECKPOINT_STALE', { now: () => new Date(Date.now() + 25 * HOUR) });
    });

    it('a checkpoint of the future', async () => {
      server.append(...publishEntries(1, 300));
      await expectRefused('CHECKPOINT_FUTURE', { now: () => new Date(Date.now() - 6 * 60_000) });
    });

    it('a changed page', async () => {
      server.append(...publishEntries(20, 300));
      const lines = server.lines.slice(PAGE_SIZE);
      lines[50] = encodeEntry(publishEntry('@acme/p306', '1.0.0', { at: '2026-05-01T12:00:01.000Z' }));
      serve('/v1/index/log/1', joinLines(lines));
      await expectRefused('TAMPERED_LOG');
    });

    it('a rewritten history under an honest looking checkpoint', async () => {
      server.lines[5] = encodeEntry(publishEntry('@acme/rewritten'));
      server.append(...publishEntries(20, 300));
      await expectRefused('TAMPERED_LOG');
    });

    it('a page that lacks entries', async () => {
      server.append(...publishEntries(20, 300));
      serve('/v1/index/log/1', joinLines(server.lines.slice(PAGE_SIZE, PAGE_SIZE + 60)));
      await expectRefused('TAMPERED_LOG');
    });

    it('a page with an entry of a megabyte', async () => {
      server.appendLine(JSON.stringify({ kind: 'huge', text: 'x'.repeat(1024 * 1024) }));
      await expectRefused('TAMPERED_LOG');
    });

    it('a page of nothing but newlines, without counting them', async () => {
      server.append(...publishEntries(20, 300));
      const bomb = zstdCompressSync(Buffer.alloc(100 * 1024 * 1024, '\n'));
      server.overrides.set('/v1/index/log/1', (_, response) =>
        response.writeHead(200, { 'content-encoding': 'zstd' }).end(bomb),
      );
      await expectRefused('TAMPERED_LOG');
    });

    it('an unknown key that claims an endless log, and stores nothing of it', async () => {
      const payload = Buffer.from(JSON.stringify({ size: 9e15 })).toString('base64url');
      const header = Buffer.from(
        JSON.stringify({ alg: 'EdDSA', typ: 'mpak-checkpoint', kid: 'A'.repeat(43) }),
      ).toString('base64url');
      server.overrides.set('/v1/index/checkpoint', (_, response) =>
        response.end(`${header}.${payload}.AAAA`),
      );
      await expectRefused('KEY_NOT_PINNED');
      expect(server.requests.filter((request) => request.includes('/log/')).length).to.be.lessThan(5);
    });

    it('a checkpoint that would be current for years', async () => {
      server.alter = (checkpoint) => ({ ...checkpoint, expires_at: '2099-01-01T00:00:00.000Z' });
      server.append(...publishEntries(1, 300));
      await expectRefused('CHECKPOINT_SIGNATURE');
    });

    it('"unchanged" where nothing was asked', async () => {
      server.overrides.set('/v1/index/checkpoint', (_, response) => response.writeHead(304).end());
      await expectRefused('REGISTRY_ANSWER', { full: true });
    });

    it('a registry that leads away in circles', async () => {
      server.overrides.set('/v1/index/checkpoint', (_, response) =>
        response.writeHead(302, { location: '/v1/index/checkpoint' }).end(),
      );
      await expectRefused('NETWORK');
    });

    it('a page that cannot be decompressed', async () => {
      server.append(...publishEntries(20, 300));
      server.overrides.set('/v1/index/log/1', (_, response) =>
        response.writeHead(200, { 'content-encoding': 'zstd' }).end('this is not zstd'),
      );
      await expectRefused('REGISTRY_ANSWER');
    });

    it('an answer that ends early', async () => {
      server.append(...publishEntries(20, 300));
      server.overrides.set('/v1/index/log/1', (_, response) => {
        response.writeHead(200, { 'content-length': '5000' });
        response.write('{"kind":', () => response.destroy());
      });
      await expectRefused('NETWORK');
    });

    it('a registry that has no index', async () => {
      server.overrides.set('/v1/index/checkpoint', (_, response) => response.writeHead(404).end());
      await expectRefused('REGISTRY_WITHOUT_INDEX');
    });

    it('a registry that fails', async () => {
      server.overrides.set('/v1/index/checkpoint', (_, response) => response.writeHead(500).end());
      await expectRefused('REGISTRY_ANSWER');
    });

    it('a registry that is not there', async () => {
      await server.close();
      await expectRefused('NETWORK');
    });

    it('a snapshot with other bytes', async () => {
      const snapshot = server.snapshot as NonNullable<LogServer['snapshot']>;
      snapshot.bytes = Buffer.from(snapshot.bytes);
      snapshot.bytes[100] = (snapshot.bytes[100] as number) ^ 1;
      await expectRefused('TAMPERED_SNAPSHOT', { full: true });
    });

    it('a snapshot that goes on', async () => {
      const snapshot = server.snapshot as NonNullable<LogServer['snapshot']>;
      snapshot.bytes = Buffer.concat([snapshot.bytes, Buffer.alloc(10)]);
      await expectRefused('TAMPERED_SNAPSHOT', { full: true });
    });

    it('a snapshot that ends early', async () => {
      const snapshot = server.snapshot as NonNullable<LogServer['snapshot']>;
      snapshot.bytes = snapshot.bytes.subarray(0, -10);
      await expectRefused('TAMPERED_SNAPSHOT', { full: true });
    });

    it('a snapshot that unpacks to far more than it is', async () => {
      server.setSnapshot(300, zstdCompressSync(Buffer.alloc(65 * 1024 ** 2)));
      await expectRefused('TAMPERED_SNAPSHOT', { full: true }, 'unpacks to more');
    });

    it('a snapshot with a damaged page', async () => {
      server.makeSnapshot((db) => {
        db.unsafeMode().pragma('writable_schema = ON');
        db.exec(`UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'versions')
                 WHERE name = 'tools'`);
      });
      await expectRefused('TAMPERED_SNAPSHOT', { full: true }, 'damaged');
    });

    it('a snapshot that is no database', async () => {
      server.setSnapshot(300, zstdCompressSync('not a database'));
      await expectRefused('TAMPERED_SNAPSHOT', { full: true });
    });

    it('a snapshot that is not compressed', async () => {
      server.setSnapshot(300, Buffer.from('not zstd'));
      await expectRefused('TAMPERED_SNAPSHOT', { full: true });
    });

    it('a snapshot with a trigger of its own', async () => {
      server.makeSnapshot((db) =>
        db.exec(`CREATE TRIGGER run AFTER INSERT ON packages BEGIN DELETE FROM revocations; END`),
      );
      await expectRefused('TAMPERED_SNAPSHOT', { full: true });
    });

    it('a snapshot whose tables are views', async () => {
      server.makeSnapshot((db) =>
        db.exec(
          'DROP TABLE revocations; CREATE VIEW revocations AS SELECT 1 seq, 2 package, 3 versions, 4 reason, 5 at',
        ),
      );
      await expectRefused('TAMPERED_SNAPSHOT', { full: true });
    });

    it('a snapshot of another size than it says', async () => {
      const bytes = (server.snapshot as NonNullable<LogServer['snapshot']>).bytes;
      server.setSnapshot(299, bytes);
      await expectRefused('TAMPERED_SNAPSHOT', { full: true });
    });

    it('a snapshot of another log', async () => {
      server.makeSnapshot((db) =>
        db.exec(`UPDATE meta SET value = zeroblob(length(value)) WHERE key = 'tree_peaks'`),
      );
      await expectRefused('TAMPERED_LOG', { full: true });
    });

    it('a rewritten history behind a fresh snapshot', async () => {
      server.lines[5] = encodeEntry(publishEntry('@acme/rewritten'));
      server.append(...publishEntries(20, 300));
      server.makeSnapshot();
      await expectRefused('TAMPERED_LOG', { full: true });
    });

    it('a trusted tree that was edited', async () => {
      const trust = JSON.parse(readFileSync(store().trustFile, 'utf8'));
      for (const edit of [
        { size: 299 },
        { peaks: '' },
        { root: trust.root.replace(/^./, 'x') },
        { keys: [] },
      ]) {
        writeFileSync(store().trustFile, JSON.stringify({ ...trust, ...edit }));
        await expectRefused('INDEX_UNREADABLE');
      }
    });

    it('a damaged file of trust', async () => {
      writeFileSync(store().trustFile, '{"origin":');
      await expectRefused('INDEX_UNREADABLE');
    });

    function serve(url: string, bytes: Uint8Array): void {
      server.overrides.set(url, (_, response) => response.end(bytes));
    }
  });

  it('recognises an older log by the index when trust.json is gone', async () => {
    server.append(...publishEntries(10));
    await run();
    rmSync(store().trustFile);
    server.lines.length = 5;
    expect(await refusal()).to.include({ code: 'ROLLBACK' });
  });
});
