/**
 * What a single executable of mpak runs first. It is small: the program is an asset, and is compiled with the code
 * cache that an earlier run of it has left, in which every function that a start needs is there already
 * (docs/decisions/0012-single-executables.md).
 */
import { runAsNode } from './as-node.ts';
import { program } from './chunks.ts';
import { loadChunk } from './load.ts';

if (!runAsNode()) {
  // Nothing is left to do then. Node would go on to take its heap apart, piece by piece.
  process.once('beforeExit', () => process.exit());
  loadChunk(program).main?.(process.argv.slice(2));
}
