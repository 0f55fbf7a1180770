/** Ranges that somebody states: to semver a blank one is all versions, and whoever left it blank did not say that. */

/** Whether each alternative of a range names a version, or `*`. */
export function isExplicitRange(range: string): boolean {
  return range.split('||').every((alternative) => /[\dxX*]/.test(alternative));
}
