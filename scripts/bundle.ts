/**
 * Makes one program out of each command line, `mpak` and `mpak-registry`: CommonJS, with all that is theirs and
 * of their dependencies in it. What a start does not always need is in chunks beside them, loaded when it is needed.
 */
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import path from 'node:path';
import { type OutputChunk, type Plugin, rolldown } from 'rolldown';
import { ENTRY, hotModules, loadedLate } from './hot-modules.ts';
import { lazyBuiltin, lazyBuiltinCode } from './lazy-builtins.ts';
import { lazily } from './lazy-oclif.ts';
import { lazyPackage, lazyPackageCode } from './lazy-packages.ts';

const ROOT = path.join(import.meta.dirname, '..');
const AUTOCOMPLETE = path.join(ROOT, 'node_modules/@oclif/plugin-autocomplete/lib/commands/autocomplete');

export const PROGRAMS = {
  mpak: { main: 'src/main.ts', commands: 'src/commands' },
  'mpak-registry': { main: 'registry/main.ts', commands: 'registry/commands' },
} as const;
export type Program = keyof typeof PROGRAMS;

export interface BundleOptions {
  readonly programs: readonly Program[];
  /** For a single executable: the addon of SQLite is an asset. Else better-sqlite3 is a package beside the program. */
  readonly executable: boolean;
}

/** One file of a program. */
export interface Chunk {
  readonly name: string;
  /** The program that starts with it. */
  readonly entry: Program | undefined;
  readonly code: string;
  /** Files whose code is in it, absolute. */
  readonly modules: readonly string[];
}

/** The programs' files. The entry of a program exports `main(argv)` and requires the others. */
export async function bundle(options: BundleOptions): Promise<Chunk[]> {
  const split = await generate(options, undefined);
  return (await generate(options, hotModules(split))).map(({ fileName, code, moduleIds, isEntry, name }) => ({
    name: fileName,
    entry: isEntry ? (name as Program) : undefined,
    code: ascii(loadedLate(compiledLate(code))),
    modules: moduleIds,
  }));
}

/** What is plain ASCII needs no decoding at a start. */
function ascii(code: string): string {
  if (/String\.raw`[^`]*[^\0-\x7f]/.test(code)) throw new Error('a raw text is not ASCII');
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * V8 compiles a function at once that stands in brackets of its own, as rolldown writes each module's: of most modules in
 * a file nothing is run at most starts.
 */
