/** Where a bundle says what it depends on: its lockfiles, what they lock, and its SBOM. By name; they are not read here. */
import type { BundleFile, ScannedBundle } from './bundle.ts';

/** In the order in which the tools ask for them. */
const LOCKFILES = [
  'npm-shrinkwrap.json',
  'package-lock.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'bun.lock',
  'uv.lock',
  'pylock.toml',
  'poetry.lock',
  'Pipfile.lock',
  'requirements.txt',
] as const;
export type LockfileName = (typeof LOCKFILES)[number];

/** mpak trust framework, SC-01; the first that is there counts. */
const SBOMS = ['sbom.cdx.json', 'sbom.json', 'sbom.spdx.json'] as const;

/** What a project asks for, before it was resolved. */
const REQUESTS = ['package.json', 'pyproject.toml', 'setup.cfg', 'Pipfile'] as const;

export interface DependencyFile<Name extends string> {
  readonly name: Name;
  readonly file: BundleFile;
}

/** The publisher's own, at the root or in a folder of the server; those of packages say nothing of the bundle. */
export function lockfilesOf(bundle: ScannedBundle): DependencyFile<LockfileName>[] {
  return ownNamed(bundle, LOCKFILES);
}

export function requestsOf(bundle: ScannedBundle): DependencyFile<(typeof REQUESTS)[number]>[] {
  return ownNamed(bundle, REQUESTS);
}

/** At the root, or undefined. */
export function sbomOf(bundle: ScannedBundle): DependencyFile<(typeof SBOMS)[number]> | undefined {
  for (const name of SBOMS) {
    const file = bundle.file(name);
    if (file !== undefined) return { name, file };
  }
  return undefined;
}

/** Ordered by name as listed, then by path. */
function ownNamed<Name extends string>(
  { files }: ScannedBundle,
  names: readonly Name[],
): DependencyFile<Name>[] {
  return names.flatMap((name) =>
    files
      .filter(({ path, origin }) => origin === 'own' && (path === name || path.endsWith(`/${name}`)))
      .map((file) => ({ name, file })),
  );
}
