/**
 * What the publisher says of vulnerabilities: CycloneDX's `vulnerabilities` in the SBOM, or OpenVEX
 * (https://github.com/openvex/spec) in a file of its own. Only `not_affected` with one of the format's justifications
 * counts, and only for the component that it names.
 */
import type { ScannedBundle } from '../bundle.ts';
import { type JsonObject, listOf, objectOf, objectsOf, textOf } from '../safe-json.ts';
import { packageKey, parsePurl } from './package-id.ts';
import type { SbomDocument } from './sbom-document.ts';

const CYCLONEDX_JUSTIFICATIONS = new Set([
  'code_not_present',
  'code_not_reachable',
  'requires_configuration',
  'requires_dependency',
  'requires_environment',
  'protected_by_compiler',
  'protected_at_runtime',
  'protected_at_perimeter',
  'protected_by_mitigating_control',
]);
const OPENVEX_JUSTIFICATIONS = new Set([
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
]);
const OPENVEX_FILE = /^(?:[^/]+\.)?(?:open)?vex\.json$/;
const MAX_BYTES = 4 * 1024 * 1024;
const MOST_STATEMENTS = 50_000;

/** What is said of a vulnerability in a component: why it does not matter, or that it was said without a reason. */
export interface VexStatement {
  readonly file: string;
  /** Null: it gives none that the format knows. */
  readonly justification: string | null;
}

export class Vex {
  /** By package and vulnerability. */
  readonly #statements = new Map<string, VexStatement>();
  #count = 0;

  constructor(bundle: ScannedBundle, sbom: SbomDocument | undefined) {
    if (sbom !== undefined) this.#readCycloneDx(sbom);
    for (const { path, size, origin } of bundle.files) {
      if (origin !== 'own' || !OPENVEX_FILE.test(path) || size > MAX_BYTES) continue;
      const read = bundle.readJson(path);
      const json = read !== undefined && 'json' in read ? objectOf(read.json) : undefined;
      if (json !== undefined) this.#readOpenVex(json, path);
    }
  }

  /** @param key of the package @param ids of the vulnerability, all its names */
  of(key: string, ids: readonly string[]): VexStatement | undefined {
    const found = ids.map((id) => this.#statements.get(`${key} ${id}`)).filter((each) => each !== undefined);
    return found.find(({ justification }) => justification !== null) ?? found[0];
  }

  #readCycloneDx({ path, components, vulnerabilities }: SbomDocument): void {
    const byRef = new Map(components.map(({ ref, purl }) => [ref, purl]));
    for (const { id, analysis, affects } of vulnerabilities) {
      const { state, justification } = objectOf(analysis) ?? {};
      if (state !== 'not_affected') continue;
      for (const { ref } of objectsOf(affects)) {
        const named = textOf(ref) ?? '';
        this.#add(byRef.get(named) ?? named, [id], path, justified(justification, CYCLONEDX_JUSTIFICATIONS));
      }
    }
  }

  #readOpenVex(json: JsonObject, path: string): void {
    if (!textOf(json['@context'])?.startsWith('https://openvex.dev/ns')) return;
    for (const { vulnerability, products, status, justification } of objectsOf(json.statements)) {
      if (status !== 'not_affected') continue;
      const { name, aliases } = objectOf(vulnerability) ?? { name: vulnerability };
      const ids = [name, ...(listOf(aliases) ?? [])];
      for (const product of listOf(products) ?? []) {
        const parts = objectsOf(objectOf(product)?.subcomponents);
        // What is said of parts of the bundle is said of those alone.
        const named = parts.length > 0 ? parts : [objectOf(product) ?? { '@id': product }];
        for (const each of named) {
          const identifier = objectOf(each.identifiers)?.purl ?? each['@id'];
          this.#add(textOf(identifier), ids, path, justified(justification, OPENVEX_JUSTIFICATIONS));
        }
      }
    }
  }

  #add(purl: string | undefined, ids: readonly unknown[], file: string, justification: string | null): void {
    const id = parsePurl(purl ?? '');
    if (id === undefined) return;
    for (const each of ids) {
      this.#count += 1;
      if (typeof each !== 'string' || this.#count > MOST_STATEMENTS) continue;
      const place = `${packageKey(id)} ${each}`;
      if (justification !== null || !this.#statements.has(place)) {
        this.#statements.set(place, { file, justification });
      }
    }
  }
}

function justified(justification: unknown, known: ReadonlySet<string>): string | null {
  return typeof justification === 'string' && known.has(justification) ? justification : null;
}
