/** A bundle file of the user's own, unpacked to run: nothing is proven about it, and the archive guard holds. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readArchive } from '../lib/bundle/archive.ts';
import { extractAside } from '../lib/bundle/extract.ts';
import { readArchiveBytes } from '../lib/cache/archives.ts';
import { LocalFiles } from '../lib/cache/local.ts';
import { mpakHome } from '../lib/config/home.ts';
import { MpakError } from '../lib/errors.ts';

/** @throws MpakError NOT_FOUND, USAGE when it is no regular file, and each refusal of the archive guard */
export async function unpackLocal(file: string): Promise<{ folder: string }> {
  if (!existsSync(file)) {
    throw new MpakError('NOT_FOUND', `There is no file ${file}.`, { hint: 'Check the path behind --local.' });
  }
  const bytes = readArchiveBytes(file);
  const archive = readArchive(bytes);
  // By content: the same file is unpacked once, and a changed one beside it.
  const files = new LocalFiles(mpakHome(process.env));
  const folder = files.folder(createHash('sha256').update(bytes).digest('hex'));
  if (!files.touch(folder, new Date())) {
    await files.change(() => {
      // Another process that runs the same file may have been faster.
      if (!existsSync(folder)) extractAside(archive, folder);
    });
  }
  return { folder };
}
