/** Writes a bundle to the disk in one step, after two readers have found in it what was meant to be there. */
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import AdmZip from 'adm-zip';
import { readArchive } from '../bundle/archive.ts';
import { MpakError } from '../errors.ts';
import { syncFolder } from '../files.ts';
import { systemError } from '../system-error.ts';
import type { ZipFile } from './zip-writer.ts';

/**
 * @param file replaced when it is a file; what else is there stays
 * @throws MpakError IO_FAILED, USAGE; Error when a reader finds something else: then nothing is written
 */
export function writeArchive(file: string, bytes: Buffer, files: readonly ZipFile[]): void {
  const temporary = `${file}.tmp-${process.pid}-${process.hrtime.bigint()}`;
  try {
    if (lstatSync(file, { throwIfNoEntry: false })?.isFile() === false) {
      throw new MpakError('USAGE', `${file} is there and is no file.`, { hint: 'Choose another with `-o`.' });
    }
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(temporary, bytes, { mode: 0o644, flush: true });
    const written = readFileSync(temporary);
    if (!written.equals(bytes)) throw new Error(`${temporary} is not what was written`);
    compare(readByUs(written), files);
    compare(readByAdmZip(written), files);
    renameSync(temporary, file);
    syncFolder(path.dirname(file));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw systemError(aboutTarget(error, temporary, file)) ?? error;
  }
}

/** Nobody asked for the temporary file. */
function aboutTarget(error: unknown, temporary: string, file: string): unknown {
  const { code, path: subject } = error as NodeJS.ErrnoException;
  return code !== undefined && (subject === undefined || subject === temporary)
    ? Object.assign(new Error('The bundle was not written', { cause: error }), { code, path: file })
    : error;
}

interface Read {
  readonly size: number;
  readonly crc: number;
  readonly content: Buffer;
}

function readByUs(bytes: Buffer): Map<string, Read> {
  const archive = readArchive(bytes);
  return new Map(
    archive.entries.map((entry) => [
      entry.path,
      { size: entry.size, crc: entry.crc, content: archive.read(entry) },
    ]),
  );
}

/** The other opinion: a reader that others wrote. */
function readByAdmZip(bytes: Buffer): Map<string, Read> {
  const entries = new AdmZip(bytes).getEntries();
  return new Map(
    entries.map((entry) => [
      entry.entryName,
      { size: entry.header.size, crc: entry.header.crc, content: entry.getData() },
    ]),
  );
}

function compare(found: ReadonlyMap<string, Read>, files: readonly ZipFile[]): void {
  if (found.size !== files.length)
    throw new Error(`the archive has ${found.size} files, not ${files.length}`);
  for (const { path: name, content } of files) {
    const read = found.get(name);
    const agrees =
      read !== undefined &&
      read.size === content.length &&
      read.crc === crc32(content) &&
      read.content.equals(content);
    if (!agrees) throw new Error(`the archive does not hold ${JSON.stringify(name)} as it is`);
  }
}
