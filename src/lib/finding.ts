/** What a look at this machine has found: by `mpak doctor` and `mpak client check`. */
import { MpakError } from './errors.ts';
import { systemError } from './system-error.ts';

export interface Finding {
  /** What was looked at. */
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly message: string;
  /** What to do about it; null when there is nothing to do. */
  readonly hint: string | null;
}

/** A check that could not be made, or found the worst. */
export function failed(check: string, error: unknown): Finding {
  const known = error instanceof MpakError ? error : systemError(error);
  const message = known?.message ?? (error as Error).message;
  return { check, state: 'fail', message, hint: known?.hint ?? null };
}
