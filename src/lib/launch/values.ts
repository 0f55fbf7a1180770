/** The values of a server's settings: from flags, the configuration, the environment, or the manifest's default. */
import path from 'node:path';
import type { UserConfig } from '../config/user-config.ts';
import { MpakError } from '../errors.ts';
import type { Field } from './manifest.ts';
import { aliasesOf, substitute, type Variables } from './substitute.ts';

export interface Sources {
  /** Given for this run. */
  readonly flags: Readonly<Record<string, string | readonly string[]>>;
  /** `packages.<name>.user_config` of config.json. */
  readonly stored: UserConfig;
  readonly environment: NodeJS.ProcessEnv;
  /** `mcp_config.env` of the manifest: says which variable of the environment is which setting. */
  readonly env: Readonly<Record<string, string>>;
  /** What defaults may contain: the user's folders, and the bundle's. */
  readonly system: Variables;
  /** Where the user stands: relative paths in flags start there. */
  readonly cwd: string;
}

/** A file or folder that the user named, and that must be there. */
export interface NamedPath {
  readonly field: Field;
  readonly path: string;
}

export interface Values {
  /** By key; null for what has no value. */
  readonly values: ReadonlyMap<string, string | readonly string[] | null>;
  readonly missing: readonly Field[];
  readonly paths: readonly NamedPath[];
  /** Keys whose value is the user's own and not the bundle's default. */
  readonly chosen: ReadonlySet<string>;
}

/** A path that begins in the user's home. */
export const AT_HOME = /^~(?=$|[/\\])/;

type Origin = 'flag' | 'config' | 'environment' | 'default';

/** @throws MpakError USER_CONFIG_INVALID for the first value that is not what the manifest asks for */
export function gatherValues(fields: readonly Field[], sources: Sources): Values {
  refuseUnknown(fields, sources.flags);
  const values = new Map<string, string | readonly string[] | null>();
  const missing: Field[] = [];
  const paths: NamedPath[] = [];
  const chosen = new Set<string>();
  for (const field of fields) {
    const [origin, given] = find(field, sources);
    const value = given === undefined ? null : parse(field, given, origin, sources);
    if (field.required && isEmpty(value)) missing.push(field);
    values.set(field.key, value ?? (field.multiple ? [] : null));
    if (value === null || origin === 'default') continue;
    chosen.add(field.key);
    if (field.type !== 'directory' && field.type !== 'file') continue;
    for (const file of [value].flat()) if (file !== '') paths.push({ field, path: file });
  }
  return { values, missing, paths, chosen };
}

/**
 * Whether a value is what the manifest asks for, as text or as a list of texts.
 * @throws MpakError USER_CONFIG_INVALID
 */
export function checkValue(field: Field, value: string | readonly string[]): string | string[] {
  if (typeof value !== 'string') {
    if (!field.multiple && value.length !== 1) throw invalid(field, 'takes one value, not several');
    const parsed = value.map((item) => checkOne(field, item));
    return field.multiple ? parsed : (parsed[0] as string);
  }
  return field.multiple ? [checkOne(field, value)] : checkOne(field, value);
}

export function invalid(field: Field, why: string): MpakError {
  return new MpakError('USER_CONFIG_INVALID', `The setting "${field.key}" ${why}.`, {
    hint: field.description === '' ? `It is: ${field.title}.` : `It is: ${field.title}. ${field.description}`,
  });
}

function find(field: Field, sources: Sources): [Origin, string | readonly string[] | undefined] {
  const { key } = field;
  if (Object.hasOwn(sources.flags, key)) return ['flag', sources.flags[key]];
  const stored = Object.hasOwn(sources.stored, key) ? sources.stored[key] : undefined;
  if (stored !== undefined) return ['config', Array.isArray(stored) ? stored.map(String) : String(stored)];
  for (const name of aliasesOf(key, sources.env)) {
    const value = Object.hasOwn(sources.environment, name) ? sources.environment[name] : undefined;
    // An empty variable is one that somebody has cleared.
    if (value) return ['environment', value];
  }
  return ['default', field.default];
}

function parse(
  field: Field,
  given: string | readonly string[],
  origin: Origin,
  sources: Sources,
): string | readonly string[] {
  if (origin === 'default') {
    // Of the bundle's author, who may refer to folders, and need not know that they are there.
    return typeof given === 'string'
      ? substitute(given, sources.system)
      : given.map((item) => substitute(item, sources.system));
  }
  const value = checkValue(field, given);
  if (field.type !== 'directory' && field.type !== 'file') return value;
  const place = (file: string) => absolute(field, file, origin, sources);
  return typeof value === 'string' ? place(value) : value.map(place);
}

/** A path in config.json must not depend on where `mpak run` is started. */
function absolute(field: Field, file: string, origin: Origin, { system, cwd }: Sources): string {
  if (file === '' || path.isAbsolute(file)) return file;
  const home = system.get('HOME');
  if (AT_HOME.test(file) && typeof home === 'string') return path.join(home, file.slice(1));
  if (origin === 'config') throw invalid(field, `is ${shown(field, file)}, which is no absolute path`);
  return path.resolve(cwd, file);
}

function checkOne(field: Field, text: string): string {
  if (text.includes('\0')) throw invalid(field, 'contains a NUL character');
  if (text === '') return text;
  if (field.type === 'boolean') {
    if (/^(true|1|yes|on)$/i.test(text)) return 'true';
    if (/^(false|0|no|off)$/i.test(text)) return 'false';
    throw invalid(field, `is ${shown(field, text)}, and must be true or false`);
  }
  if (field.type !== 'number') return text;
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) {
    throw invalid(field, `is ${shown(field, text)}, and must be a number`);
  }
  if (field.min !== undefined && number < field.min) throw invalid(field, `must be at least ${field.min}`);
  if (field.max !== undefined && number > field.max) throw invalid(field, `must be at most ${field.max}`);
  return text.trim();
}

/** A value as errors have it. */
export function shown(field: Pick<Field, 'sensitive'>, text: string): string {
  return field.sensitive ? 'not shown' : JSON.stringify(text);
}

function refuseUnknown(fields: readonly Field[], flags: Sources['flags']): void {
  for (const key of Object.keys(flags)) {
    if (fields.some((field) => field.key === key)) continue;
    const known = fields.map((field) => field.key).join(', ');
    throw new MpakError('USER_CONFIG_INVALID', `The bundle has no setting ${JSON.stringify(key)}.`, {
      hint: known === '' ? 'It has none at all.' : `It has ${known}.`,
    });
  }
}

function isEmpty(value: string | readonly string[] | null): boolean {
  return value === null || value.length === 0 || (Array.isArray(value) && value.includes(''));
}
