/**
 * `mpak-registry import`: publish entries from a file into the log, all of them or none. For mirrors, which keep the
 * bytes of the log that they copy, and for seeds.
 */
import { createReadStream } from 'node:fs';
import type Database from 'better-sqlite3';
import { type PackageName, scopeOf } from '../src/lib/bundle/name.ts';
import { MpakError } from '../src/lib/errors.ts';
import { append } from '../src/lib/index/append.ts';
import { type PublishEntry, parseLine } from '../src/lib/log/entry.ts';
import { splitLines } from '../src/lib/log/page.ts';
import { writeTransaction } from './write.ts';

export interface ImportReport {
  /** Entries that were appended. */
  readonly imported: number;
  /** Lines whose artifact is in the log already, with the same digest. */
  readonly skipped: number;
  /** Entries in the log now. */
  readonly size: number;
}

/** The lines of a file that say something, each artifact once. */
interface ImportLines {
  readonly lines: readonly ImportLine[];
  readonly repeated: number;
}

interface ImportLine {
  readonly number: number;
  readonly line: Uint8Array;
  readonly key: string;
  readonly entry: PublishEntry;
}

/** How long an import waits for another process that writes. */
const PATIENCE_MS = 60_000;

/** @throws MpakError IMPORT_INVALID naming the line, and nothing is imported */
export async function importFile(db: Database.Database, file: string): Promise<ImportReport> {
  const lines = await readLines(file);
  return writeTransaction(db, () => appendNew(db, lines), PATIENCE_MS);
}

async function readLines(file: string): Promise<ImportLines> {
  const lines: ImportLine[] = [];
  const digests = new Map<string, string>();
  let number = 0;
  let repeated = 0;
  for await (const line of linesOf(file)) {
    number += 1;
    if (isBlank(line)) continue;
    const entry = parsePublish(line, number);
    const { os, arch, sha256 } = entry.artifact;
    const key = `${entry.package} ${entry.version} ${os} ${arch}`;
    const earlier = digests.get(key);
    if (earlier !== undefined && earlier !== sha256) {
      throw invalid(number, `repeats ${key} with another sha256`);
    }
    if (earlier === undefined) lines.push({ number, line, key, entry });
    else repeated += 1;
    digests.set(key, sha256);
  }
  return { lines, repeated };
}

async function* linesOf(file: string): AsyncGenerator<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(0x0a);
    if (end === -1) {
      rest = Buffer.concat([rest, chunk]);
      continue;
    }
    yield* splitLines(Buffer.concat([rest, chunk.subarray(0, end + 1)])).map(withoutReturn);
    rest = chunk.subarray(end + 1);
  }
  if (rest.length > 0) yield withoutReturn(rest);
}

function withoutReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09);
}

function parsePublish(line: Uint8Array, number: number): PublishEntry {
  const parsed = parseLine(line);
  if (!('entry' in parsed)) throw invalid(number, parsed.reason);
  const { entry } = parsed;
  if (entry.kind !== 'publish')
    throw invalid(number, `is a ${entry.kind} entry, and only publish is imported`);
  if (entry.provenance !== null) {
    const scope = scopeOf(entry.package as PackageName);
    const { owner } = entry.provenance.claims;
    if (owner.toLowerCase() !== scope)
      throw invalid(number, `has the scope ${scope}, and the owner ${owner}`);
  }
  return entry;
}

function appendNew(db: Database.Database, { lines, repeated }: ImportLines): ImportReport {
  const published = db
    .prepare<[string, string, string, string], string>(
      `SELECT a.sha256 FROM packages p
       JOIN versions v ON v.package_id = p.id
       JOIN artifacts a ON a.version_id = v.id
       WHERE p.name = ? AND v.version = ? AND a.os = ? AND a.arch = ?`,
    )
    .pluck();
  // Most packages of a seed are new, and a set tells that faster than a query a line.
  const known = new Set(db.prepare<[], string>('SELECT name FROM packages').pluck().all());
  const fresh = lines.filter(({ number, key, entry }) => {
    if (!known.has(entry.package)) return true;
    const { os, arch, sha256 } = entry.artifact;
    const digest = published.get(entry.package, entry.version, os, arch);
    if (digest !== undefined && digest !== sha256) {
      throw invalid(number, `publishes ${key} with another sha256 than the log`);
    }
    return digest === undefined;
  });
  const entries = new Map(fresh.map(({ line, entry }) => [line, { entry }]));
  const parse = (line: Uint8Array) => entries.get(line) ?? parseLine(line);
  const edge = append(db, entries.keys(), { keepLines: true, parse });
  return { imported: fresh.length, skipped: repeated + lines.length - fresh.length, size: edge.size };
}

function invalid(number: number, reason: string): MpakError {
  return new MpakError('IMPORT_INVALID', `Line ${number} ${reason}.`, {
    hint: 'Nothing was imported. Mend the line and import the file again.',
  });
}
