/** The date of everything in a bundle: SOURCE_DATE_EPOCH (reproducible-builds.org), else one that never changes. */
import { MpakError } from '../errors.ts';

/** Zip archives know no date before this one, and none from 2108 on. */
const EARLIEST = Date.UTC(1980, 0, 1);
const END = Date.UTC(2108, 0, 1);

/**
 * @param epoch seconds since 1970, as text; undefined or empty when it is not set
 * @throws MpakError USAGE
 */
export function sourceDate(epoch: string | undefined): Date {
  if (epoch === undefined || epoch === '') return new Date(EARLIEST);
  const milliseconds = /^\d{1,12}$/.test(epoch) ? Number(epoch) * 1000 : Number.NaN;
  if (!(milliseconds < END)) {
    throw new MpakError(
      'USAGE',
      `SOURCE_DATE_EPOCH is ${JSON.stringify(epoch)}, which is no time before 2108.`,
      {
        hint: 'It counts seconds since 1970: `SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)`. Or leave it unset.',
      },
    );
  }
  return new Date(Math.max(EARLIEST, milliseconds));
}
