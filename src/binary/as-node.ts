/** Becomes Node for one script, as `node FILE` would. */
import { AS_NODE, scriptOf } from '../lib/launch/as-node.ts';

/** @returns whether this process was asked to be Node */
export function runAsNode(): boolean {
  forgetOptions();
  const script = scriptOf(process.env, process.argv);
  if (script === undefined) return false;
  // As Node has it: the program, the script, its arguments.
  process.argv.splice(1, 2, script);
  // Asked for here alone: to import it is to load what it can do.
  const Module = process.getBuiltinModule('node:module') as unknown as { runMain(file: string): void };
  Module.runMain(script);
  return true;
}

/** Node has read those that the executable carries, and reads them again in what is forked: there they are no words. */
function forgetOptions(): void {
  const own = process.execArgv;
  const isGiven = own.length > 0 && own.every((option, i) => process.argv[i + 2] === option);
  // A worker has them still, and what it forks gets them.
  if (isGiven && process.env[AS_NODE] === '1') process.argv.splice(2, own.length);
  process.execArgv = [];
}
