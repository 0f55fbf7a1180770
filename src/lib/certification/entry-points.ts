/** The files that a manifest starts: its entry point, and what its command and arguments name below its own folder. */
import { type JsonObject, listOf, objectOf, textOf } from './safe-json.ts';

const OWN_FOLDER = /^\$\{__dirname\}(?:[/\\]|\$\{\/\})(.+)$/;

/** @param files of the bundle, by path */
export function entryPointsOf(manifest: JsonObject, files: { has(path: string): boolean }): Set<string> {
  const found = new Set<string>();
  const add = (named: string | undefined) => {
    const inside = named
      ?.replaceAll('\u0024{/}', '/')
      .replaceAll('\\', '/')
      .replace(/^(?:\.\/)+/, '');
    if (inside === undefined) return;
    for (const name of [inside, `${inside}.exe`]) if (files.has(name)) found.add(name);
  };
  const server = objectOf(manifest.server);
  add(textOf(server?.entry_point));
  const config = objectOf(server?.mcp_config);
  const overrides = Object.values(objectOf(config?.platform_overrides) ?? {});
  for (const each of [config, ...overrides.map(objectOf)]) {
    for (const word of [each?.command, ...(listOf(each?.args) ?? [])]) {
      const text = textOf(word);
      add(OWN_FOLDER.exec(text ?? '')?.[1] ?? text);
    }
  }
  return found;
}
