import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { enqueueScan, queueLength } from '../../registry/scans/queue.ts';
import { readReport, storeReport } from '../../registry/scans/reports.ts';
import { mpakRegistry, type Result } from '../support/cli.ts';
import { publishEntries } from '../support/entries.ts';
import { LocalGitHub } from '../support/github.ts';
import { makeBundle } from '../support/mcpb.ts';
import { announcement, postAnnouncement, startRegistry } from '../support/registry.ts';
import { sharedFolder } from './support/shared-folder.ts';

describe('a backup of a registry', () => {
  const folder = sharedFolder();
  const at = (...parts: string[]) => path.join(folder(), ...parts);
  const data = () => at('data');
  const backup = () => at('backup.db');

  before(async () => {
    const file = at('entries.ndjson');
    writeFileSync(
      file,
      publishEntries(300)
        .map((entry) => JSON.stringify(entry))
        .join('\n'),
    );
    await succeeds('import', file, '--data', data());
    const registry = await startRegistry({ data: data(), args: ['--origin', 'backup.test'] });
    await registry.stop();
    const db = new Database(path.join(data(), 'registry.db'));
    db.prepare('INSERT INTO attestations (sha256, document) VALUES (?, ?)').run(
      '0'.repeat(64),
      Buffer.from('{}'),
    );
    const artifact = { package: '@acme/echo', version: '1.0.0', sha256: '0'.repeat(64) };
    storeReport(db, artifact, { report: '{"level":2}', omitted: 3 });
    enqueueScan(db, { ...artifact, version: '1.0.1' }, { rescan: false, now: new Date() });
    db.close();
    await succeeds('backup', backup(), '--data', data());
  });

  async function succeeds(...args: string[]): Promise<Result> {
    const result = await mpakRegistry(args);
    expect(result.status, result.stdout + result.stderr).to.equal(0);
    return result;
  }

  async function refuses(status: number, words: RegExp, ...args: string[]): Promise<void> {
    const result = await mpakRegistry(args);
    expect(result.status, result.stdout + result.stderr).to.equal(status);
    expect(result.stderr)
      .to.match(words)
      .and.not.match(/^ {4}at /m);
  }

  it('is one file, holds all but the keys, and is verified as a folder is', async () => {
    expect(readdirSync(folder()).filter((name) => name.startsWith('backup'))).to.deep.equal(['backup.db']);
    const { d } = JSON.parse(readFileSync(path.join(data(), 'signing-key.json'), 'utf8'));
    expect(readFileSync(backup()).includes(d)).to.equal(false);
    const { stdout } = await succeeds('verify', backup());
    expect(stdout).to.match(/^Every row agrees with a replay of the 300 log entries\.\nRoot \S+\n$/);
    expect((await succeeds('verify', '--data', data())).stdout).to.equal(stdout);
  });

  it('is restored to a folder that serves the same log, once it has the keys', async () => {
    const restored = at('restored');
    const { stdout } = await succeeds('restore', backup(), '--data', restored, '--json');
    expect(JSON.parse(stdout)).to.include({ size: 300 });
    await refuses(1, /is gone, and clients trust this log/, 'serve', '--data', restored, '--port', '0');
    copyFileSync(path.join(data(), 'signing-key.json'), path.join(restored, 'signing-key.json'));
    const registry = await startRegistry({ data: restored });
    expect(await (await fetch(`${registry.url}/health`)).json()).to.include({ size: 300 });
    await registry.stop();
    const db = new Database(path.join(restored, 'registry.db'), { readonly: true });
    expect(db.prepare('SELECT count(*) FROM attestations').pluck().get()).to.equal(1);
    const artifact = { package: '@acme/echo', version: '1.0.0', sha256: '0'.repeat(64) };
    expect(readReport(db, artifact)).to.deep.equal({ report: '{"level":2}', omitted: 3 });
    expect(queueLength(db)).to.equal(1);
    db.close();
  });

  it('of a database that was not closed has what is in its write-ahead log', async () => {
    const crashed = at('crashed.db');
    const db = new Database(path.join(data(), 'registry.db'));
    db.pragma('wal_autocheckpoint = 0');
    db.prepare('INSERT INTO attestations (sha256, document) VALUES (?, ?)').run(
      '1'.repeat(64),
      Buffer.from('{}'),
    );
    for (const end of ['', '-wal']) copyFileSync(path.join(data(), `registry.db${end}`), crashed + end);
    db.prepare('DELETE FROM attestations WHERE sha256 = ?').run('1'.repeat(64));
    db.close();
    await succeeds('restore', crashed, '--data', at('recovered'));
    const recovered = new Database(at('recovered', 'registry.db'), { readonly: true });
    expect(recovered.prepare('SELECT count(*) FROM attestations').pluck().get()).to.equal(2);
    recovered.close();
  });

  it('is whole while a server takes announcements', async () => {
    const github = await LocalGitHub.start();
    const busy = at('busy');
    const registry = await startRegistry({ data: busy, github });
    const announced: Promise<unknown>[] = [];
    for (let number = 0; number < 60; number += 1) {
      const bundle = makeBundle(`@acme/busy-${number}`, '1.0.0');
      github.addAsset('Acme', `busy-${number}`, 'v1.0.0', 'echo.mcpb', bundle.bytes);
      const token = await github.issueToken(`Acme/busy-${number}`);
      if (number % 15 === 14) announced.push(succeeds('backup', at(`busy-${number}.db`), '--data', busy));
      const answer = await postAnnouncement(registry.url, token, announcement(bundle));
      expect(answer.status).to.equal(200);
    }
    await Promise.all(announced);
    await registry.stop();
    await github.close();
    for (const number of [14, 59]) await succeeds('verify', at(`busy-${number}.db`));
  });

  it('takes no file’s place, and leaves nothing behind where it cannot be written', async () => {
    const before = readFileSync(backup());
    await refuses(2, /is there already/, 'backup', backup(), '--data', data());
    expect(readFileSync(backup()).equals(before)).to.equal(true);
    await refuses(1, /nowhere/, 'backup', at('nowhere', 'x.db'), '--data', data());
    await refuses(3, /holds no registry/, 'backup', at('other.db'), '--data', at('no-registry'));
    expect(readdirSync(folder()).filter((name) => /tmp|other/.test(name))).to.deep.equal([]);
  });

  describe('is refused', () => {
    it('by a folder that holds a registry, or the log of one', async () => {
      await refuses(2, /holds a registry already/, 'restore', backup(), '--data', data());
      const leftover = at('leftover');
      mkdirSync(leftover);
      writeFileSync(path.join(leftover, 'registry.db-wal'), 'of another database');
      await refuses(2, /holds a registry already/, 'restore', backup(), '--data', leftover);
    });

    for (const [what, spoil, status, words] of [
      ['that is cut off', (file: string) => truncateSync(file, 40_000), 5, /damaged|no backup|malformed/],
      ['that is no database', (file: string) => writeFileSync(file, 'hello'), 5, /no backup of a registry/],
      [
        'whose rows were changed',
        (file: string) => alter(file, `UPDATE packages SET license = 'MIT' WHERE id = 7`),
        8,
        /differs from a replay/,
      ],
      [
        'whose log was changed',
        (file: string) =>
          alter(
            file,
            `UPDATE log SET line = CAST(replace(CAST(line AS TEXT), 'What', 'Wat') AS BLOB) WHERE seq = 3`,
          ),
        8,
        /differs from a replay/,
      ],
      [
        'that lacks an entry',
        (file: string) => alter(file, 'DELETE FROM log WHERE seq = 3'),
        8,
        /differs from a replay/,
      ],
      ['of an unknown schema', (file: string) => alter(file, 'PRAGMA user_version = 99'), 5, /newer|schema/],
    ] as const) {
      it(`as one ${what}, and no folder is made a registry`, async () => {
        const spoiled = at('spoiled.db');
        copyFileSync(backup(), spoiled);
        spoil(spoiled);
        const target = at('target');
        await refuses(status, words, 'restore', spoiled, '--data', target);
        expect(existsSync(target)).to.equal(false);
      });
    }

    for (const [what, make, words] of [
      ['that is empty', (file: string) => writeFileSync(file, ''), /no backup of a registry: it is empty/],
      ['that is text', (file: string) => writeFileSync(file, 'hello'), /registry: it is no database/],
      ['that is a folder', (file: string) => mkdirSync(file), /registry: it is a folder/],
      ['that is no file of the disk', (file: string) => symlinkSync('/dev/null', file), /no regular file/],
      [
        'that is cut off',
        (file: string) => writeFileSync(file, readFileSync(backup()).subarray(0, 40_000)),
        /no backup of a registry: /,
      ],
      [
        'that is a database of something else',
        (file: string) => new Database(file).exec('CREATE TABLE x (y)').close(),
        /no backup of a registry: /,
      ],
    ] as const) {
      it(`as one ${what}, by verify too, in the operator’s words`, async () => {
        const file = at(`${what.replaceAll(' ', '-')}.db`);
        make(file);
        for (const line of [
          ['verify', file],
          ['restore', file, '--data', at('deep', 'target')],
        ]) {
          const { status, stderr } = await mpakRegistry(line);
          expect(status, stderr).to.equal(5);
          expect(stderr)
            .to.match(words)
            .and.not.match(/mpak sync/);
        }
        expect(existsSync(at('deep'))).to.equal(false);
      });
    }

    it('when there is no such file', async () => {
      await refuses(3, /There is no file/, 'restore', at('missing.db'), '--data', at('target'));
      await refuses(3, /There is no file/, 'verify', at('missing.db'));
      await refuses(2, /Name one of the two/, 'verify', backup(), '--data', data());
      await refuses(2, /Name one of the two/, 'verify');
      expect(existsSync(at('target'))).to.equal(false);
    });

    function alter(file: string, sql: string): void {
      const db = new Database(file);
      db.exec(sql);
      db.close();
    }
  });
});
