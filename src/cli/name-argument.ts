/** The package that an argument names. */
import { type PackageReference, parsePackageReference } from '../lib/bundle/name.ts';
import { MpakError } from '../lib/errors.ts';

/** @throws MpakError USAGE */
export function packageArgument(text: string): PackageReference {
  const reference = parsePackageReference(text);
  if (reference !== undefined) return reference;
  throw new MpakError('USAGE', `${JSON.stringify(text)} is not the name of a package.`, {
    hint: 'A name looks like @scope/name, with @1.2.3 behind it for one version.',
  });
}
