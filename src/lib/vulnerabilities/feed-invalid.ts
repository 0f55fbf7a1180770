/** Data that is not what it must be: nothing of it counts, and what was there before stays. */
import { MpakError } from '../errors.ts';

/** @param what a sentence about it */
export function feedInvalid(source: string, what: string, cause?: unknown): MpakError {
  return new MpakError('FEED_INVALID', `${source}: ${what}`, {
    hint: 'What was known before is kept. Try again later; check the URL or the folder when it stays.',
    cause,
  });
}
