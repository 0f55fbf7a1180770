/**
 * Makes a single executable of a program: Node itself, with our main, the program's chunks and native addons as
 * assets. For the platform it is built on, the chunks get their code caches, made by running the executable once
 * before: docs/decisions/0012-single-executables.md.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { brotliCompressSync, constants as zlib } from 'node:zlib';
import { rolldown } from 'rolldown';
import { hashAsset, KEYRING_ASSET } from '../src/binary/assets.ts';
import type { ChunkForm } from '../src/binary/chunks.ts';
import type { Chunk, Program } from './bundle.ts';
import type { Target } from './node-binary.ts';
import { run, runServed } from './run.ts';

const ROOT = path.join(import.meta.dirname, '..');

/**
 * Of Node, for the executable: room for all the objects of a start, in megabytes. With Node's own first size, of less
 * than one, two of them are collected away during it.
 */
const OPTIONS = ['--min-semi-space-size=4'];

export interface SeaOptions {
  readonly program: Program;
  readonly chunks: readonly Chunk[];
  readonly target: Target;
  /** Node for that target. */
  readonly node: string;
  /** Addons for that target: their files, by the asset that each becomes. */
  readonly addons: Readonly<Record<string, string>>;
  /** The executable. */
  readonly output: string;
  /** Lines to run beforehand, in this environment; undefined: there will be no code cache. */
  readonly warmUp: { readonly lines: readonly string[][]; readonly env: NodeJS.ProcessEnv } | undefined;
}

export async function makeExecutable(options: SeaOptions): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-sea-'));
  try {
    const base = stripped(options.node, options.target, folder);
    const caches = path.join(folder, 'caches');
    mkdirSync(caches);
    if (options.warmUp !== undefined) {
      const probe = path.join(folder, 'probe');
      await build({ ...options, node: base, output: probe }, 'scripts/warm-up.ts', caches, folder);
      const { lines, env } = options.warmUp;
      await runServed(probe, [], {
        cwd: folder,
        env: { ...env, MPAK_WARM_UP: JSON.stringify(lines), MPAK_CODE_CACHE: caches },
      });
      rmSync(probe);
    }
    await build({ ...options, node: base }, 'src/binary/main.ts', caches, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A copy without symbols, where this machine can take them away. */
function stripped(node: string, target: Target, folder: string): string {
  const copy = path.join(folder, 'node');
  copyFileSync(node, copy);
  chmodSync(copy, 0o755);
  if (target !== hostTarget() || process.platform === 'win32') return copy;
  // It would not hold for what becomes of it.
  if (process.platform === 'darwin') run('codesign', ['--remove-signature', copy]);
  run('strip', process.platform === 'darwin' ? ['-x', copy] : [copy]);
  return copy;
}

/** The target that this machine is. */
export function hostTarget(): string {
  return `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
}

async function build(options: SeaOptions, main: string, caches: string, folder: string): Promise<void> {
  const { program, chunks, node, addons, output } = options;
  const cached = new Set(readdirSync(caches).map((name) => name.replace(/\.cache$/, '')));
  const assets: Record<string, string> = { ...addons };
  const asset = (name: string, content: string | Uint8Array) => {
    assets[name] = path.join(folder, name);
    writeFileSync(assets[name], content);
  };
  for (const [name, file] of Object.entries(addons))
    asset(hashAsset(name), createHash('sha256').update(readFileSync(file)).digest('hex'));
  if (addons[KEYRING_ASSET] !== undefined) asset(KEYRING_ASSET, packed(readFileSync(addons[KEYRING_ASSET])));
  // A warm-up loads what must start fast; the rest may be unpacked first.
  const isPacked = (name: string) => options.warmUp !== undefined && !cached.has(name);
  for (const { name, code } of chunks) {
    asset(name, isPacked(name) ? packed(Buffer.from(wrapped(code))) : wrapped(code));
    if (cached.has(name)) assets[`${name}.cache`] = path.join(caches, `${name}.cache`);
  }
  const table = Object.fromEntries(
    chunks.map(({ name, code }) => [
      name,
      {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
        encoding: /^[\x00-\x7f]*$/.test(code) ? 'latin1' : 'utf8',
        cached: cached.has(name),
        packed: isPacked(name),
      } satisfies ChunkForm,
    ]),
  );
  asset('main.js', await mainOf(main, entryOf(chunks, program), table));
  delete assets['main.js'];
  const config = path.join(folder, 'sea.json');
  writeFileSync(
    config,
    JSON.stringify({
      main: path.join(folder, 'main.js'),
      executable: node,
      output,
      assets,
      disableExperimentalSEAWarning: true,
      execArgv: OPTIONS,
      useCodeCache: options.warmUp !== undefined,
    }),
  );
  run(process.execPath, ['--build-sea', config]);
  chmodSync(output, 0o755);
  // Ad hoc: nobody is named, and macOS runs it.
  if (process.platform === 'darwin') run('codesign', ['--sign', '-', '--force', output]);
}

function entryOf(chunks: readonly Chunk[], program: Program): string {
  const entry = chunks.find((chunk) => chunk.entry === program);
  if (entry === undefined) throw new Error(`no chunk starts ${program}`);
  return entry.name;
}

function packed(bytes: Uint8Array): Buffer {
  return brotliCompressSync(bytes, { params: { [zlib.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
}

/** As Node wraps CommonJS; what load.ts calls it with. */
function wrapped(code: string): string {
  return `(function (exports, require, module, __filename, __dirname) {${code}\n})`;
}

/** The executable's own script. */
async function mainOf(main: string, program: string, table: unknown): Promise<string> {
  const file = path.join(ROOT, 'src/binary/chunks.ts');
  const code = `export const program = ${JSON.stringify(program)}; export const chunks = ${JSON.stringify(table)};`;
  const bundled = await rolldown({
    input: path.join(ROOT, main),
    platform: 'node',
    plugins: [{ name: 'chunks', load: (id) => (id === file ? code : undefined) }],
  });
  try {
    const { output } = await bundled.generate({ format: 'cjs', codeSplitting: false, minify: 'dce-only' });
    return output[0].code;
  } finally {
    await bundled.close();
  }
}
