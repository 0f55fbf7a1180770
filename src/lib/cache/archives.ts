/**
 * Archives of bundles that were looked into, by their digest:
 *
 *   archives/<sha256>.mcpb   its modification time: when it was last read
 *
 * Nobody has to believe the folder: what is read is hashed again, and what is not what its name says is taken away.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { ARCHIVE_LIMITS } from '../bundle/archive-limits.ts';
import { MpakError } from '../errors.ts';
import { isMissing } from '../files.ts';
import { readRegularFile } from '../regular-file.ts';

/** What was not read for this long is taken away. */
const UNUSED_MS = 30 * 24 * 3_600_000;
const ARCHIVE = /^[0-9a-f]{64}\.mcpb$/;
/** A process that was killed leaves it behind. */
const UNFINISHED = /^tmp-[0-9a-f]{16}\.mcpb$/;
const UNFINISHED_MS = 24 * 3_600_000;

export class Archives {
  readonly root: string;

  /** @param home the home of mpak */
  constructor(home: string) {
    this.root = path.join(home, 'archives');
  }

  /** @param sha256 lower-case hex @returns its bytes, undefined when it is not here */
  read(sha256: string, now: Date): Buffer | undefined {
    const file = this.#file(sha256);
    let bytes: Buffer;
    try {
      bytes = readArchiveBytes(file);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
      rmSync(file, { force: true });
      return undefined;
    }
    try {
      utimesSync(file, now, now);
    } catch {
      // A disk that may not be written takes nothing away either.
    }
    return bytes;
  }

  /**
   * @param fetch writes the archive into a new file, and throws when it is another one
   * @returns its bytes
   * @throws MpakError DIGEST_MISMATCH when it is another one all the same, and what `fetch` throws
   */
  async add(sha256: string, now: Date, fetch: (file: string) => Promise<void>): Promise<Buffer> {
    mkdirSync(this.root, { recursive: true, mode: 0o700 });
    const temporary = path.join(this.root, `tmp-${randomBytes(8).toString('hex')}.mcpb`);
    try {
      await fetch(temporary);
      renameSync(temporary, this.#file(sha256));
    } finally {
      rmSync(temporary, { force: true });
    }
    const bytes = this.read(sha256, now);
    if (bytes !== undefined) return bytes;
    throw new MpakError('DIGEST_MISMATCH', `${this.#file(sha256)} was changed while it was fetched.`, {
      hint: 'Nothing of it was looked at. Who else may write to this folder?',
    });
  }

  /** Takes away what was not read for thirty days. @returns the digests */
  prune(now: Date): string[] {
    const removed: string[] = [];
    for (const name of filesIn(this.root)) {
      const age =
        now.getTime() - (statSync(path.join(this.root, name), { throwIfNoEntry: false })?.mtimeMs ?? 0);
      const isOld = (ARCHIVE.test(name) && age > UNUSED_MS) || (UNFINISHED.test(name) && age > UNFINISHED_MS);
      if (!isOld) continue;
      rmSync(path.join(this.root, name), { force: true });
      if (ARCHIVE.test(name)) removed.push(name.replace('.mcpb', ''));
    }
    return removed;
  }

  #file(sha256: string): string {
    return path.join(this.root, `${sha256}.mcpb`);
  }
}

/** @throws MpakError ARCHIVE_TOO_LARGE, USAGE when it is no regular file, and what the file system says */
export function readArchiveBytes(file: string): Buffer {
  const most = ARCHIVE_LIMITS.archiveBytes;
  const tooLarge = () =>
    new MpakError(
      'ARCHIVE_TOO_LARGE',
      `${file} is larger than ${most} bytes, which is the most for a bundle.`,
      { hint: 'It was not read.' },
    );
  return readRegularFile(file, { most, tooLarge });
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
