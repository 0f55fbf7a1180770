/** A bundle file of the user's own, unpacked to run: nothing is proven about it, and the archive guard holds. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readArchive } from '../lib/bundle/archive.ts';
import { extractAside } from '../lib/bundle/extract.ts';
import { mpakHome } from '../lib/config/home.ts';
import { MpakError } from '../lib/errors.ts';

/** @throws MpakError NOT_FOUND, and each refusal of the archive guard */
export function unpackLocal(file: string): { name: string; folder: string } {
  if (!existsSync(file)) {
    throw new MpakError('NOT_FOUND', `There is no file ${file}.`, { hint: 'Check the path behind --local.' });
  }
  const bytes = readFileSync(file);
  const archive = readArchive(bytes);
  // By content: the same file is unpacked once, and a changed one beside it.
  const parent = path.join(mpakHome(process.env), 'local');
  const folder = path.join(parent, createHash('sha256').update(bytes).digest('hex'));
  if (!existsSync(folder)) {
    mkdirSync(parent, { recursive: true });
    try {
      extractAside(archive, folder);
    } catch (error) {
      // Another process that runs the same file was faster.
      if (!existsSync(folder)) throw error;
    }
  }
  return { name: archive.manifest.name, folder };
}
