export function parseServerPage(_json: unknown): undefined {
  return undefined;
}
