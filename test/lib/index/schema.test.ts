import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { MpakError } from '../../../src/lib/errors.ts';
import { openIndex } from '../../../src/lib/index/open.ts';
import { APPLICATION_ID, MIGRATIONS, migrate, readVersion } from '../../../src/lib/index/schema.ts';

const STEPS = ['CREATE TABLE a (x TEXT) STRICT', 'CREATE TABLE b (y TEXT) STRICT'];

const tables = (db: Database.Database) =>
  db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all();
const version = (db: Database.Database) => db.pragma('user_version', { simple: true });
const thrownBy = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error instanceof MpakError ? error.code : error;
  }
  return undefined;
};

describe('the schema', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mpak-schema-'));
    file = join(folder, 'index.db');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is created in an empty database, which is then an index of mpak', () => {
    const db = new Database(':memory:');
    migrate(db);
    expect(db.pragma('application_id', { simple: true })).to.equal(APPLICATION_ID);
    expect(version(db)).to.equal(MIGRATIONS.length);
    expect(tables(db)).to.include.members(['meta', 'log', 'packages', 'versions', 'artifacts', 'postings']);
  });

  it('is left as it is when it is there', () => {
    const db = new Database(':memory:');
    migrate(db);
    db.exec("INSERT INTO meta (key, value) VALUES ('kept', 1)");
    migrate(db);
    expect(db.prepare('SELECT count(*) FROM meta').pluck().get()).to.equal(1);
  });

  it('moves forward by the steps that are missing alone, and keeps the rows', () => {
    const db = new Database(file);
    migrate(db, STEPS.slice(0, 1));
    db.exec("INSERT INTO a VALUES ('kept')");
    migrate(db, STEPS);
    expect(version(db)).to.equal(2);
    expect(db.prepare('SELECT x FROM a').pluck().all()).to.deep.equal(['kept']);
    expect(tables(db)).to.deep.equal(['a', 'b']);
    db.close();
  });

  it('is the old one as a whole when a step fails', () => {
    const db = new Database(file);
    migrate(db, STEPS.slice(0, 1));
    db.exec("INSERT INTO a VALUES ('kept')");
    const failing = [...STEPS, 'DELETE FROM a; CREATE TABLE c (z TEXT) STRICT; SELECT broken'];
    expect(() => migrate(db, failing)).to.throw('broken');
    db.close();
    const again = new Database(file);
    expect(version(again)).to.equal(1);
    expect(tables(again)).to.deep.equal(['a']);
    expect(again.prepare('SELECT x FROM a').pluck().all()).to.deep.equal(['kept']);
    migrate(again, STEPS);
    expect(version(again)).to.equal(2);
    again.close();
  });

  it('is created once by two who open a new file at the same time', () => {
    const first = new Database(file);
    const second = new Database(file);
    migrate(first);
    expect(() => migrate(second)).not.to.throw();
    expect(version(second)).to.equal(MIGRATIONS.length);
    first.close();
    second.close();
  });

  it('is refused when it is newer, and the file stays byte for byte', () => {
    openIndex(file).close();
    const raw = new Database(file);
    raw.pragma(`user_version = ${MIGRATIONS.length + 1}`);
    raw.close();
    const before = readFileSync(file);
    expect(thrownBy(() => openIndex(file))).to.equal('SCHEMA_NEWER');
    expect(readFileSync(file).equals(before)).to.equal(true);
  });

  for (const user_version of [0, -1, -2]) {
    it(`is refused when an index says that its schema is ${user_version}`, () => {
      openIndex(file).close();
      const raw = new Database(file);
      raw.pragma(`user_version = ${user_version}`);
      raw.close();
      expect(thrownBy(() => openIndex(file))).to.equal('INDEX_UNREADABLE');
    });
  }

  for (const [what, prepare] of [
    ['of another application', (db: Database.Database) => db.pragma('application_id = 1')],
    ['with tables and no application', (db: Database.Database) => db.exec('CREATE TABLE notes (text)')],
    ['with a version and no tables', (db: Database.Database) => db.pragma('user_version = 1')],
  ] as const) {
    it(`is not made in a database ${what}, and the file stays byte for byte`, () => {
      const raw = new Database(file);
      prepare(raw);
      raw.close();
      const before = readFileSync(file);
      expect(thrownBy(() => openIndex(file))).to.equal('INDEX_UNREADABLE');
      expect(readFileSync(file).equals(before)).to.equal(true);
    });
  }

  it('has version 0 in an empty database', () => {
    expect(readVersion(new Database(':memory:'))).to.equal(0);
  });
});
