/** The indexes of several registries, opened to be searched as one; and where a hit is from, in a few words. */
import { MpakError } from '../lib/errors.ts';
import type { OriginBundle, SearchedIndex } from '../lib/index/merged-search.ts';
import { sourceOf } from '../lib/index/read-source.ts';
import { openIndexOf } from '../lib/install/origin.ts';
import type { RegistryIndex } from './context.ts';
import { staleness, unsignedNote } from './stale.ts';

/**
 * Those that can be read; the caller closes them.
 * @param note told of the others, and of those that are old or unsigned
 * @throws MpakError what is wrong with the first, when none can be read
 */
export function openReadable(
  indexes: readonly RegistryIndex[],
  note: (text: string) => void,
): SearchedIndex[] {
  const problems: MpakError[] = [];
  const opened = indexes.flatMap(({ name, store }) => {
    try {
      return [{ name, store, db: openIndexOf(store) }];
    } catch (error) {
      if (!(error instanceof MpakError)) throw error;
      problems.push(error);
      note(`${name} is not searched: ${error.message} ${error.hint ?? ''}`);
      return [];
    }
  });
  if (opened.length === 0) throw problems[0] as MpakError;
  const unsigned = opened.filter(({ db }) => sourceOf(db) !== 'signed').map(({ name }) => name);
  if (unsigned.length > 0) note(unsignedNote(unsigned));
  for (const { name, store, db } of opened) {
    const old = staleness(db, store, Date.now());
    if (old !== undefined) note(`${name}: ${old}`);
  }
  return opened;
}

const ALSO = { same: 'also in', other: 'OTHER CONTENT in', unknown: 'perhaps another in' } as const;

/** `acme`, `acme (also in public)`, `acme (OTHER CONTENT in public)`. */
export function originText({ registry, also_in }: OriginBundle): string {
  const others = also_in.map(({ registry: other, content }) => `${ALSO[content]} ${other}`);
  return others.length === 0 ? registry : `${registry} (${others.join(', ')})`;
}
