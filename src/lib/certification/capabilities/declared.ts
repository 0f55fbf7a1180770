/** What a manifest says its server may do: `permissions` of the mpak trust framework; docs/certification.md has its shape. */
import { type JsonObject, listOf, objectOf, textOf } from '../safe-json.ts';

export interface Permissions {
  readonly filesystem: 'none' | 'read' | 'write' | 'full';
  readonly network: 'none' | 'outbound' | 'inbound' | 'full';
  /** Names of variables. */
  readonly environment: 'none' | 'full' | readonly string[];
  /** Names of programs. */
  readonly subprocess: 'none' | 'full' | readonly string[];
  readonly native: 'none' | 'full';
}

const VALUES = {
  filesystem: ['none', 'read', 'write', 'full'],
  network: ['none', 'outbound', 'inbound', 'full'],
  environment: ['none', 'full'],
  subprocess: ['none', 'full'],
  native: ['none', 'full'],
} as const;
const LISTS = new Set(['environment', 'subprocess']);

/** What the framework's extension of a manifest has. */
export function extensionOf(manifest: JsonObject): JsonObject | undefined {
  return objectOf(objectOf(manifest._meta)?.['org.mpaktrust']);
}

/** @returns the permissions, or what is wrong with them, each a sentence without its full stop */
export function readPermissions(manifest: JsonObject): { permissions: Permissions } | { problems: string[] } {
  const declared = objectOf(extensionOf(manifest)?.permissions);
  if (declared === undefined) return { problems: ['The manifest does not declare what the server may do'] };
  const read: Record<string, unknown> = {};
  const problems = Object.entries(VALUES).flatMap(([key, values]): string[] => {
    const value = declared[key];
    if (value === undefined) return [`The permission ${key} is not declared`];
    const names = LISTS.has(key) ? listOf(value)?.map(textOf) : undefined;
    if (names?.every((name) => name !== undefined && name !== '')) {
      read[key] = names;
      return [];
    }
    if ((values as readonly unknown[]).includes(value)) {
      read[key] = value;
      return [];
    }
    const list = LISTS.has(key) ? ', or a list of names' : '';
    return [`The permission ${key} is none of ${values.join(', ')}${list}`];
  });
  return problems.length > 0 ? { problems } : { permissions: read as unknown as Permissions };
}

/** The variables that the manifest itself gives its server: users see them, and what they are filled with. */
export function givenVariables(manifest: JsonObject): Set<string> {
  const config = objectOf(objectOf(manifest.server)?.mcp_config);
  const overrides = Object.values(objectOf(config?.platform_overrides) ?? {}).map(objectOf);
  return new Set([config, ...overrides].flatMap((each) => Object.keys(objectOf(each?.env) ?? {})));
}
