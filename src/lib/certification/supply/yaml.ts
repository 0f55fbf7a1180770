/** YAML as lockfiles have it: plain values, each key once, no alias. */
import { isScalar, parseDocument, visit } from 'yaml';

/** @throws Error for anything else */
export function parseYaml(text: string): unknown {
  // The library compares each key with every other one of its map; here that is done below, once for each.
  const options = { schema: 'core', uniqueKeys: false, logLevel: 'error', prettyErrors: false } as const;
  const document = parseDocument(text, options);
  const [error] = document.errors;
  if (error !== undefined) throw error;
  visit(document, {
    Alias: () => {
      throw new Error('It has an alias.');
    },
    Map: (_key, { items }) => {
      const keys = new Set(items.map(({ key }) => (isScalar(key) ? String(key.value) : key)));
      if (keys.size < items.length) throw new Error('It has a key twice.');
    },
  });
  return document.toJS();
}
