/**
 * Which modules go into one file of the bundle: what every start loads, and what the commands that must start fast load
 * beyond that. V8 reads all of a file's code cache, and copies all of its text, for whatever part of it is run.
 */
import path from 'node:path';
import type { OutputChunk } from 'rolldown';

const ROOT = path.join(import.meta.dirname, '..');

/** The names of the programs' first modules begin so. */
export const ENTRY = '\0entry:';

/** What AI clients do each time they open, and people at every prompt: each is a file, without what is in one before. */
const HOT = {
  line: 'src/cli/dispatch.ts',
  search: 'src/commands/bundle/search.ts',
  cache: 'src/lib/cache/bundle-cache.ts',
  run: 'src/commands/bundle/run.ts',
  sync: 'src/commands/sync.ts',
};

/** What is reached from there, and used by nobody who makes no mistake and asks for no help. */
const REST = 'rest';

/** Of packages, what those commands do run. What is missing here is found in the rest, which then is loaded too. */
const RUN_OF_PACKAGES = [
  /[\\/]node_modules[\\/](?:better-sqlite3|semver)[\\/]/,
  new RegExp(
    `@oclif/core/(?:package\\.json|lib/(?:${[
      'args|cache|command|flags|index|logger|performance|settings',
      'config/(?:config|index|util)',
      'errors/index',
      'help/(?:formatter|index|util)',
      'parser/(?:index|parse|validate)',
      'util/(?:aggregate-flags|ids|util)',
    ].join('|')})\\.js)$`.replaceAll('/', '[\\\\/]'),
  ),
];

/** @param chunks as they fall @returns the modules of a file, by its name */
export function hotModules(chunks: readonly OutputChunk[]): Record<string, Set<string>> {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const closure = (names: readonly string[], seen: Set<string> = new Set()): Set<string> => {
    for (const name of names) {
      const chunk = byName.get(name);
      if (chunk === undefined || seen.has(name)) continue;
      seen.add(name);
      closure(chunk.imports, seen);
    }
    return seen;
  };
  const modulesOf = (names: Iterable<string>) =>
    [...names].flatMap((name) => byName.get(name)?.moduleIds ?? []);
  const namesOf = (found: readonly OutputChunk[]) => found.map((chunk) => chunk.fileName);
  const start = closure(namesOf(chunks.filter((chunk) => chunk.isEntry)));
  const groups = { start: new Set(modulesOf(start).filter((id) => !id.startsWith(ENTRY))) };
  const rest = new Set<string>();
  const before = start;
  for (const [name, file] of Object.entries(HOT)) {
    const found = closure(namesOf(chunks.filter((chunk) => chunk.moduleIds.includes(path.join(ROOT, file)))));
    const modules = modulesOf(found.difference(before));
    for (const id of modules.filter((each) => !isRun(each))) rest.add(id);
    Object.assign(groups, { [name]: new Set(modules.filter(isRun)) });
    for (const each of found) before.add(each);
  }
  return Object.assign(groups, { [REST]: rest });
}

function isRun(id: string): boolean {
  return !id.includes('node_modules') || RUN_OF_PACKAGES.some((pattern) => pattern.test(id));
}

/** Files of the bundle require one another in their first lines. The hot ones and the rest are required at first use. */
export function loadedLate(code: string): string {
  let changed = code;
  for (const name of [...Object.keys(HOT), REST]) {
    const required = new RegExp(`\\bconst require_${name}=(require\\("\\./${name}-[^"]+"\\));`);
    if (!required.test(changed)) continue;
    changed = changed
      .replace(required, `let loaded_${name};const load_${name}=()=>loaded_${name}??=$1;`)
      .replace(new RegExp(`\\bnew require_${name}\\.([\\w$]+)`, 'g'), `new (load_${name}().$1)`)
      .replace(new RegExp(`\\brequire_${name}\\.`, 'g'), `load_${name}().`);
  }
  return changed;
}
