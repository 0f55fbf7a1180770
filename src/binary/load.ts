/** Loads the chunks of the program from the assets of the executable. */
import { dirname, join } from 'node:path';
import { getRawAsset } from 'node:sea';
import { Script } from 'node:vm';
import { type ChunkForm, chunks } from './chunks.ts';
import { unpackAsset } from './packed.ts';

interface Chunk {
  readonly exports: { main?: (argv: readonly string[]) => unknown };
}

/** Absolute: what is made of it must not depend on where the user stands. Nothing is there. */
const FOLDER = dirname(process.execPath);

const loaded = new Map<string, Chunk>();

/**
 * The exports of a chunk, which is run at its first use.
 * @param onCompiled is told of each that was compiled: the build makes code caches of them
 */
export function loadChunk(
  name: string,
  onCompiled?: (name: string, script: Script) => void,
): Chunk['exports'] {
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const chunk: Chunk = { exports: {} };
  loaded.set(name, chunk);
  const script = compile(name);
  onCompiled?.(name, script);
  const require = (required: string) =>
    required.startsWith('./') ? loadChunk(required.slice(2), onCompiled) : builtin(required);
  script.runInThisContext().call(chunk.exports, chunk.exports, require, chunk, join(FOLDER, name), FOLDER);
  return chunk.exports;
}

function builtin(name: string): unknown {
  const found = process.getBuiltinModule(name);
  if (found === undefined)
    throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' });
  return found;
}

function compile(name: string): Script {
  const { encoding, cached, packed } = chunks[name] as ChunkForm;
  const text = packed ? unpackAsset(name) : Buffer.from(getRawAsset(name));
  return new Script(text.toString(encoding), {
    filename: name,
    ...(cached && { cachedData: Buffer.from(getRawAsset(`${name}.cache`)) }),
  });
}
