/** The package that an argument names. */
import { type PackageName, type PackageReference, parsePackageReference } from '../lib/bundle/name.ts';
import { MpakError } from '../lib/errors.ts';

/** @throws MpakError USAGE */
export function packageArgument(text: string): PackageReference {
  const reference = parsePackageReference(text);
  if (reference !== undefined) return reference;
  throw new MpakError('USAGE', `${JSON.stringify(text)} is not the name of a package.`, {
    hint: 'A name looks like @scope/name, with @1.2.3 behind it for one version.',
  });
}

/** @throws MpakError USAGE when it is no name, or has a version */
export function packageNameArgument(text: string): PackageName {
  const { name, version } = packageArgument(text);
  if (version === undefined) return name;
  throw new MpakError('USAGE', 'Clients start whichever version is installed, not one of them.', {
    hint: `Give it as ${name}.`,
  });
}
