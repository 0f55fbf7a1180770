/** How a bundle may be called in a release: registries take no other (API.md, "Announce"). */
import { MpakError } from '../errors.ts';

/** @returns the name as it is @throws MpakError USAGE */
export function releaseFilename(filename: string): string {
  const fits =
    filename.endsWith('.mcpb') &&
    filename.length <= 255 &&
    !/[/\\\p{Cc}]/u.test(filename) &&
    !filename.includes('..');
  if (fits) return filename;
  throw new MpakError('USAGE', `${JSON.stringify(filename)} cannot be the name of a bundle in a release.`, {
    hint: 'It ends in .mcpb, has at most 255 characters, no separator, no line break and no "..".',
  });
}
