/** The packages that a bundle carries along, by what they say of themselves, and folders of packages that say nothing. */
import { type VendoredPackage, vendoredPackages } from '../../pack/vendored.ts';
import type { ScannedBundle } from '../bundle.ts';
import { compareText } from '../finding.ts';

export interface CarriedPackages {
  /** In the order of their paths. */
  readonly packages: readonly VendoredPackage[];
  /** Files or folders of packages without a name or a version that could be one; ordered. */
  readonly unknown: readonly string[];
}

/** The folder that Node.js takes for a package, or the file that it takes for one. Names with a dot are its tools'. */
const MODULE = /^(.*\/)?node_modules\/((?:@[^/]+\/)?[^/@.][^/]*)(\/|$)/;

/** Asked once for a bundle, by several controls. */
const known = new WeakMap<ScannedBundle, CarriedPackages>();

export function carriedPackages(bundle: ScannedBundle): CarriedPackages {
  const before = known.get(bundle);
  if (before !== undefined) return before;
  const paths = new Set(bundle.files.map(({ path }) => path));
  const { packages, unknown } = vendoredPackages({ paths, read: (path) => bundle.read(path) });
  const carried = { packages, unknown: [...unknown, ...nameless(paths)].sort(compareText) };
  known.set(bundle, carried);
  return carried;
}

/** Folders in node_modules without a package.json, and files right in it: both can be imported. */
function nameless(paths: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  for (const path of paths) {
    const [, above = '', name = '', end] = MODULE.exec(path) ?? [];
    if (name === '') continue;
    const folder = `${above}node_modules/${name}`;
    if (end === '' || !paths.has(`${folder}/package.json`)) found.add(folder);
  }
  return found;
}
