/**
 * JSON out of a bundle: limited in size and depth, and made of objects without a prototype, so that neither a key such as
 * `__proto__` nor a name that is missing leads anywhere.
 */
import { isDeeperThan } from '../log/depth.ts';

const MAX_DEPTH = 120;

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export type ReadJson = { readonly json: Json } | { readonly problem: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Never throws; `problem` continues a sentence that begins with the file's name. */
export function readJson(bytes: Uint8Array, maxBytes: number): ReadJson {
  if (bytes.length > maxBytes) return { problem: `is larger than ${maxBytes} bytes` };
  let json: unknown;
  try {
    json = JSON.parse(utf8.decode(bytes));
  } catch {
    return { problem: 'is not JSON in UTF-8' };
  }
  return safeJson(json);
}

/** The same of what another parser made: of YAML, of TOML. */
export function safeJson(value: unknown): ReadJson {
  if (isDeeperThan(value, MAX_DEPTH)) return { problem: `is nested deeper than ${MAX_DEPTH} levels` };
  return { json: bare(value) };
}

export function objectOf(value: Json | undefined): JsonObject | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

export function listOf(value: Json | undefined): readonly Json[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** The objects of a list; what else is in it is left out. */
export function objectsOf(value: Json | undefined): readonly JsonObject[] {
  return (listOf(value) ?? []).map(objectOf).filter((each) => each !== undefined);
}

export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** As deep as was checked. */
function bare(value: unknown): Json {
  if (value === null || typeof value !== 'object') return value as Json;
  if (Array.isArray(value)) return value.map(bare);
  const object: Record<string, Json> = Object.create(null);
  for (const [key, each] of Object.entries(value)) object[key] = bare(each);
  return object;
}
