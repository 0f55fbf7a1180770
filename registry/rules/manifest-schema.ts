/** A manifest follows the official mcpb schema of the version that it declares: else no client would install it. */
import { checkManifest, type ManifestProblem } from '../../src/lib/bundle/manifest.ts';
import { MpakError } from '../../src/lib/errors.ts';
import type { Announcement } from '../announcement.ts';
import { HttpError } from '../http.ts';

const MOST_PROBLEMS_TOLD = 5;

/** @throws HttpError 400 MANIFEST_INVALID */
export function requireValidManifest({ manifest }: Pick<Announcement, 'manifest'>): void {
  const problems = problemsOf(manifest);
  if (problems === undefined) return;
  throw new HttpError(400, 'MANIFEST_INVALID', problems);
}

function problemsOf(manifest: object): string | undefined {
  try {
    const checked = checkManifest(manifest);
    if ('manifest' in checked) return undefined;
    const told = checked.problems.slice(0, MOST_PROBLEMS_TOLD).map(describe);
    const more = checked.problems.length - told.length;
    if (more > 0) told.push(`and ${more} more`);
    return `The manifest is not valid in version ${checked.version}. ${told.join('; ')}.`;
  } catch (error) {
    if (error instanceof MpakError) return error.message;
    throw error;
  }
}

function describe({ path, message }: ManifestProblem): string {
  return path === '' ? message : `${path}: ${message}`;
}
