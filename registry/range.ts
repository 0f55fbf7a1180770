/**
 * Ranges (RFC 9110 section 14): of bytes, so that a download that broke off goes on where it was; of entries, so that a
 * client which has most of a page of the log gets the rest of it.
 */

export interface ByteRange {
  /** Inclusive. */
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
}

/**
 * The one range that a Range header asks for.
 * @returns undefined when the whole is to be answered: no header, several ranges, another unit, not understood;
 *   `unsatisfiable` when it starts behind the end
 */
export function parseRange(
  header: string | undefined,
  bytes: number,
): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') {
    const suffix = Math.min(Number(last), bytes);
    return suffix === 0 ? 'unsatisfiable' : { start: bytes - suffix, end: bytes - 1 };
  }
  const start = Number(first);
  const end = last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= bytes ? 'unsatisfiable' : { start, end };
}

/** The first entry, from 0, that a Range header in the unit of a page's entries asks for: `entries=12-`. */
export function parseEntriesRange(header: string | undefined): number | undefined {
  const first = /^entries=(\d{1,3})-$/.exec(header?.trim() ?? '')?.[1];
  return first === undefined ? undefined : Number(first);
}
