/**
 * What an executable runs first while it is built: some commands, one after the other, to their ends; then it leaves
 * a code cache of all that was compiled for them. The lines are JSON in MPAK_WARM_UP, the folder is MPAK_CODE_CACHE.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type vm from 'node:vm';
import { runAsNode } from '../src/binary/as-node.ts';
import { program } from '../src/binary/chunks.ts';
import { loadChunk } from '../src/binary/load.ts';

async function warmUp(): Promise<void> {
  const scripts = new Map<string, vm.Script>();
  const folder = process.env.MPAK_CODE_CACHE as string;
  const lines = JSON.parse(process.env.MPAK_WARM_UP as string) as string[][];
  delete process.env.MPAK_CODE_CACHE;
  delete process.env.MPAK_WARM_UP;
  // A server is started below this process, which has something left to do.
  Object.defineProperty(process, 'execve', { value: undefined });
  const { main } = loadChunk(program, (name, script) => scripts.set(name, script));
  for (const line of lines) await main?.(line);
  for (const [name, script] of scripts) {
    writeFileSync(path.join(folder, `${name}.cache`), script.createCachedData());
  }
}

if (!runAsNode()) warmUp();
