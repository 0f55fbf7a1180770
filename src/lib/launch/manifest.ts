/**
 * What a manifest (mcpb 0.1 to 0.4) says of starting its server. Read by hand, without a schema library: this is on
 * the way of every `mpak run`, and the rest of the manifest does not matter here.
 */
import { MpakError } from '../errors.ts';
import { SERVER_TYPES, type ServerType } from '../index/bundle-types.ts';

export const FIELD_TYPES = ['string', 'number', 'boolean', 'directory', 'file'] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

/** A setting that the user is asked for. */
export interface Field {
  readonly key: string;
  readonly type: FieldType;
  readonly title: string;
  readonly description: string;
  readonly required: boolean;
  readonly multiple: boolean;
  readonly sensitive: boolean;
  readonly default: string | readonly string[] | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/** How the server is started: `mcp_config`, or one of its platform overrides. */
export interface McpConfig {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface ServerManifest {
  readonly name: string;
  readonly version: string;
  readonly type: ServerType;
  readonly entryPoint: string | undefined;
  /** Undefined when the manifest leaves it to the host, as those of type uv may. */
  readonly mcpConfig: McpConfig | undefined;
  readonly overrides: ReadonlyMap<string, Partial<McpConfig>>;
  readonly fields: readonly Field[];
  /** Values of `process.platform`; undefined for any. */
  readonly platforms: readonly string[] | undefined;
  readonly runtimes: { readonly node: string | undefined; readonly python: string | undefined };
}

/**
 * @param json content of a manifest.json
 * @throws MpakError SERVER_INVALID
 */
export function readServerManifest(json: unknown): ServerManifest {
  const manifest = record(json, 'The manifest');
  const name = text(manifest.name, 'name') ?? 'the bundle';
  const server = record(manifest.server, `"server" in the manifest of ${name}`);
  const type = SERVER_TYPES.find((known) => known === server.type);
  if (type === undefined) {
    throw invalid(
      `The server of ${name} is of type ${JSON.stringify(server.type)}, which mpak does not know.`,
      {
        hint: `It knows ${SERVER_TYPES.join(', ')}. A newer mpak may know more.`,
      },
    );
  }
  const config = optionalRecord(server.mcp_config, 'mcp_config');
  const compatibility = optionalRecord(manifest.compatibility, 'compatibility') ?? {};
  const runtimes = optionalRecord(compatibility.runtimes, 'runtimes') ?? {};
  return {
    name,
    version: text(manifest.version, 'version') ?? '',
    type,
    entryPoint: text(server.entry_point, 'entry_point'),
    mcpConfig: config && { command: '', args: [], env: {}, ...readMcpConfig(config) },
    overrides: new Map(
      Object.entries(optionalRecord(config?.platform_overrides, 'platform_overrides') ?? {}).map(
        ([platform, override]) => [platform, readMcpConfig(record(override, 'A platform override'))],
      ),
    ),
    fields: readFields(manifest),
    platforms: texts(compatibility.platforms, 'platforms'),
    runtimes: { node: text(runtimes.node, 'node'), python: text(runtimes.python, 'python') },
  };
}

/** The settings of a manifest alone. @throws MpakError SERVER_INVALID */
export function readFields(manifest: { readonly user_config?: unknown }): Field[] {
  const declared = optionalRecord(manifest.user_config, 'user_config') ?? {};
  return Object.entries(declared).map(([key, value]) => {
    const field = record(value, `The setting ${JSON.stringify(key)}`);
    return {
      key,
      type: FIELD_TYPES.find((known) => known === field.type) ?? 'string',
      title: text(field.title, 'title') ?? key,
      description: text(field.description, 'description') ?? '',
      required: field.required === true,
      multiple: field.multiple === true,
      sensitive: field.sensitive === true,
      default: readDefault(field.default),
      min: typeof field.min === 'number' ? field.min : undefined,
      max: typeof field.max === 'number' ? field.max : undefined,
    };
  });
}

function readDefault(value: unknown): string | string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value.map(String);
  if (typeof value === 'object') throw invalid('A default in user_config is an object.');
  return String(value);
}

function readMcpConfig(config: Record<string, unknown>): Partial<McpConfig> {
  const command = text(config.command, 'command');
  const args = texts(config.args, 'args');
  const env = optionalRecord(config.env, 'env');
  return {
    ...(command && { command }),
    ...(args && { args }),
    ...(env && {
      env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, text(value, name) ?? ''])),
    }),
  };
}

function invalid(message: string, options: { hint?: string } = {}): MpakError {
  const hint = options.hint ?? 'The bundle cannot be started; its author can mend it.';
  return new MpakError('SERVER_INVALID', message, { hint });
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw invalid(`${what} must be a JSON object.`);
  }
  return value as Record<string, unknown>;
}

function optionalRecord(value: unknown, what: string): Record<string, unknown> | undefined {
  return value === undefined || value === null ? undefined : record(value, `"${what}" in the manifest`);
}

function text(value: unknown, what: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalid(`"${what}" in the manifest must be a string.`);
  return value;
}

function texts(value: unknown, what: string): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) {
    throw invalid(`"${what}" in the manifest must be a list of strings.`);
  }
  return value as string[];
}
