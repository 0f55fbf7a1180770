/** Takes in the records of an ecosystem: OSV's `all.zip`, or a folder with its content. All of them, or none. */
import { opendirSync, statSync } from 'node:fs';
import path from 'node:path';
import type Database from 'better-sqlite3';
import { guardArchiveFile } from '../bundle/archive.ts';
import type { ArchiveLimits } from '../bundle/archive-limits.ts';
import { MpakError } from '../errors.ts';
import { readRegularFile, requireRegularFile } from '../regular-file.ts';
import { feedInvalid } from './feed-invalid.ts';
import type { PackageType } from './feeds.ts';
import { type OsvRecord, parseOsvRecord } from './osv-record.ts';

const MIB = 1024 * 1024;
const MAX_RECORD_BYTES = 16 * MIB;
/** npm has the most records: some 220,000 at the end of 2025, most of them of malicious packages. */
const MAX_RECORDS = 2_000_000;
const ARCHIVE: Partial<ArchiveLimits> = {
  archiveBytes: 1536 * MIB,
  entries: MAX_RECORDS,
  totalBytes: 32_768 * MIB,
  fileBytes: MAX_RECORD_BYTES,
};

export interface Imported {
  /** When the newest of it was made. */
  readonly asOf: Date;
  readonly records: number;
}

/**
 * Within a transaction of the caller's.
 * @param source an archive, or a folder
 * @param label how it is called in errors
 * @throws MpakError FEED_INVALID
 */
export function importOsv(
  db: Database.Database,
  type: PackageType,
  source: string,
  label: string,
  progress: (records: number) => void,
): Imported {
  db.prepare('DELETE FROM advisory WHERE type = ?').run(type);
  db.prepare('DELETE FROM affected WHERE type = ?').run(type);
  const advisory = db.prepare(
    'INSERT INTO advisory (type, id, aliases, cvss, summary) VALUES (?, ?, ?, ?, ?)',
  );
  const affected = db.prepare(
    'INSERT INTO affected (type, name, advisory, ranges, versions) VALUES (?, ?, ?, ?, ?)',
  );
  const seen = new Set<string>();
  let asOf = new Date(0);
  for (const { id, modified, aliases, cvss, summary, affected: packages } of recordsOf(source, type, label)) {
    if (seen.has(id)) throw feedInvalid(label, `There are two records ${id}.`);
    seen.add(id);
    if (modified > asOf) asOf = modified;
    if (packages.length > 0) advisory.run(type, id, JSON.stringify(aliases), cvss, summary);
    for (const { name, ranges, versions } of packages) {
      affected.run(type, name, id, JSON.stringify(ranges), JSON.stringify(versions));
    }
    if (seen.size % 1000 === 0) progress(seen.size);
  }
  // Nothing would be found in it, and everything would pass.
  if (seen.size === 0) throw feedInvalid(label, 'There is no record in it.');
  return { asOf, records: seen.size };
}

function* recordsOf(source: string, type: PackageType, label: string): Generator<OsvRecord> {
  for (const [name, bytes] of isFolder(source) ? inFolder(source, label) : inArchive(source, label)) {
    const record = parseOsvRecord(bytes, type);
    if (record === undefined) throw feedInvalid(label, `${JSON.stringify(name)} is no record of OSV.`);
    yield record;
  }
}

function isFolder(source: string): boolean {
  return statSync(source, { throwIfNoEntry: false })?.isDirectory() === true;
}

function* inArchive(file: string, label: string): Generator<[string, Buffer]> {
  // Opening a pipe would wait for whoever writes to it.
  requireRegularFile(file);
  try {
    const { entries, read, close } = guardArchiveFile(file, ARCHIVE);
    try {
      for (const entry of entries) {
        if (!entry.isDirectory && entry.path.endsWith('.json')) yield [entry.path, read(entry)];
      }
    } finally {
      close();
    }
  } catch (error) {
    if (error instanceof MpakError && error.code.startsWith('ARCHIVE_')) {
      throw feedInvalid(label, `${error.message} (${error.code})`, error);
    }
    throw error;
  }
}

function* inFolder(folder: string, label: string): Generator<[string, Buffer]> {
  const directory = opendirSync(folder);
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      if (!entry.name.endsWith('.json')) continue;
      const tooLarge = () => feedInvalid(label, `${entry.name} is larger than ${MAX_RECORD_BYTES} bytes.`);
      yield [
        entry.name,
        readRegularFile(path.join(folder, entry.name), { most: MAX_RECORD_BYTES, tooLarge }),
      ];
    }
  } finally {
    directory.closeSync();
  }
}
