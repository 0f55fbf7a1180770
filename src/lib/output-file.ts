/** Where an answer goes that a user wants in a file: asked before the work is done, so that none is done in vain. */
import { lstatSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { MpakError } from './errors.ts';

/**
 * The file that is to be written, with links followed, so that a link stays one.
 * @param sources files that the answer is made from, which it must not replace
 * @throws MpakError USAGE when it is a folder, a pipe, a device or a link that leads nowhere, is in no folder, or would
 *   replace a source
 */
export function outputFile(file: string, sources: readonly string[]): string {
  const status = statSync(file, { throwIfNoEntry: false });
  if (status === undefined) {
    if (lstatSync(file, { throwIfNoEntry: false }) !== undefined)
      throw unusable(`${file} is a link that leads nowhere, and is not replaced.`);
    const folder = path.dirname(path.resolve(file));
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return path.resolve(file);
    throw unusable(`There is no folder ${folder} to write ${path.basename(file)} to.`);
  }
  if (!status.isFile()) throw unusable(`${file} is no regular file, and is not replaced.`);
  const real = realpathSync(file);
  const isSource = sources.some((each) => {
    const source = statSync(each, { throwIfNoEntry: false });
    return source !== undefined && source.dev === status.dev && source.ino === status.ino;
  });
  if (isSource) throw unusable(`${file} is what is read, and is not replaced.`);
  return real;
}

function unusable(message: string): MpakError {
  return new MpakError('USAGE', message, { hint: 'Name another file.' });
}
