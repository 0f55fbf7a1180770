import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import type Database from 'better-sqlite3';
import { expect } from 'chai';
import { pino } from 'pino';
import { DataFolder } from '../../../registry/data-folder.ts';
import { makeSnapshot } from '../../../registry/make-snapshot.ts';
import { type MirrorOptions, mirror, mirrorOnce, pauseAfter } from '../../../registry/mirror/mirror.ts';
import { readMirror } from '../../../registry/mirror/state.ts';
import { verifyRegistry } from '../../../registry/verify.ts';
import { writeTransaction } from '../../../registry/write.ts';
import { MpakError } from '../../../src/lib/errors.ts';
import { append } from '../../../src/lib/index/append.ts';
import { openIndexReadOnly } from '../../../src/lib/index/open.ts';
import { rerank } from '../../../src/lib/index/rank.ts';
import { searchBundles } from '../../../src/lib/index/search.ts';
import { encodeEntry, type PublishEntry } from '../../../src/lib/log/entry.ts';
import { keyId, publicKey, signRotation } from '../../../src/lib/log/key.ts';
import { BundlesServer, send } from '../../support/bundles-server.ts';
import { publishEntries, publishEntry } from '../../support/entries.ts';
import { appendEntries, indexOf, provenanceFrom } from '../../support/index-of.ts';
import { LogServer, newKey } from '../../support/log-server.ts';
import { temporaryFolder } from '../../support/temporary.ts';