function compiledLate(code: string): string {
  return code.replace(
    /((?:__commonJSMin|__esmMin|require_rolldown_runtime\.\w+)\()\((?=\(exports|\(\)=>|async\(\)=>)/g,
    '$1(0,',
  );
}

/** @param groups modules that go into one file, by its name; undefined: as they fall */
async function generate(
  { programs, executable }: BundleOptions,
  groups: Readonly<Record<string, ReadonlySet<string>>> | undefined,
): Promise<OutputChunk[]> {
  const build = await rolldown({
    input: Object.fromEntries(programs.map((program) => [program, ENTRY + program])),
    cwd: ROOT,
    platform: 'node',
    preserveEntrySignatures: 'allow-extension',
    external: ['better-sqlite3/package.json', ...(executable ? [] : [KEYRING])],
    plugins: [
      entries(),
      manifest(),
      ...(executable ? [assetBinding(), assetKeyring()] : [packageBinding()]),
      oclif(),
      clientTable(),
      laziness(),
    ],
    onLog: (level, log) => {
      // In one file with what imports it statically: it is still run at its first use.
      if (log.code === 'INEFFECTIVE_DYNAMIC_IMPORT') return;
      if (level === 'warn') throw new Error(`${log.code}: ${log.message}`);
    },
  });
  try {
    const { output } = await build.generate({
      format: 'cjs',
      exports: 'named',
      minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
      dynamicImportInCjs: false,
      strictExecutionOrder: true,
      // Code that is kept for a chunk is found by its name: another content has another name.
      entryFileNames: '[name]-[hash].js',
      chunkFileNames: '[name]-[hash].js',
      keepNames: true,
      comments: { legal: false },
      ...(groups && {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: Object.entries(groups).map(([name, modules]) => ({
            name,
            test: (id: string) => modules.has(id),
          })),
        },
      }),
    });
    return output.filter((file) => file.type === 'chunk');
  } finally {
    await build.close();
  }
}

/** What each program starts with: its main, and its commands by name instead of by file. */
function entries(): Plugin {
  return {
    name: 'entries',
    resolveId: (source) => (source.startsWith(ENTRY) ? source : undefined),
    load: async (id) => {
      if (!id.startsWith(ENTRY)) return undefined;
      const { main, commands } = PROGRAMS[id.slice(ENTRY.length) as Program];
      const files = await Array.fromAsync(glob('**/*.ts', { cwd: path.join(ROOT, commands) }));
      const own = files.sort().map((file) => {
        const name = file.replace(/\.ts$/, '').split(path.sep).join(':');
        return [name, path.join(ROOT, commands, file)] as const;
      });
      const added =
        main === 'src/main.ts'
          ? (['index', 'create', 'script'] as const).map(
              (name) =>
                [
                  name === 'index' ? 'autocomplete' : `autocomplete:${name}`,
                  path.join(AUTOCOMPLETE, `${name}.js`),
                ] as const,
            )
          : [];
      const table = [...own, ...added].map(
        ([name, file]) => `  ${JSON.stringify(name)}: () => import(${JSON.stringify(file)}),`,
      );
      return [
        `import { main as start } from ${JSON.stringify(path.join(ROOT, main))};`,
        'const commands = {',
        ...table,
        '};',
        'const load = async (id) => {',
        '  const { default: command } = await commands[id]();',
        '  return { default: command.default ?? command };',
        '};',
        'export const main = (argv) => start(argv, load);',
      ].join('\n');
    },
  };
}

interface OclifManifest {
  readonly version: string;
  readonly commands: Readonly<Record<string, unknown>>;
}

const BETTER_SQLITE3 = path.join('better-sqlite3', 'lib');

/**
 * V8 makes objects faster out of JSON than out of literals, and keeps less for it in its code cache. What is known of a
 * command is read when somebody asks for that command.
 */
function manifest(): Plugin {
  return {
    name: 'manifest',
    load: (id) => {
      if (!id.endsWith('oclif.manifest.json')) return undefined;
      const { version, commands } = JSON.parse(readFileSync(id, 'utf8')) as OclifManifest;
      const texts = Object.entries(commands).map(([name, command]) => [name, JSON.stringify(command)]);
      return {
        code: [
          `const texts = ${JSON.stringify(Object.fromEntries(texts))};`,
          'const get = (all, name) => (Object.hasOwn(all, name) ? JSON.parse(all[name]) : undefined);',
          'const commands = new Proxy(texts, { get });',
          `export default { version: ${JSON.stringify(version)}, commands };`,
        ].join('\n'),
        moduleType: 'js',
      };
    },
  };
}

/** In an executable, the addon is an asset. */
function assetBinding(): Plugin {
  return {
    name: 'asset-binding',
    resolveId: (source, importer) =>
      source === './binding' && importer?.endsWith(path.join(BETTER_SQLITE3, 'index.js'))
        ? path.join(ROOT, 'src/binary/binding.ts')
        : undefined,
  };
}

const KEYRING = '@napi-rs/keyring';

/** From npm, it is a package beside the program; in an executable, its addon is an asset. */
function assetKeyring(): Plugin {
  return {
    name: 'asset-keyring',
    resolveId: (source) => (source === KEYRING ? path.join(ROOT, 'src/binary/keyring.ts') : undefined),
  };
}

/** Where npm has put it, found without reading what its package.json exports: that takes longer than to load it. */
const LIB_FOLDER = `
let foundFolder;
function libFolder() {
  if (foundFolder !== undefined) return foundFolder;
  const places = (require.resolve.paths('better-sqlite3') ?? []).map((place) => path.join(place, 'better-sqlite3'));
  const there = places.find((place) => fs.existsSync(path.join(place, 'package.json')));
  foundFolder = path.join(there ?? path.dirname(require.resolve('better-sqlite3/package.json')), 'lib');
  return foundFolder;
}
`;

/** From npm, it is in the package better-sqlite3, whose JavaScript is in ours: eight files less to find. */
function packageBinding(): Plugin {
  return {
    name: 'package-binding',
    transform: (code, id) =>
      id.endsWith(path.join(BETTER_SQLITE3, 'binding.js'))
        ? `${code.replaceAll('__dirname', 'libFolder()')}\n${LIB_FOLDER}`
        : undefined,
  };
}

function laziness(): Plugin {
  return {
    name: 'laziness',
    resolveId: (source, importer) => lazyBuiltin(source, importer) ?? lazyPackage(source, importer),
    load: (id) => lazyBuiltinCode(id) ?? lazyPackageCode(id),
  };
}

/** Of add-mcp only its table of clients is used: what it asks, colours and parses with is left out. */
function clientTable(): Plugin {
  const nothing = '\0nothing';
  const left = ['@clack/prompts', '@iarna/toml', 'js-yaml'];
  return {
    name: 'client-table',
    resolveId: (source, importer = '') => {
      // Its main file hides what it requires.
      if (source === 'jsonc-parser') return path.join(ROOT, 'node_modules/jsonc-parser/lib/esm/main.js');
      return left.includes(source) && /[\\/]node_modules[\\/]add-mcp[\\/]/.test(importer)
        ? nothing
        : undefined;
    },
    load: (id) => (id === nothing ? 'module.exports = {};' : undefined),
  };
}

function oclif(): Plugin {
  const silence = '\0silence';
  const isOclif = (file: string) => /[\\/]@oclif[\\/]core[\\/]lib[\\/].*\.js$/.test(file);
  return {
    name: 'lazy-oclif',
    // What it would print with DEBUG=oclif says nothing about mpak, and prepares for it at every start.
    resolveId: (source, importer = '') => (source === 'debug' && isOclif(importer) ? silence : undefined),
    load: (id) =>
      id === silence ? 'module.exports = () => Object.assign(() => {}, { enabled: false });' : undefined,
    transform: (code, id) => (isOclif(id) ? lazily(id, code) : undefined),
  };
}
