/** SC-01: a bill of materials in which each component has a name, an exact version and a purl, and nothing is left out. */
import type { VendoredPackage } from '../../pack/vendored.ts';
import { control } from '../control.ts';
import type { Finding } from '../finding.ts';
import { carriedPackages } from '../supply/carried.ts';
import { canonicalName, isExact, packageKey, parsePurl } from '../supply/package-id.ts';
import { readSbom, type SbomComponent } from '../supply/sbom-document.ts';
import { told } from '../supply/told.ts';

const MAKE = 'Make it anew: `mpak bundle pack` writes sbom.cdx.json.';

export const sbom = control('SC-01', {
  check(bundle) {
    const document = readSbom(bundle);
    if (document === undefined) return { findings: [finding(null, 'There is no SBOM', MAKE)] };
    if ('problem' in document) {
      return { findings: [finding(document.path, `The SBOM ${document.problem}`, MAKE)] };
    }
    const { packages, unknown } = carriedPackages(bundle);
    const listed = new Set<string>();
    const findings: Finding[] = [];
    for (const component of document.components) {
      const problem = problemOf(component, packages);
      if (problem === undefined) listed.add(keyOf(component));
      else findings.push(finding(document.path, `${labelOf(component)} ${problem}`, MAKE));
    }
    for (const each of packages) {
      const key = each.origin === 'folder' ? ownKey(each.name, each.version) : packageKey(each);
      if (listed.has(key) || listed.has(packageKey(each))) continue;
      findings.push(finding(each.path, `The SBOM does not list ${each.name} ${each.version}`, MAKE));
    }
    for (const path of unknown) {
      findings.push(
        finding(
          path,
          'This package does not say which it is, so no SBOM can list it',
          'Vendor it with its package.json or METADATA, with a name and an exact version.',
        ),
      );
    }
    return { findings: told(findings) };
  },
});

/** Of a package that no registry has: it has no purl. */
function ownKey(name: string, version: string): string {
  return `folder:${name}@${version}`;
}

function keyOf({ name = '', version = '', purl }: SbomComponent): string {
  const id = parsePurl(purl ?? '');
  return id === undefined ? ownKey(name, version) : packageKey(id);
}

function problemOf(component: SbomComponent, packages: readonly VendoredPackage[]): string | undefined {
  const { name, version, purl } = component;
  if (!name) return 'has no name';
  if (!version) return 'has no version';
  if (purl === undefined) {
    const isOwn = packages.some(
      (each) => each.origin === 'folder' && each.name === name && each.version === version,
    );
    return isOwn ? undefined : 'has no purl';
  }
  const id = parsePurl(purl);
  if (id === undefined) return 'has a purl that is none, or that has no version';
  if (!isExact(id.type, id.version) || !isExact(id.type, version)) return 'has no exact version';
  if (packageKey({ ...id, version }) !== packageKey(id)) return 'has another version in its purl';
  // A namespace may stand in the name, in the group, or in the purl alone.
  const names = [id.name, id.name.slice(id.name.lastIndexOf('/') + 1)].map((each) =>
    canonicalName(id.type, each),
  );
  return names.includes(canonicalName(id.type, name)) ? undefined : 'has another name in its purl';
}

function labelOf({ name, version, purl, ref }: SbomComponent): string {
  return `The component ${[name, version].filter(Boolean).join(' ') || purl || ref || 'without a name'}`;
}

function finding(file: string | null, title: string, remedy: string): Finding {
  return { severity: 'high', file, line: null, title, remedy, blocks: 1 };
}
