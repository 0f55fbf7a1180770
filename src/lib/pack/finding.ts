/** Something that is wrong with a bundle, or with what is to become one. */
import { MpakError } from '../errors.ts';

export interface Finding {
  /** An error keeps a bundle from being packed; a warning does not. */
  readonly severity: 'error' | 'warning';
  /** A place in the manifest, as `manifest.json: server.entry_point`, or a file. */
  readonly path: string;
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

const MOST_TOLD = 20;

export function errorsOf(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ severity }) => severity === 'error');
}

/** @throws MpakError BUNDLE_INVALID with every error there is */
export function refuseErrors(findings: readonly Finding[]): void {
  const errors = errorsOf(findings);
  if (errors.length === 0) return;
  const told = errors.slice(0, MOST_TOLD).map(({ path, message }) => `${path}: ${message}`);
  if (errors.length > told.length) told.push(`And ${errors.length - told.length} more.`);
  throw new MpakError('BUNDLE_INVALID', `Nothing was packed. ${told.join(' ')}`, {
    hint: 'Run `mpak bundle validate` to see every problem with its remedy.',
  });
}
