/**
 * Names of packages and references to them, as in API.md: `@scope/name`, lower case, the scope being a GitHub owner.
 */

declare const packageName: unique symbol;

/** `@scope/name`, lower-cased and checked. */
export type PackageName = string & { readonly [packageName]: true };

const PACKAGE_NAME = /^@[a-z0-9][a-z0-9-]{0,38}\/[a-z0-9][a-z0-9-]{0,213}$/i;

/** The name in its canonical lower case, or undefined when the text is no package name. */
export function parsePackageName(text: string): PackageName | undefined {
  // Tested before lower-casing, which turns some letters that are not ASCII into ones that are.
  return PACKAGE_NAME.test(text) ? (text.toLowerCase() as PackageName) : undefined;
}

/** The scope without its `@`: the lower-cased login of the GitHub owner who may publish it. */
export function scopeOf(name: PackageName): string {
  return name.slice(1, name.indexOf('/'));
}

/** A package and, after a second `@`, the version, range or tag that was asked for. */
export interface PackageReference {
  readonly name: PackageName;
  readonly version: string | undefined;
}

/** Parses `@scope/name` or `@scope/name@version`; undefined when the name is none. */
export function parsePackageReference(text: string): PackageReference | undefined {
  const at = text.indexOf('@', 1);
  const name = parsePackageName(at === -1 ? text : text.slice(0, at));
  if (name === undefined) return undefined;
  const version = at === -1 ? '' : text.slice(at + 1);
  return { name, version: version === '' ? undefined : version };
}
