/**
 * The software bill of materials of a bundle: CycloneDX 1.6 in JSON, `sbom.cdx.json`. It lists what is vendored, as the
 * packages themselves say, and nothing that differs from one run to the next: no serial number, no time.
 */
import { PackageURL } from 'packageurl-js';
import parseExpression from 'spdx-expression-parse';
import type { BundleContent } from './collect.ts';
import { type VendoredPackage, vendoredPackages } from './vendored.ts';

export const SBOM_PATH = 'sbom.cdx.json';

/** What of the bundle's own manifest the document names. */
export interface SbomSubject {
  readonly name: string;
  readonly version: string;
  readonly license?: string | undefined;
}

export interface Sbom {
  readonly text: string;
  readonly components: number;
  /** Vendored packages without a name or a version. */
  readonly unknown: readonly string[];
}

/** A document of the packages in the content, ordered by purl. */
export function makeSbom(subject: SbomSubject, content: BundleContent): Sbom {
  const { packages, unknown } = vendoredPackages(content);
  const components = packages.map(component);
  const unique = new Map(components.map((each) => [each['bom-ref'], each]));
  const sorted = [...unique.values()].sort((one, other) => (one['bom-ref'] < other['bom-ref'] ? -1 : 1));
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      tools: { components: [{ type: 'application', name: 'mpak' }] },
      component: {
        type: 'application',
        'bom-ref': `${subject.name}@${subject.version}`,
        name: subject.name,
        version: subject.version,
        ...licenses(subject.license),
      },
    },
    components: sorted,
  };
  return { text: `${JSON.stringify(document, undefined, 2)}\n`, components: sorted.length, unknown };
}

function component(vendored: VendoredPackage) {
  const { name, version, license, sha512 } = vendored;
  const slash = name.indexOf('/');
  const namespace = slash === -1 ? undefined : name.slice(0, slash);
  const purl = purlOf(vendored, namespace, name.slice(slash + 1));
  return {
    type: 'library',
    'bom-ref': purl ?? `${name}@${version}`,
    ...(namespace !== undefined && { group: namespace }),
    name: name.slice(slash + 1),
    version,
    ...(sha512 !== undefined && { hashes: [{ alg: 'SHA-512', content: sha512 }] }),
    ...licenses(license),
    ...(purl !== undefined && { purl }),
  };
}

/** None for what is of a folder: its name at a registry may be somebody else's. */
function purlOf({ type, version, origin }: VendoredPackage, namespace: string | undefined, name: string) {
  if (origin === 'folder') return undefined;
  const qualifiers = origin === 'registry' ? undefined : { vcs_url: origin.git };
  return new PackageURL(type, namespace, name, version, qualifiers, undefined).toString();
}

/** What is an SPDX expression is given as one, anything else as a name. */
function licenses(license: string | undefined) {
  if (license === undefined || license === '') return {};
  return { licenses: [isExpression(license) ? { expression: license } : { license: { name: license } }] };
}

function isExpression(license: string): boolean {
  try {
    parseExpression(license);
    return true;
  } catch {
    return false;
  }
}
