/** JSON objects of the configuration, as they are in its file. */

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** An object without a key. */
export function without(json: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(json).filter(([name]) => name !== key));
}
