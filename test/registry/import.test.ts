import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type Database from 'better-sqlite3';
import { expect } from 'chai';
import { DataFolder } from '../../registry/data-folder.ts';
import { importFile } from '../../registry/import.ts';
import { verifyRegistry } from '../../registry/verify.ts';
import { MpakError } from '../../src/lib/errors.ts';
import { mpakRegistry } from '../support/cli.ts';
import { setDownloads } from '../support/downloads.ts';
import { publishEntries, publishEntry } from '../support/entries.ts';
import { temporaryFolder } from '../support/temporary.ts';

const provenance = (owner: string) => ({
  schema_version: '1' as const,
  provider: 'github_oidc' as const,
  repository: `${owner}/echo`,
  sha: 'a'.repeat(40),
  claims: {
    owner,
    owner_id: '1',
    actor: owner,
    actor_id: '1',
    workflow: 'Release',
    workflow_ref: 'x',
    ref: 'refs/tags/v1',
    ref_type: 'tag',
    run_id: '1',
    run_number: '1',
    run_attempt: '1',
    event_name: 'release',
    job_workflow_ref: 'x',
  },
});

describe('mpak-registry import', () => {
  const folder = temporaryFolder();
  const data = () => new DataFolder(path.join(folder(), 'data'));

  async function importText(text: string | Buffer) {
    const file = path.join(folder(), 'entries.ndjson');
    writeFileSync(file, text);
    const db = data().open();
    try {
      return await importFile(db, file);
    } finally {
      db.close();
    }
  }
  const ndjson = (entries: readonly unknown[]) =>
    entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');

  function read<T>(sql: string): T[] {
    const db = data().open();
    try {
      return db.prepare(sql).pluck().all() as T[];
    } finally {
      db.close();
    }
  }

  it('appends each line as it stands', async () => {
    const lines = [
      JSON.stringify(publishEntry('@acme/echo')),
      `  ${JSON.stringify(publishEntry('@acme/spaced'), undefined, 1).replaceAll('\n', ' ')} `,
      JSON.stringify({ ...publishEntry('@acme/more'), unheard_of: true }),
    ];
    const report = await importText(`${lines[0]}\r\n\n${lines[1]}\n${lines[2]}`);
    expect(report).to.deep.equal({ imported: 3, skipped: 0, size: 3 });
    expect(read<Buffer>('SELECT line FROM log ORDER BY seq').map(String)).to.deep.equal(lines);
  });

  it('shows entries without provenance as imported, with it as announced', async () => {
    await importText(
      ndjson([
        publishEntry('@acme/echo'),
        publishEntry('@acme/proven', '1.0.0', { provenance: provenance('Acme') }),
      ]),
    );
    expect(read('SELECT publish_method FROM versions ORDER BY id')).to.deep.equal(['import', 'oidc']);
  });

  it('skips what is in the log already, or twice in the file', async () => {
    const entries = publishEntries(3);
    await importText(ndjson(entries));
    const again = await importText(ndjson([...entries, ...publishEntries(2, 3), ...publishEntries(1, 3)]));
    expect(again).to.deep.equal({ imported: 2, skipped: 4, size: 5 });
    expect((await importText(ndjson(entries))).imported).to.equal(0);
  });

  it('agrees with a replay afterwards', async () => {
    await importText(ndjson(publishEntries(300)));
    const db = data().openReadOnly();
    expect(verifyRegistry(db)).to.deep.include({ size: 300, differences: [] });
    db.close();
  });

  describe('names a bad line by its number, and imports nothing', () => {
    const other = createHash('sha256').update('other').digest('hex');
    for (const [what, line, words] of [
      ['no JSON', '{"kind":', /^Line 3 is not JSON/],
      ['no entry', '{}', /^Line 3 has the unknown kind/],
      [
        'another kind of entry',
        {
          kind: 'revoke',
          package: '@acme/p0',
          versions: '*',
          reason: 'malicious',
          at: '2026-01-01T00:00:00Z',
        },
        /^Line 3 is a revoke entry/,
      ],
      ['an unknown kind', { kind: 'praise' }, /^Line 3 has the unknown kind "praise"/],
      ['a wrong field', { ...publishEntry('@acme/x'), version: '1' }, /^Line 3 version: /],
      [
        'other bytes for an earlier line',
        publishEntry('@acme/p0', '1.0.0', { artifact: { sha256: other } }),
        /^Line 3 repeats @acme\/p0 1\.0\.0 any any/,
      ],
      [
        'another owner',
        publishEntry('@acme/x', '1.0.0', { provenance: provenance('Evil') }),
        /^Line 3 has the scope acme, and the owner Evil/,
      ],
      ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), /^Line 3 is not JSON/],
      [
        'too many bytes',
        { ...publishEntry('@acme/x'), padding: 'x'.repeat(600_000) },
        /^Line 3 is larger than/,
      ],
    ] as const) {
      it(what, async () => {
        const bytes =
          Buffer.isBuffer(line) || typeof line === 'string'
            ? Buffer.from(line)
            : Buffer.from(JSON.stringify(line));
        const text = Buffer.concat([
          Buffer.from(ndjson(publishEntries(2))),
          bytes,
          Buffer.from(`\n${ndjson(publishEntries(2, 2))}`),
        ]);
        const error = await importText(text).catch((reason) => reason);
        expect(error).to.be.instanceOf(MpakError).and.to.include({ code: 'IMPORT_INVALID' });
        expect(error.message).to.match(words);
        expect(read('SELECT count(*) FROM log')).to.deep.equal([0]);
      });
    }

    it('other bytes than the log has', async () => {
      await importText(ndjson(publishEntries(2)));
      const changed = publishEntry('@acme/p1', '1.0.0', { artifact: { sha256: other } });
      const error = await importText(ndjson([...publishEntries(1, 5), changed])).catch((reason) => reason);
      expect(error.message).to.match(/^Line 2 publishes @acme\/p1 1\.0\.0 any any with another sha256/);
      expect(read('SELECT count(*) FROM log')).to.deep.equal([2]);
    });
  });

  it('answers on the command line, with the exit status of a bad line', async () => {
    const file = path.join(folder(), 'entries.ndjson');
    writeFileSync(file, ndjson(publishEntries(2)));
    const good = await mpakRegistry(['import', file, '--data', data().path, '--json']);
    expect(JSON.parse(good.stdout)).to.deep.equal({ imported: 2, skipped: 0, size: 2 });
    writeFileSync(file, 'x\n');
    const bad = await mpakRegistry(['import', file, '--data', data().path]);
    expect(bad.status).to.equal(7);
    expect(bad.stderr).to.match(/Line 1 is not JSON/);
    const none = await mpakRegistry(['import', path.join(folder(), 'none'), '--data', data().path]);
    expect(none.status).to.equal(1);
    expect(none.stderr).to.match(/no such file/);
  });
});

