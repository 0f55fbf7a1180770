/**
 * `manifest.json` of a bundle, in the whole of the official mcpb schema of the version that it declares, 0.1 to 0.4.
 * log/entry.ts has the part of it that the index relies on.
 */

import { VERSIONED_MANIFEST_SCHEMAS } from '@anthropic-ai/mcpb/schemas';
import { isDeeperThan } from '../log/depth.ts';
import { refuse } from './archive-refusal.ts';

export const MANIFEST_PATH = 'manifest.json';
/** As much as a registry reads. */
export const MAX_MANIFEST_BYTES = 1024 * 1024;
/** As deep as a log entry may be, less what is around the manifest there. */
const MAX_DEPTH = 120;
const MOST_PROBLEMS_TOLD = 20;

type Schemas = typeof VERSIONED_MANIFEST_SCHEMAS;
export type ManifestVersion = keyof Schemas;
/** A manifest that is valid in its own version. */
export type BundleManifest = ReturnType<Schemas[ManifestVersion]['parse']>;

/** Something wrong with a manifest. */
export interface ManifestProblem {
  /** Where: `server.mcp_config.args.0`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

export type CheckedManifest =
  | { readonly manifest: BundleManifest; readonly version: ManifestVersion }
  | { readonly problems: readonly ManifestProblem[]; readonly version: ManifestVersion };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws MpakError MANIFEST_TOO_LARGE, MANIFEST_NOT_JSON, MANIFEST_VERSION, or MANIFEST_INVALID with every problem */
export function parseManifest(bytes: Uint8Array): BundleManifest {
  const checked = checkManifest(parseManifestJson(bytes));
  if ('manifest' in checked) return checked.manifest;
  const { problems, version } = checked;
  const told = problems
    .slice(0, MOST_PROBLEMS_TOLD)
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  if (problems.length > told.length) told.push(`and ${problems.length - told.length} more`);
  return refuse(
    'MANIFEST_INVALID',
    `manifest.json is no valid manifest of version ${version}. ${told.join('; ')}.`,
  );
}

/** The JSON in the bytes, bounded in size and depth. @throws MpakError MANIFEST_TOO_LARGE, MANIFEST_NOT_JSON */
export function parseManifestJson(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_MANIFEST_BYTES) {
    refuse('MANIFEST_TOO_LARGE', `manifest.json is larger than ${MAX_MANIFEST_BYTES} bytes.`);
  }
  let json: unknown;
  try {
    json = JSON.parse(utf8.decode(bytes));
  } catch (error) {
    return refuse('MANIFEST_NOT_JSON', 'manifest.json is not JSON in UTF-8.', error);
  }
  if (isDeeperThan(json, MAX_DEPTH)) {
    refuse('MANIFEST_NOT_JSON', `manifest.json is nested deeper than ${MAX_DEPTH} levels.`);
  }
  return json;
}

/** Compares with the schema of the version that the manifest declares. @throws MpakError MANIFEST_VERSION */
export function checkManifest(json: unknown): CheckedManifest {
  const version = declaredVersion(json);
  const parsed = VERSIONED_MANIFEST_SCHEMAS[version].safeParse(json);
  if (parsed.success) return { manifest: parsed.data, version };
  const problems = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  return { problems, version };
}

/** `dxt_version` is what `manifest_version` was called at first. */
function declaredVersion(json: unknown): ManifestVersion {
  const { manifest_version, dxt_version } = (json ?? {}) as Record<string, unknown>;
  const declared = manifest_version ?? dxt_version;
  if (typeof declared === 'string' && isKnown(declared)) return declared;
  const known = Object.keys(VERSIONED_MANIFEST_SCHEMAS).join(', ');
  const what = declared === undefined ? 'no version' : `the version ${JSON.stringify(declared).slice(0, 40)}`;
  return refuse('MANIFEST_VERSION', `manifest.json declares ${what}; mpak knows ${known}.`);
}

function isKnown(version: string): version is ManifestVersion {
  return Object.hasOwn(VERSIONED_MANIFEST_SCHEMAS, version);
}
