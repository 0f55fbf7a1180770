/** `policy.minimumLevel`: what is certified below it is not installed, and no yes changes that. */
import { MpakError } from '../errors.ts';
import type { ArtifactCertification } from '../index/read-artifact-certification.ts';

const LIFT = '`mpak config unset policy.minimumLevel` takes the policy away.';

/**
 * @param certification of the artifact that is meant
 * @param minimum undefined: anything may be installed
 * @throws MpakError BELOW_LEVEL
 */
export function requireLevel(
  certification: Pick<ArtifactCertification, 'level'> | null,
  minimum: number | undefined,
  { name, version }: { readonly name: string; readonly version: string },
): void {
  if (minimum === undefined || (certification !== null && certification.level >= minimum)) return;
  const level = certification === null ? 'not certified' : `certified L${certification.level}`;
  throw new MpakError(
    'BELOW_LEVEL',
    `${name} ${version} is ${level}, and policy.minimumLevel asks for L${minimum}.`,
    {
      hint: `\`mpak bundle scan ${name}@${version}\` says what keeps it from more. ${LIFT}`,
    },
  );
}

/** What is only a file was judged by nobody. @throws MpakError BELOW_LEVEL when a level is asked for */
export function refuseUnjudged(file: string, minimum: number | undefined): void {
  if (minimum === undefined) return;
  throw new MpakError(
    'BELOW_LEVEL',
    `${file} is a local file, whose level nobody knows, and policy.minimumLevel asks for L${minimum}.`,
    { hint: `\`mpak bundle scan ${file}\` says what its level is. ${LIFT}` },
  );
}
