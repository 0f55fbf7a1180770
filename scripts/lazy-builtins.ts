/**
 * Parts of Node that a start does not always need. In our bundles an import of one of them is an object whose
 * properties load it when they are read: `crypto` alone would take a third of the time of an empty start.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Each exports a plain object. What Node itself has loaded before our first line is left alone: `fs`, `path`. */
const LAZY = [
  'child_process',
  'crypto',
  'dns',
  'fs/promises',
  'http',
  'https',
  'module',
  'net',
  'os',
  'perf_hooks',
  'readline',
  'sea',
  'readline/promises',
  'stream/promises',
  'timers/promises',
  'tls',
  'tty',
  'worker_threads',
  'zlib',
];

const PREFIX = '\0builtin:';

/** Resolves what is imported or required to a module of ours; undefined: it is none of these. */
export function lazyBuiltin(source: string, importer: string | undefined): string | undefined {
  if (importer?.startsWith(PREFIX)) return undefined;
  const name = source.replace(/^node:/, '');
  return LAZY.includes(name) ? PREFIX + name : undefined;
}

/** The code of that module. */
export function lazyBuiltinCode(id: string): string | undefined {
  if (!id.startsWith(PREFIX)) return undefined;
  const name = id.slice(PREFIX.length);
  const keys = Object.keys(require(`node:${name}`)).filter((key) => key !== 'default');
  return [
    'let loaded;',
    `const load = () => loaded ??= require(${JSON.stringify(`node:${name}`)});`,
    'module.exports = {',
    ...keys.map((key) => `  get ${key}() { return load().${key}; },`),
    '};',
  ].join('\n');
}
