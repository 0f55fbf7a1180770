/** JSON as npm reads it: a byte order mark at its start does not count. */

/** @throws SyntaxError */
export function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** The object that it is, or undefined when it is none. */
export function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    return asObject(parseJson(bytes));
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): Record<string, unknown> | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
