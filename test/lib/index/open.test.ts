import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { MpakError } from '../../../src/lib/errors.ts';
import { openIndex, openIndexReadOnly } from '../../../src/lib/index/open.ts';
import { APPLICATION_ID } from '../../../src/lib/index/schema.ts';
import { appendAll, publish } from './log-entries.ts';

function refusal(work: () => unknown): { code: string; message: string } {
  try {
    work();
  } catch (error) {
    if (!(error instanceof MpakError)) throw error;
    expect(error.hint, 'a hint').to.be.a('string');
    return { code: error.code, message: error.message };
  }
  throw new Error('it was not refused');
}

describe('an index file', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mpak-open-'));
    file = join(folder, 'index.db');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is created, and read again by another connection while it is open', () => {
    const db = openIndex(file);
    appendAll(db, [publish('@acme/echo', '1.0.0')]);
    const reader = openIndexReadOnly(file);
    expect(reader.prepare('SELECT name FROM packages').pluck().all()).to.deep.equal(['@acme/echo']);
    reader.close();
    db.close();
  });

  it('is created in an empty file', () => {
    writeFileSync(file, '');
    openIndex(file).close();
    openIndexReadOnly(file).close();
  });

  it('is written with the durability that was asked for', () => {
    const synchronous = (db: Database.Database) => db.pragma('synchronous', { simple: true });
    const usual = openIndex(file);
    expect(synchronous(usual)).to.equal(1);
    usual.close();
    const durable = openIndex(file, { durable: true });
    expect(synchronous(durable)).to.equal(2);
    durable.close();
  });

  it('does not trust the schema of the file that it reads', () => {
    openIndex(file).close();
    const db = openIndexReadOnly(file);
    expect(db.pragma('trusted_schema', { simple: true })).to.equal(0);
    expect(db.pragma('cell_size_check', { simple: true })).to.equal(1);
    db.close();
  });

  it('cannot be written when it is opened for reading', () => {
    openIndex(file).close();
    const before = readFileSync(file);
    const db = openIndexReadOnly(file);
    for (const sql of ['DELETE FROM packages', 'DROP TABLE packages', "INSERT INTO meta VALUES ('a', 1)"]) {
      expect(() => db.exec(sql), sql).to.throw(/readonly|query_only/);
    }
    db.close();
    expect(readFileSync(file).equals(before)).to.equal(true);
  });

  it('is INDEX_MISSING for reading when it is not there, nor its folder, and is not created', () => {
    expect(refusal(() => openIndexReadOnly(file)).code).to.equal('INDEX_MISSING');
    expect(existsSync(file)).to.equal(false);
    expect(refusal(() => openIndexReadOnly(join(folder, 'no', 'index.db'))).code).to.equal('INDEX_MISSING');
  });

  it('is IO_FAILED for writing when its folder is not there, or it is a folder', () => {
    expect(refusal(() => openIndex(join(folder, 'no', 'index.db'))).code).to.equal('IO_FAILED');
    mkdirSync(file);
    expect(refusal(() => openIndex(file)).code).to.equal('IO_FAILED');
  });

  it('is IO_FAILED for writing when its folder may not be written', () => {
    // Root may write anywhere.
    if (process.getuid?.() === 0 || process.platform === 'win32') return;
    chmodSync(folder, 0o500);
    try {
      expect(refusal(() => openIndex(file)).code).to.equal('IO_FAILED');
    } finally {
      chmodSync(folder, 0o700);
    }
  });

  it('is INDEX_UNREADABLE when it is a text file, which stays as it is', () => {
    const text = 'These are my notes, and no database at all.\n'.repeat(100);
    writeFileSync(file, text);
    for (const open of [openIndex, openIndexReadOnly]) {
      expect(refusal(() => open(file)).code).to.equal('INDEX_UNREADABLE');
    }
    expect(readFileSync(file, 'utf8')).to.equal(text);
    expect(readdirSync(folder)).to.deep.equal(['index.db']);
  });

  it('is INDEX_UNREADABLE when it is cut off', () => {
    const db = openIndex(file);
    appendAll(db, [publish('@acme/echo', '1.0.0')]);
    db.close();
    writeFileSync(file, readFileSync(file).subarray(0, 6000));
    for (const open of [openIndex, openIndexReadOnly]) {
      expect(refusal(() => open(file)).code).to.equal('INDEX_UNREADABLE');
    }
  });

  it('is INDEX_UNREADABLE when its first pages are overwritten', () => {
    openIndex(file).close();
    const bytes = readFileSync(file);
    bytes.fill(0x5a, 100, 4096);
    writeFileSync(file, bytes);
    for (const open of [openIndex, openIndexReadOnly]) {
      expect(refusal(() => open(file)).code).to.equal('INDEX_UNREADABLE');
    }
  });

  it('is INDEX_UNREADABLE when it belongs to another application, which keeps it as it is', () => {
    const other = new Database(file);
    other.exec("CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine')");
    other.close();
    const before = readFileSync(file);
    for (const open of [openIndex, openIndexReadOnly]) {
      expect(refusal(() => open(file))).to.include({ code: 'INDEX_UNREADABLE' });
    }
    expect(readFileSync(file).equals(before)).to.equal(true);
  });

  it('is refused for reading alone while its schema is an older one', () => {
    const raw = new Database(file);
    raw.pragma(`application_id = ${APPLICATION_ID}`);
    raw.exec('CREATE TABLE meta (key TEXT)');
    raw.close();
    expect(refusal(() => openIndexReadOnly(file)).code).to.equal('INDEX_UNREADABLE');
    writeFileSync(file, '');
    expect(refusal(() => openIndexReadOnly(file)).code).to.equal('INDEX_UNREADABLE');
  });

  it('leaves no handle open when it is refused', () => {
    writeFileSync(file, 'no database'.repeat(100));
    refusal(() => openIndex(file));
    // An open handle would keep the file from being renamed on Windows, and show in /proc on Linux.
    if (process.platform === 'linux') {
      const open = readdirSync('/proc/self/fd').length;
      for (let times = 0; times < 20; times += 1) refusal(() => openIndex(file));
      expect(readdirSync('/proc/self/fd').length).to.be.at.most(open + 2);
    }
  });
});
