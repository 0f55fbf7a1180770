/**
 * The bill of materials in a bundle: CycloneDX 1.4 to 1.6 (https://cyclonedx.org/specification/overview) or SPDX 2.3
 * (https://spdx.github.io/spdx-spec/v2.3), in JSON. Only what names components is read, and no reference is followed.
 */
import type { ScannedBundle } from '../bundle.ts';
import { sbomOf } from '../dependency-files.ts';
import { type Json, type JsonObject, listOf, objectOf, objectsOf, textOf } from '../safe-json.ts';

const CYCLONEDX_VERSIONS = new Set(['1.4', '1.5', '1.6']);
const SPDX_VERSION = 'SPDX-2.3';
/** CycloneDX: what is no package of anybody. */
const NO_PACKAGES = new Set([
  'file',
  'data',
  'device',
  'device-driver',
  'firmware',
  'platform',
  'operating-system',
  'machine-learning-model',
  'cryptographic-asset',
]);
/** Far more than an archive has files. */
const MOST_COMPONENTS = 100_000;

/** As the document says; nothing is believed yet. */
export interface SbomComponent {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly purl: string | undefined;
  /** Its `bom-ref` or SPDXID. */
  readonly ref: string | undefined;
}

export interface SbomDocument {
  readonly path: string;
  readonly components: readonly SbomComponent[];
  /** CycloneDX: what its publisher says of vulnerabilities. */
  readonly vulnerabilities: readonly JsonObject[];
}

export type ReadSbom =
  | SbomDocument
  /** Continues a sentence that begins with the file's name. */
  | { readonly path: string; readonly problem: string };

/** @returns undefined when there is none */
export function readSbom(bundle: ScannedBundle): ReadSbom | undefined {
  const found = sbomOf(bundle);
  if (found === undefined) return undefined;
  const { path } = found.file;
  const read = bundle.readJson(path);
  if (read === undefined || 'problem' in read) return { path, problem: read?.problem ?? 'is missing' };
  const json = objectOf(read.json);
  if (json === undefined) return { path, problem: 'is no object' };
  const parsed = found.name === 'sbom.spdx.json' ? readSpdx(json) : readCycloneDx(json);
  return { path, ...parsed };
}

type Parsed = { readonly problem: string } | Omit<SbomDocument, 'path'>;

function readCycloneDx(json: JsonObject): Parsed {
  if (json.bomFormat !== 'CycloneDX') return { problem: 'is no CycloneDX document' };
  if (!CYCLONEDX_VERSIONS.has(textOf(json.specVersion) ?? '')) {
    return { problem: 'is not of CycloneDX 1.4, 1.5 or 1.6' };
  }
  const vulnerabilities = objectsOf(json.vulnerabilities);
  const components: SbomComponent[] = [];
  // Components hold components; as deep as the reader of JSON lets them.
  const open: (Json | undefined)[] = [json.components];
  for (let next = open.pop(); open.length > 0 || next !== undefined; next = open.pop()) {
    const list = listOf(next);
    if (next !== undefined && list === undefined) return { problem: 'has components that are no list' };
    for (const each of list ?? []) {
      const component = objectOf(each);
      if (component === undefined) return { problem: 'has a component that is no object' };
      if (components.length === MOST_COMPONENTS) return tooMany();
      if (component.components !== undefined) open.push(component.components);
      if (NO_PACKAGES.has(textOf(component.type) ?? '')) continue;
      const group = textOf(component.group);
      const name = textOf(component.name);
      components.push({
        name: group && name ? `${group}/${name}` : name,
        version: textOf(component.version),
        purl: textOf(component.purl),
        ref: textOf(component['bom-ref']),
      });
    }
  }
  return { components, vulnerabilities };
}

function readSpdx(json: JsonObject): Parsed {
  if (json.spdxVersion !== SPDX_VERSION) return { problem: 'is not of SPDX 2.3' };
  const packages = listOf(json.packages);
  if (packages === undefined) return { problem: 'has no list of packages' };
  if (packages.length > MOST_COMPONENTS) return tooMany();
  const described = describedBy(json);
  const components: SbomComponent[] = [];
  for (const each of packages) {
    const found = objectOf(each);
    if (found === undefined) return { problem: 'has a package that is no object' };
    const ref = textOf(found.SPDXID);
    const purl = objectsOf(found.externalRefs).find(({ referenceType }) => referenceType === 'purl');
    const component = {
      name: textOf(found.name),
      version: textOf(found.versionInfo),
      purl: textOf(purl?.referenceLocator),
      ref,
    };
    // What the document is about is the bundle itself.
    if (component.purl === undefined && ref !== undefined && described.has(ref)) continue;
    components.push(component);
  }
  return { components, vulnerabilities: [] };
}

/** What a document says it describes: one package, else it says nothing by it. */
function describedBy(json: JsonObject): ReadonlySet<string> {
  const listed = (listOf(json.documentDescribes) ?? []).flatMap((each) => textOf(each) ?? []);
  const related = objectsOf(json.relationships)
    .filter(({ relationshipType }) => relationshipType === 'DESCRIBES')
    .flatMap(({ relatedSpdxElement }) => textOf(relatedSpdxElement) ?? []);
  const described = new Set([...listed, ...related]);
  return described.size === 1 ? described : new Set();
}

function tooMany(): Parsed {
  return { problem: `lists more than ${MOST_COMPONENTS} components` };
}
