import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { zstdDecompressSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { request } from 'undici';
import { Checkpoints } from '../../registry/checkpoints.ts';
import { KeyRing } from '../../registry/key-ring.ts';
import { writeSigningKey } from '../../registry/signing-key.ts';
import { isSnapshotDue } from '../../registry/snapshots.ts';
import { append } from '../../src/lib/index/append.ts';
import { compareIndexes } from '../../src/lib/index/compare.ts';
import { openMemoryIndex } from '../../src/lib/index/open.ts';
import { checkpointKeyId, verifyCheckpoint } from '../../src/lib/log/checkpoint.ts';
import { fingerprint, keyId, type PublicKey } from '../../src/lib/log/key.ts';
import { splitLines } from '../../src/lib/log/page.ts';
import { mpakRegistry } from '../support/cli.ts';
import { publishEntries, publishEntry } from '../support/entries.ts';
import { LocalGitHub } from '../support/github.ts';
import { newKey, rootOf } from '../support/log-server.ts';
import { makeBundle } from '../support/mcpb.ts';
import { announcement, postAnnouncement, type RegistryProcess, startRegistry } from '../support/registry.ts';
import { sharedFolder } from './support/shared-folder.ts';

const DAY = 86_400_000;

describe('the index that a registry serves', () => {
  const folder = sharedFolder();
  const lines = publishEntries(600).map((entry) => JSON.stringify(entry));
  let data: string;
  let registry: RegistryProcess;
  let github: LocalGitHub;

  before(async () => {
    github = await LocalGitHub.start();
    data = path.join(folder(), 'data');
    registry = await startRegistry({ data, args: ['--origin', 'log.test'] });
    await importLines(lines);
  });
  after(async () => {
    await registry.stop();
    await github.close();
  });

  async function importLines(added: readonly string[]): Promise<void> {
    const file = path.join(folder(), 'import.ndjson');
    writeFileSync(file, added.join('\n'));
    const { status, stderr } = await mpakRegistry(['import', file, '--data', data]);
    expect(status, stderr).to.equal(0);
  }

  async function checkpoint() {
    const { keys } = (await (await fetch(`${registry.url}/v1/index/keys.json`)).json()) as {
      keys: PublicKey[];
    };
    const answer = await fetch(`${registry.url}/v1/index/checkpoint`);
    const jws = await answer.text();
    const key = keys.find((candidate) => (candidate as { kid?: string }).kid === checkpointKeyId(jws));
    const verified = await verifyCheckpoint(jws, key as PublicKey, { origin: 'log.test', now: new Date() });
    return { ...verified, jws, etag: answer.headers.get('etag') ?? '', headers: answer.headers };
  }

  /** The newest snapshot, once it holds as many entries. */
  async function snapshotOf(size: number) {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const { snapshot } = await checkpoint();
      if (snapshot !== null && snapshot.size >= size) return snapshot;
      await sleep(50);
    }
    throw new Error('no snapshot was made');
  }

  const makeSnapshot = async () => {
    const { status, stderr } = await mpakRegistry(['snapshot', '--data', data]);
    expect(status, stderr).to.equal(0);
  };

  it('signs a checkpoint over what another process has imported', async () => {
    const { size, root, headers } = await checkpoint();
    expect(size).to.equal(600);
    expect(root).to.equal(rootOf(lines.map((line) => Buffer.from(line))));
    expect(headers.get('content-type')).to.equal('application/jose');
    expect(headers.get('cache-control')).to.match(/^public, max-age=\d$/);
  });

  it('answers 304 for the checkpoint that the client has, and 200 once the log has grown', async () => {
    const { etag } = await checkpoint();
    const again = () => fetch(`${registry.url}/v1/index/checkpoint`, { headers: { 'if-none-match': etag } });
    expect((await again()).status).to.equal(304);
    const entry = JSON.stringify(publishEntry('@acme/one-more'));
    lines.push(entry);
    await importLines([entry]);
    expect((await again()).status).to.equal(200);
    expect((await checkpoint()).size).to.equal(601);
  });

  it('publishes its keys, whose fingerprint it prints', async () => {
    const { keys } = (await (await fetch(`${registry.url}/v1/index/keys.json`)).json()) as {
      keys: (PublicKey & Record<string, string>)[];
    };
    expect(keys).to.have.length(1);
    expect(keys[0]).to.include({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' });
    expect(keys[0]).not.to.have.property('d');
    const kid = await keyId(keys[0] as PublicKey);
    expect(keys[0]?.kid).to.equal(kid);
    expect(registry.fingerprint).to.equal(fingerprint(kid));
    const printed = await mpakRegistry(['keys', '--data', data]);
    expect(printed.stdout.trim()).to.equal(fingerprint(kid));
  });

  it('keeps its key in a file for its owner alone', () => {
    if (process.platform === 'win32') return;
    expect(statSync(path.join(data, 'signing-key.json')).mode & 0o777).to.equal(0o600);
  });

  it('serves the pages of the log byte by byte, full ones for ever', async () => {
    const received: string[] = [];
    for (const [page, cache] of [
      [0, 'public, max-age=31536000, immutable'],
      [1, 'public, max-age=31536000, immutable'],
      [2, 'no-cache'],
    ] as const) {
      const answer = await request(`${registry.url}/v1/index/log/${page}`, {
        headers: { 'accept-encoding': 'zstd' },
      });
      expect(answer.headers).to.include({ 'content-encoding': 'zstd', 'cache-control': cache });
      const bytes = zstdDecompressSync(Buffer.from(await answer.body.arrayBuffer()));
      expect(bytes.at(-1)).to.equal(0x0a);
      received.push(...splitLines(bytes).map((line) => Buffer.from(line).toString()));
    }
    expect(received).to.deep.equal(lines);
    const plain = await fetch(`${registry.url}/v1/index/log/0`, {
      headers: { 'accept-encoding': 'identity' },
    });
    expect(await plain.text()).to.equal(`${lines.slice(0, 256).join('\n')}\n`);
  });

  it('has the page that is not full revalidated, whatever it held a moment ago', async () => {
    const last = () => `${registry.url}/v1/index/log/${Math.floor((lines.length - 1) / 256)}`;
    const etag = (await fetch(last())).headers.get('etag') ?? '';
    const ask = () => fetch(last(), { headers: { 'if-none-match': etag } });
    expect((await ask()).status).to.equal(304);
    const entry = JSON.stringify(publishEntry('@acme/page-grown'));
    lines.push(entry);
    await importLines([entry]);
    const grown = await ask();
    expect([grown.status, (await grown.text()).endsWith(`${entry}\n`)]).to.deep.equal([200, true]);
  });

  it('has no page beyond the log, and none of another name', async () => {
    for (const page of ['3', '-1', '00', '1e3', 'x', '99999999999999999999']) {
      expect((await fetch(`${registry.url}/v1/index/log/${page}`)).status, page).to.equal(404);
    }
  });

  it('has the rest of a page for who has its beginning', async () => {
    const ask = (page: number, range: string, method = 'GET') =>
      fetch(`${registry.url}/v1/index/log/${page}`, { method, headers: { range } });
    for (const [page, first] of [
      [0, 1],
      [0, 255],
      [2, lines.length - 512 - 1],
    ] as const) {
      const answer = await ask(page, `entries=${first}-`);
      const start = page * 256;
      const expected = lines.slice(start + first, start + 256);
      expect(answer.status).to.equal(206);
      expect(Object.fromEntries(answer.headers)).to.include({
        'content-range': `entries ${first}-${first + expected.length - 1}/*`,
        'cache-control': 'no-store',
      });
      expect(await answer.text()).to.equal(expected.map((line) => `${line}\n`).join(''));
    }
    expect((await ask(0, 'entries=256-')).status).to.equal(416);
    expect((await ask(0, 'entries=1-2')).status).to.equal(200);
    expect((await ask(0, 'bytes=0-9')).status).to.equal(200);
    expect((await ask(0, 'entries=1-', 'HEAD')).status).to.equal(200);
  });

  describe('as a snapshot', () => {
    it('makes one at its start when the log is worth it, and one after enough was added', async () => {
      await registry.stop();
      registry = await startRegistry({ data, github });
      const first = await snapshotOf(602);
      expect(first.size).to.equal(602);
      const more = publishEntries(1000, 1000).map((entry) => JSON.stringify(entry));
      lines.push(...more);
      await importLines(more);
      const bundle = makeBundle('@acme/echo', '1.0.0');
      github.addAsset('Acme', 'echo', 'v1.0.0', 'echo.mcpb', bundle.bytes);
      const token = await github.issueToken('Acme/echo');
      expect((await postAnnouncement(registry.url, token, announcement(bundle))).status).to.equal(200);
      expect((await snapshotOf(1603)).size).to.equal(1603);
    });

    it('is the index as one SQLite file, without the log and what is the registry’s own', async () => {
      const snapshot = await snapshotOf(1603);
      const bytes = Buffer.from(await (await fetch(registry.url + snapshot.path)).arrayBuffer());
      expect(bytes.length).to.equal(snapshot.bytes);
      expect(createHash('sha256').update(bytes).digest('hex')).to.equal(snapshot.sha256);
      const file = path.join(folder(), 'snapshot.db');
      writeFileSync(file, zstdDecompressSync(bytes));
      const db = new Database(file, { readonly: true });
      const count = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
      expect(db.pragma('journal_mode', { simple: true })).to.equal('delete');
      expect(db.pragma('integrity_check', { simple: true })).to.equal('ok');
      expect(count('log')).to.equal(0);
      expect(count('packages')).to.equal(1603);
      expect(db.prepare('SELECT key FROM meta ORDER BY key').pluck().all()).to.deep.equal([
        'listed',
        'ranked',
        'tree_peaks',
        'tree_size',
      ]);
      db.close();
    });

    it('is served for ever, by ranges, with a strong tag', async () => {
      const snapshot = await snapshotOf(1603);
      const url = registry.url + snapshot.path;
      const whole = await fetch(url);
      const bytes = Buffer.from(await whole.arrayBuffer());
      const etag = `"${snapshot.sha256}"`;
      expect(Object.fromEntries(whole.headers)).to.include({
        etag,
        'accept-ranges': 'bytes',
        'cache-control': 'public, max-age=31536000, immutable',
        'content-length': String(bytes.length),
      });
      const ask = async (headers: Record<string, string>) => {
        const answer = await fetch(url, { headers });
        const part = Buffer.from(await answer.arrayBuffer());
        return { status: answer.status, part, range: answer.headers.get('content-range') };
      };
      const { length } = bytes;
      for (const [range, start, end] of [
        ['bytes=0-99', 0, 99],
        ['bytes=1000-', 1000, length - 1],
        ['bytes=-10', length - 10, length - 1],
        [`bytes=${length - 1}-${length + 10}`, length - 1, length - 1],
      ] as const) {
        const answer = await ask({ range });
        expect([answer.status, answer.range]).to.deep.equal([206, `bytes ${start}-${end}/${length}`]);
        expect(answer.part.equals(bytes.subarray(start, end + 1)), range).to.equal(true);
      }
      expect(await ask({ range: `bytes=${length}-` })).to.include({
        status: 416,
        range: `bytes */${length}`,
      });
      expect((await ask({ range: 'bytes=0-1,5-6' })).status).to.equal(200);
      expect((await ask({ range: 'bytes=9-1' })).status).to.equal(200);
      expect((await ask({ range: 'bytes=0-9', 'if-range': etag })).status).to.equal(206);
      expect((await ask({ range: 'bytes=0-9', 'if-range': '"other"' })).status).to.equal(200);
      expect((await ask({ 'if-none-match': etag })).status).to.equal(304);
      for (const range of ['bytes=0-9', `bytes=${length}-`]) {
        expect((await ask({ range, 'if-none-match': etag })).status, range).to.equal(304);
        const head = await fetch(url, { method: 'HEAD', headers: { range } });
        expect([head.status, head.headers.get('content-range')], range).to.deep.equal([200, null]);
      }
      const head = await fetch(url, { method: 'HEAD' });
      expect(head.headers.get('content-length')).to.equal(String(length));
    });

    it('is never one that is larger than the log: that is of another log', async () => {
      const snapshots = path.join(data, 'snapshots');
      const foreign = `9999-${'0'.repeat(64)}.db.zst`;
      writeFileSync(path.join(snapshots, foreign), 'x');
      expect((await checkpoint()).snapshot?.size).to.equal(1603);
      await makeSnapshot();
      expect(readdirSync(snapshots)).not.to.include(foreign);
    });

    it('keeps the last two, and clears what a run left behind that was killed', async () => {
      writeFileSync(path.join(data, 'snapshots', '.tmp-index.db'), 'half');
      for (let number = 0; number < 2; number += 1) {
        const entry = JSON.stringify(publishEntry(`@acme/kept-${number}`));
        lines.push(entry);
        await importLines([entry]);
        await makeSnapshot();
      }
      const names = readdirSync(path.join(data, 'snapshots')).sort();
      expect(names.map((name) => name.split('-')[0])).to.deep.equal(['1604', '1605']);
      expect((await checkpoint()).snapshot?.path).to.equal(`/v1/index/snapshots/${names[1]}`);
    });

    it('is made while somebody else writes, of what was there before, and is what a replay makes of it', async () => {
      const db = new Database(path.join(data, 'registry.db'));
      db.prepare('INSERT INTO attestations VALUES (?, ?)').run('0'.repeat(64), Buffer.from('{}'));
      db.exec('BEGIN IMMEDIATE; DELETE FROM postings');
      try {
        await makeSnapshot();
      } finally {
        db.exec('ROLLBACK; DELETE FROM attestations');
        db.close();
      }
      const { path: name } = await snapshotOf(1605);
      const file = path.join(folder(), 'ranked.db');
      const bytes = Buffer.from(await (await fetch(registry.url + name)).arrayBuffer());
      writeFileSync(file, zstdDecompressSync(bytes));
      const snapshot = new Database(file, { readonly: true });
      const count = (table: string) => snapshot.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
      expect([count('log'), count('attestations'), count('packages')]).to.deep.equal([0, 0, 1605]);
      const ranked = 'SELECT name FROM packages ORDER BY rank';
      const byName = 'SELECT name FROM packages ORDER BY name';
      const names = (sql: string) => snapshot.prepare(sql).pluck().all();
      expect(names(ranked)).to.deep.equal(names(byName));
      const replayed = openMemoryIndex();
      const log = new Database(path.join(data, 'registry.db'), { readonly: true });
      const entries = log.prepare<[], Buffer>('SELECT line FROM log ORDER BY seq').pluck().all();
      replayed.transaction(() => append(replayed, entries, { keepLines: false }))();
      expect(compareIndexes(snapshot, replayed)).to.deep.equal([]);
      for (const opened of [snapshot, replayed, log]) opened.close();
    });

    it('is not there under another name', async () => {
      for (const name of ['x', '..%2f..%2fsigning-key.json', `1-${'0'.repeat(64)}.db.zst`, '.tmp-index.db']) {
        expect((await fetch(`${registry.url}/v1/index/snapshots/${name}`)).status, name).to.equal(404);
      }
    });
  });

  describe('in the end', () => {
    it('agrees with a replay of its log', async () => {
      const { status, stdout } = await mpakRegistry(['verify', '--data', data]);
      expect(status).to.equal(0);
      expect(stdout).to.match(/Every row agrees with a replay of the 1605 log entries/);
    });

    it('answers /health with its size and root, /metrics for Prometheus', async () => {
      const { root } = await checkpoint();
      const health = await (await fetch(`${registry.url}/health`)).json();
      expect(health).to.deep.equal({ status: 'ok', size: 1605, root });
      const metrics = await (await fetch(`${registry.url}/metrics`)).text();
      expect(metrics).to.match(/^mpak_log_entries 1605$/m);
      expect(metrics).to.match(/^mpak_snapshot_entries 1605$/m);
      expect(metrics).to.match(/mpak_http_request_duration_seconds_count\{.*route="\/v1\/index\/checkpoint"/);
    });

    it('signs checkpoints also when the snapshots cannot be read', async () => {
      const snapshots = path.join(data, 'snapshots');
      renameSync(snapshots, `${snapshots}-away`);
      writeFileSync(snapshots, '');
      try {
        expect((await checkpoint()).snapshot).to.equal(null);
        expect((await fetch(`${registry.url}/metrics`)).status).to.equal(200);
      } finally {
        rmSync(snapshots);
        renameSync(`${snapshots}-away`, snapshots);
      }
      expect((await checkpoint()).snapshot?.size).to.equal(1605);
    });

    it('holds nothing but metadata on its disk', () => {
      const kept = readdirSync(data).filter((name) => !/-(wal|shm)$/.test(name));
      expect(kept.sort()).to.deep.equal(['registry.db', 'signing-key.json', 'snapshot.lock', 'snapshots']);
      expect(readFileSync(path.join(data, 'signing-key.json'), 'utf8')).to.match(/"d":/);
    });
  });
});

describe('a checkpoint', () => {
  const folder = sharedFolder();

  it('is signed again when it ages, without an announcement', async () => {
    const key = await newKey();
    const db = openMemoryIndex();
    let now = new Date('2026-05-01T12:00:00Z');
    const file = path.join(folder(), 'key.json');
    writeSigningKey(file, key);
    const data = { path: folder(), signingKey: file, rotatedKey: () => file };
    const checkpoints = new Checkpoints({
      db,
      keys: new KeyRing({ db, data, origin: 'log.test' }),
      origin: 'log.test',
      now: () => now,
      newestSnapshot: () => undefined,
    });
    const read = async () => verifyCheckpoint(await checkpoints.current(), key, { origin: 'log.test', now });
    const first = await read();
    expect(Date.parse(first.expires_at) - Date.parse(first.issued_at)).to.equal(DAY);
    now = new Date('2026-05-01T12:59:00Z');
    expect((await read()).issued_at).to.equal(first.issued_at);
    now = new Date('2026-05-01T13:00:00Z');
    expect((await read()).issued_at).to.equal('2026-05-01T13:00:00.000Z');
    // A clock that was set back must not leave a checkpoint from the future in place.
    now = new Date('2026-04-01T00:00:00Z');
    expect((await read()).issued_at).to.equal('2026-04-01T00:00:00.000Z');
    db.close();
  });
});

describe('a snapshot is due', () => {
  const now = new Date('2026-05-02T12:00:00Z');
  const madeAt = (agoMs: number) => new Date(now.getTime() - agoMs);
  for (const [what, logSize, newest, due] of [
    ['not for an empty log', 0, undefined, false],
    ['not for a handful of entries', 255, undefined, false],
    ['for a log of some size', 256, undefined, true],
    ['not when nothing was added, however old', 256, { size: 256, madeAt: madeAt(9 * DAY) }, false],
    ['not for a few entries', 1255, { size: 256, madeAt: madeAt(0) }, false],
    ['for a thousand entries', 1256, { size: 256, madeAt: madeAt(0) }, true],
    ['not for a thousand of a hundred thousand', 101_000, { size: 100_000, madeAt: madeAt(0) }, false],
    ['for a tenth of a hundred thousand', 110_000, { size: 100_000, madeAt: madeAt(0) }, true],
    ['for one entry after a day', 257, { size: 256, madeAt: madeAt(DAY) }, true],
  ] as const) {
    it(what, () => expect(isSnapshotDue(logSize, newest, now)).to.equal(due));
  }
});