describe('mpak-registry verify', () => {
  const folder = temporaryFolder();

  async function registryWith(
    alter: string | ((db: Database.Database) => void),
  ): Promise<{ status: number | null; stderr: string }> {
    const data = new DataFolder(path.join(folder(), 'data'));
    const file = path.join(folder(), 'entries.ndjson');
    writeFileSync(
      file,
      publishEntries(20)
        .map((entry) => JSON.stringify(entry))
        .join('\n'),
    );
    const db = data.open();
    await importFile(db, file);
    if (typeof alter === 'string') db.exec(alter);
    else alter(db);
    db.close();
    return mpakRegistry(['verify', '--data', data.path]);
  }

  it('finds nothing where nothing was changed', async () => {
    expect((await registryWith('SELECT 1')).status).to.equal(0);
  });

  it('leaves downloads out: they are not in the log', async () => {
    expect((await registryWith((db) => setDownloads(db, 7))).status).to.equal(0);
  });

  for (const [what, alter] of [
    ['a changed description', "UPDATE packages SET description = 'x' WHERE name = '@acme/p7'"],
    ['a changed digest', "UPDATE artifacts SET sha256 = '0' WHERE id = 7"],
    ['a changed manifest', "UPDATE manifests SET manifest = '{}' WHERE version_id = 7"],
    ['a revocation that is not in the log', "UPDATE versions SET revoked = 'malicious' WHERE id = 7"],
    ['a removed version', 'DELETE FROM artifacts WHERE version_id = 7'],
    [
      'a changed log line',
      "UPDATE log SET line = CAST(replace(CAST(line AS TEXT), 'p7', 'p8') AS BLOB) WHERE seq = 7",
    ],
    ['a removed log line', 'DELETE FROM log WHERE seq = 7'],
    ['a removed last line', 'DELETE FROM log WHERE seq = 19'],
  ] as const) {
    it(`finds ${what}`, async () => {
      const { status, stderr } = await registryWith(alter);
      expect(status, stderr).to.equal(8);
      expect(stderr).to.match(/differs from a replay/);
    });
  }

  it('says so where there is no registry', async () => {
    const { status, stderr } = await mpakRegistry(['verify', '--data', path.join(folder(), 'none')]);
    expect(status).to.equal(3);
    expect(stderr).to.match(/holds no registry/);
  });
});
