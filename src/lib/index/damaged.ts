import { MpakError } from '../errors.ts';

/** An index that holds what no mpak writes. @param what a sentence */
export function damagedIndex(what: string): MpakError {
  return new MpakError('INDEX_UNREADABLE', what, {
    hint: 'Run `mpak sync --full` to fetch the index again.',
  });
}
