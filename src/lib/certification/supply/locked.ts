/** What a lockfile says of a dependency, whatever its format. */

export interface LockedDependency {
  readonly type: 'npm' | 'pypi';
  /** Of the package itself, whatever name it was asked for by. */
  readonly name: string;
  /** Undefined: it does not say, or says a range. */
  readonly version: string | undefined;
  /** Where it is installed, from the folder of the lockfile: `node_modules/a`; undefined in formats that do not say. */
  readonly folder: string | undefined;
  /** Its content is bound by a hash; `weak`: one for which another content can be made. */
  readonly hashed: 'yes' | 'weak' | 'no';
  readonly source: LockedSource;
}

export type LockedSource =
  /** URLs of the index and of the archives, as far as they are named; none: that which the client has by default. */
  | { readonly kind: 'registry'; readonly index?: string | undefined; readonly archives: readonly string[] }
  | { readonly kind: 'url'; readonly url: string }
  /** @param commit whether it names one in full, and not a branch or a tag */
  | { readonly kind: 'git'; readonly url: string; readonly commit: boolean }
  /** Of the project itself, or inside the archive of another package. */
  | { readonly kind: 'project' };

/** The dependencies; `problem` continues a sentence that begins with the file's name. */
export type ReadLock = { readonly dependencies: readonly LockedDependency[] } | { readonly problem: string };

export const MOST_LOCKED = 200_000;

const COMMIT = /^[\da-f]{40}(?:[\da-f]{24})?$/i;

export function isCommit(text: string | undefined): boolean {
  return COMMIT.test(text ?? '');
}

/** A git source with its commit behind the last `#`, as npm and yarn write it. */
export function gitSource(url: string): LockedSource {
  const hash = url.lastIndexOf('#');
  const fragment = hash === -1 ? undefined : url.slice(hash + 1).replace(/^commit=/, '');
  return { kind: 'git', url, commit: isCommit(fragment) };
}

/** Subresource integrity: the strongest of them counts. */
export function strengthOf(integrity: string | undefined): LockedDependency['hashed'] {
  const hashes = (integrity ?? '').split(/\s+/);
  if (hashes.some((each) => /^sha(?:256-[\w+/]{43}=|384-[\w+/]{64}|512-[\w+/]{86}==)(?:\?|$)/.test(each)))
    return 'yes';
  return hashes.some((each) => /^(?:sha1|md5)-/.test(each)) ? 'weak' : 'no';
}

/** `sha256:…`, as lockfiles of Python have it. */
export function strengthOfAll(hashes: readonly (string | undefined)[]): LockedDependency['hashed'] {
  if (hashes.length === 0) return 'no';
  const strong = (each: string | undefined) =>
    /^sha(?:256[:=][\da-f]{64}|384[:=][\da-f]{96}|512[:=][\da-f]{128})$/i.test(each ?? '');
  if (hashes.every(strong)) return 'yes';
  return hashes.every((each) => /^(?:sha\d+|md5|blake2\w)[:=]/.test(each ?? '')) ? 'weak' : 'no';
}