describe('a mirror', () => {
  const folder = temporaryFolder();
  let data: DataFolder;
  let db: Database.Database;

  beforeEach(() => {
    data = new DataFolder(folder());
    db = data.open();
  });
  afterEach(() => db.close());

  const options = (from: URL, changes: Partial<MirrorOptions> = {}): MirrorOptions => ({
    data,
    from,
    pin: undefined,
    userAgent: 'mpak-registry-test',
    proxies: {},
    now: () => new Date(),
    sleep: () => Promise.resolve(),
    random: () => 0.5,
    isStopped: () => false,
    passedOver: new Map(),
    log: pino({ level: 'silent' }),
    ...changes,
  });

  const lines = () =>
    db
      .prepare<[], Buffer>('SELECT line FROM log ORDER BY seq')
      .pluck()
      .all()
      .map((line) => line.toString('utf8'));

  async function refusal(from: URL, changes: Partial<MirrorOptions> = {}): Promise<MpakError> {
    try {
      await mirrorOnce(db, options(from, changes));
    } catch (error) {
      if (error instanceof MpakError) return error;
      throw error;
    }
    throw new Error('it was not refused');
  }

  describe('of a registry with a log', () => {
    let origin: LogServer;

    beforeEach(async () => {
      origin = await LogServer.start();
    });
    afterEach(() => origin.close());

    const theirs = () => origin.lines.map((line) => Buffer.from(line).toString('utf8'));

    it('copies entries of all kinds byte for byte, also those that it does not understand', async () => {
      origin.append(...publishEntries(300));
      origin.appendLine('{"kind":"of-a-later-version",  "spaced": true}');
      origin.appendLine('no JSON');
      await mirrorOnce(db, options(origin.url));
      origin.append(publishEntry('@acme/p1', '2.0.0'), {
        kind: 'revoke',
        package: '@acme/p2',
        versions: '*',
        reason: 'malicious',
        at: '2026-05-02T00:00:00Z',
      });
      expect((await mirrorOnce(db, options(origin.url))).appended).to.equal(2);
      expect((await mirrorOnce(db, options(origin.url))).appended).to.equal(0);
      expect(lines()).to.deep.equal(theirs());
      expect(verifyRegistry(db).differences).to.deep.equal([]);
      expect(readMirror(db)).to.include({ kind: 'signed', copied: 304, size: 304, error: null, errors: 0 });
    });

    it('follows the keys of its origin, whose rotations mean nothing in its own log', async () => {
      origin.append(...publishEntries(3));
      await mirrorOnce(db, options(origin.url));
      const next = await newKey();
      origin.append({
        kind: 'rotate-key',
        old_kid: keyId(origin.key),
        new_key: publicKey(next),
        signature: signRotation(origin.origin, origin.key, next),
        at: '2026-05-02T00:00:00Z',
      });
      origin.key = next;
      await mirrorOnce(db, options(origin.url));
      expect(lines()).to.deep.equal(theirs());
      origin.key = await newKey();
      origin.append(...publishEntries(1, 20));
      expect((await refusal(origin.url)).code).to.equal('KEY_NOT_PINNED');
    });

    it('keeps statements of its own operator beside what it copies', async () => {
      origin.append(...publishEntries(3));
      await mirrorOnce(db, options(origin.url));
      const own = encodeEntry({
        kind: 'revoke',
        package: '@acme/p0',
        versions: '*',
        reason: 'malicious',
        at: '2026-05-02T00:00:00Z',
      });
      await writeTransaction(db, () => append(db, [own], { keepLines: true }));
      origin.append(...publishEntries(3, 10));
      await mirrorOnce(db, options(origin.url));
      const all = theirs();
      expect(lines()).to.deep.equal([...all.slice(0, 3), Buffer.from(own).toString(), ...all.slice(3)]);
      expect(readMirror(db)).to.include({ copied: 6, size: 6 });
    });

    for (const [attack, code, act] of [
      ['is smaller than it was', 'ROLLBACK', () => origin.lines.splice(4)],
      [
        'is another of the same size',
        'EQUIVOCATION',
        () => origin.lines.splice(2, 1, encodeEntry(publishEntry('@evil/x'))),
      ],
      [
        'was rewritten and has grown',
        'TAMPERED_LOG',
        () => {
          origin.lines.splice(2, 1, encodeEntry(publishEntry('@evil/x')));
          origin.append(...publishEntries(3, 20));
        },
      ],
      [
        'is not there any more',
        'SIGNED_INDEX_GONE',
        () =>
          origin.overrides.set('/v1/index/checkpoint', (_request, response) => response.writeHead(404).end()),
      ],
      [
        'is another log',
        'ORIGIN_MISMATCH',
        () => {
          origin.origin = 'other.test';
          origin.append(...publishEntries(1, 20));
        },
      ],
    ] as const) {
      it(`takes nothing from a log that ${attack}, and says so`, async () => {
        origin.append(...publishEntries(6));
        await mirrorOnce(db, options(origin.url));
        const before = lines();
        act();
        expect((await refusal(origin.url)).code).to.equal(code);
        expect(lines()).to.deep.equal(before);
        expect(readMirror(db)?.error).to.include({ code });
        expect(readMirror(db)?.errors).to.equal(1);
      });
    }

    it('insists on the key that it was given', async () => {
      origin.append(...publishEntries(2));
      const pin = keyId(await newKey());
      expect((await refusal(origin.url, { pin })).code).to.equal('KEY_NOT_PINNED');
      expect(lines()).to.deep.equal([]);
      await mirrorOnce(db, options(origin.url, { pin: keyId(origin.key) }));
      expect(lines()).to.have.length(2);
    });

    it('copies attestations that are what the log says, and counts what is not', async () => {
      const documents = ['{"attestations": [1]}', '{"attestations": [2]}', '{"attestations": [3]}'];
      const entries = documents.map((document, index): PublishEntry => {
        const sha256 = createHash('sha256').update(document).digest('hex');
        return publishEntry(`@acme/a${index}`, '1.0.0', {
          provenance: provenanceFrom('acme/a'),
          attestation: { sha256, predicateType: 'https://slsa.dev/provenance/v1' },
        });
      });
      origin.append(...entries);
      const pathOf = (index: number) => `/v1/attestations/sha256:${entries[index]?.artifact.sha256}`;
      origin.overrides.set(pathOf(0), (_request, response) => response.end(documents[0]));
      origin.overrides.set(pathOf(1), (_request, response) => response.end('{"attestations": ["forged"]}'));
      await mirrorOnce(db, options(origin.url));
      const kept = () => db.prepare('SELECT document FROM attestations').pluck().all().map(String).sort();
      expect(kept()).to.deep.equal([documents[0]]);
      expect(readMirror(db)?.attestations_missing).to.equal(2);
      for (const index of [1, 2]) {
        origin.overrides.set(pathOf(index), (_request, response) => response.end(documents[index]));
      }
      await mirrorOnce(db, options(origin.url));
      expect(kept()).to.deep.equal(documents);
      expect(readMirror(db)?.attestations_missing).to.equal(0);
    });

    it('becomes the mirror of one registry, for good, and of none when it has a log of its own', async () => {
      origin.append(...publishEntries(2));
      await mirrorOnce(db, options(origin.url));
      const other = await LogServer.start();
      try {
        expect((await refusal(other.url)).message).to.include('a mirror of');
      } finally {
        await other.close();
      }
      db.exec("DELETE FROM meta WHERE key = 'mirror'");
      expect((await refusal(origin.url)).message).to.include('a log of its own');
    });

    it('leaves what it knows of its origin out of its snapshots', async () => {
      origin.append(...publishEntries(300));
      await mirrorOnce(db, options(origin.url));
      const { size, file } = await makeSnapshot(data);
      expect(size).to.equal(300);
      const unpacked = path.join(folder(), 'unpacked.db');
      writeFileSync(unpacked, zstdDecompressSync(readFileSync(file)));
      const snapshot = openIndexReadOnly(unpacked);
      expect(readMirror(snapshot)).to.equal(undefined);
      snapshot.close();
      expect(readMirror(db)).to.not.equal(undefined);
    });

    it('goes on after failures, later each time, until it is stopped', async () => {
      origin.append(...publishEntries(2));
      const pauses: number[] = [];
      let stopped = false;
      let broken = true;
      origin.overrides.set('/v1/index/checkpoint', (_request, response) => response.writeHead(400).end());
      await mirror(
        db,
        60_000,
        options(origin.url, {
          sleep: async (ms) => {
            pauses.push(ms);
            if (pauses.length === 3 && broken) {
              broken = false;
              origin.overrides.clear();
            }
            stopped = pauses.length === 5;
          },
          isStopped: () => stopped,
        }),
      );
      expect(pauses).to.deep.equal([3_750, 7_500, 15_000, 60_000, 60_000]);
      expect(lines()).to.have.length(2);
      expect(readMirror(db)).to.include({ error: null, errors: 3 });
      expect(pauseAfter(50, 60_000, 1)).to.equal(15 * 60_000);
      expect(pauseAfter(50, 3_600_000, 1)).to.equal(3_600_000);
      expect(pauseAfter(1, 1_000, 1)).to.equal(1_000);
    });
  });

  describe('of a registry without a log', () => {
    let origin: BundlesServer;
    const at = (minute: number) =>
      new Date(Date.parse('2026-03-01T00:00:00Z') + minute * 60_000).toISOString();

    afterEach(() => origin.close());

    it('imports what it lists, proven by nothing, and finds the same', async () => {
      const entries = publishEntries(30).map((entry, index) => ({
        ...entry,
        at: at(index),
        provenance: provenanceFrom('acme/p'),
      }));
      const source = indexOf(...entries);
      appendEntries(
        source,
        publishEntry('@acme/p3', '1.0.0', { at: at(40), artifact: { os: 'linux', arch: 'x64' } }),
      );
      origin = await BundlesServer.start(source);
      const first = await mirrorOnce(db, options(origin.url));
      expect(first.appended).to.equal(31);
      expect(first.state).to.include({ kind: 'bundles', size: 30, copied: 30, passed_over: 0 });
      expect((await mirrorOnce(db, options(origin.url))).appended).to.equal(0);
      appendEntries(source, publishEntry('@acme/p3', '2.0.0', { at: at(50) }));
      expect((await mirrorOnce(db, options(origin.url))).appended).to.equal(1);
      expect(verifyRegistry(db).differences).to.deep.equal([]);
      const said = lines().map((line) => JSON.parse(line) as PublishEntry);
      expect(
        said.every(({ provenance, attestation }) => provenance === null && attestation === null),
      ).to.equal(true);
      expect(db.prepare('SELECT count(*) FROM scopes').pluck().get()).to.equal(0);
      for (const index of [source, db]) index.transaction(() => rerank(index))();
      for (const q of ['p3', 'p1', 'what acme does', '']) {
        const [there, here] = [source, db].map((index) =>
          searchBundles(index, { q, limit: 10, offset: 0 }).bundles.map(({ name, latest_version }) => [
            name,
            latest_version,
          ]),
        );
        expect(here, q).to.deep.equal(there);
      }
    });

    it('goes on where it was cut off, and passes over what cannot be read', async () => {
      origin = await BundlesServer.start(
        indexOf(...publishEntries(20).map((entry, index) => ({ ...entry, at: at(index) }))),
      );
      let details = 0;
      origin.override = (request, response) => {
        if (!request.url?.includes('/versions/')) return false;
        details += 1;
        if (request.url.includes('@acme/p7/')) send(response, 200, { name: '@acme/p7', manifest: 'none' });
        else if (details === 12) response.writeHead(429, { 'retry-after': '99999' }).end();
        else return false;
        return true;
      };
      expect((await refusal(origin.url)).code).to.equal('REGISTRY_BUSY');
      expect(lines().length).to.be.greaterThan(5).and.lessThan(19);
      const { state } = await mirrorOnce(db, options(origin.url));
      expect(lines()).to.have.length(19);
      expect(new Set(lines()).size).to.equal(19);
      expect(state).to.include({ size: 20, copied: 19, passed_over: 1 });
    });

    it('asks less and less often for what cannot be taken over', async () => {
      origin = await BundlesServer.start(
        indexOf(...publishEntries(3).map((entry, index) => ({ ...entry, at: at(index) }))),
      );
      let asked = 0;
      origin.override = (request, response) => {
        if (!request.url?.includes('@acme/p1/versions/')) return false;
        asked += 1;
        send(response, 200, { name: '@acme/p1', manifest: 'none' });
        return true;
      };
      let time = Date.parse('2026-04-01T00:00:00Z');
      const round = options(origin.url, { now: () => new Date(time) });
      for (let minute = 0; minute < 60; minute += 5) {
        expect((await mirrorOnce(db, round)).state).to.include({ size: 3, copied: 2, passed_over: 1 });
        time += 5 * 60_000;
      }
      // After 5, 10 and 20 minutes.
      expect(asked).to.equal(4);
      origin.override = () => false;
      time += 24 * 3_600_000;
      expect((await mirrorOnce(db, round)).state).to.include({ copied: 3, passed_over: 0 });
    });

    it('copies no log into what was imported: that is another mirror', async () => {
      origin = await BundlesServer.start(indexOf(...publishEntries(2)));
      await mirrorOnce(db, options(origin.url));
      origin.override = (request, response) => {
        if (request.url !== '/v1/index/checkpoint') return false;
        response.writeHead(200).end('signed');
        return true;
      };
      expect((await refusal(origin.url)).code).to.equal('ORIGIN_MISMATCH');
    });
  });
});
