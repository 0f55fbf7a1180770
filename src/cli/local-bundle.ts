/** A bundle file of the user's own, unpacked to run: nothing is proven about it, and the archive guard holds. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { readArchive } from '../lib/bundle/archive.ts';
import { ARCHIVE_LIMITS } from '../lib/bundle/archive-limits.ts';
import { ASIDE_PREFIX } from '../lib/bundle/aside.ts';
import { extractAside } from '../lib/bundle/extract.ts';
import { mpakHome } from '../lib/config/home.ts';
import { MpakError } from '../lib/errors.ts';
import { withLock } from '../lib/lock.ts';
import { readRegularFile } from '../lib/regular-file.ts';

/** How long one process waits for another that unpacks, in milliseconds. */
const LOCK_WAIT_MS = 10 * 60_000;

/** @throws MpakError NOT_FOUND, USAGE when it is no regular file, and each refusal of the archive guard */
export async function unpackLocal(file: string): Promise<{ folder: string }> {
  if (!existsSync(file)) {
    throw new MpakError('NOT_FOUND', `There is no file ${file}.`, { hint: 'Check the path behind --local.' });
  }
  const most = ARCHIVE_LIMITS.archiveBytes;
  const bytes = readRegularFile(file, {
    most,
    tooLarge: () =>
      new MpakError(
        'ARCHIVE_TOO_LARGE',
        `${file} is larger than ${most} bytes, which is the most for a bundle.`,
        {
          hint: 'It was not read.',
        },
      ),
  });
  const archive = readArchive(bytes);
  // By content: the same file is unpacked once, and a changed one beside it.
  const parent = path.join(mpakHome(process.env), 'local');
  const folder = path.join(parent, createHash('sha256').update(bytes).digest('hex'));
  if (!existsSync(folder)) {
    mkdirSync(parent, { recursive: true, mode: 0o700 });
    const options = { waitMs: LOCK_WAIT_MS, holder: 'Another `mpak run --local`' };
    await withLock(path.join(parent, 'lock'), options, async () => {
      clearAway(parent);
      // Another process that runs the same file may have been faster.
      if (!existsSync(folder)) extractAside(archive, folder);
    });
  }
  return { folder };
}

/** What a process has left that was killed while it unpacked. */
function clearAway(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(ASIDE_PREFIX)) rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}
