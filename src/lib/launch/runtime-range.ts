/** The versions of an interpreter that a manifest asks for: semver ranges, and those that Python's authors write. */

/** `>=18`, `>= 16.0.0`: nearly every manifest says this, and it needs no library. */
const AT_LEAST = /^>=\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/;
const VERSION = /(\d+)\.(\d+)(?:\.(\d+))?/;

/** @returns true also for a range that cannot be read: it is no reason not to try */
export async function inRange(version: string, range: string): Promise<boolean> {
  const numbers = VERSION.exec(version);
  if (numbers === null) return true;
  const [, major, minor, patch] = numbers;
  const atLeast = AT_LEAST.exec(range.trim());
  if (atLeast !== null) {
    const [, ...wanted] = atLeast;
    return compare([major, minor, patch], wanted) >= 0;
  }
  const [{ default: satisfies }, { default: validRange }] = await Promise.all([
    import('semver/functions/satisfies.js'),
    import('semver/ranges/valid.js'),
  ]);
  const readable = validRange(fromPython(range));
  return readable === null || satisfies(`${major}.${minor}.${patch ?? 0}`, readable);
}

function compare(a: readonly (string | undefined)[], b: readonly (string | undefined)[]): number {
  for (let index = 0; index < 3; index += 1) {
    const difference = Number(a[index] ?? 0) - Number(b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** PEP 440 in semver's words: `>=3.8,<4.0`, `==3.11.*`, `~=3.10`. */
function fromPython(range: string): string {
  return range
    .replace(/~=\s*(\d+)\.(\d+)\.(\d+)/g, '~$1.$2.$3')
    .replace(/~=\s*(\d+)\.(\d+)/g, '^$1.$2.0')
    .replaceAll('==', '=')
    .replaceAll(',', ' ');
}
