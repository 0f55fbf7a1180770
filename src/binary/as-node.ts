/** Becomes Node for one script, as `node FILE` would. */
import { scriptOf } from '../lib/launch/as-node.ts';

/** @returns whether this process was asked to be Node */
export function runAsNode(): boolean {
  const script = scriptOf(process.env, process.argv);
  if (script === undefined) return false;
  // As Node has it: the program, the script, its arguments.
  process.argv.splice(1, 2, script);
  // Asked for here alone: to import it is to load what it can do.
  const Module = process.getBuiltinModule('node:module') as unknown as { runMain(file: string): void };
  Module.runMain(script);
  return true;
}
