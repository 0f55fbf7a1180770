/** This program, for those who start it again or borrow the Node that it runs on. */
import { isSea } from 'node:sea';
import { AS_NODE } from '../lib/launch/as-node.ts';
import type { OwnNode } from '../lib/launch/locate.ts';

/** How to start it again: `[file, ...arguments]`, to which a command is appended. */
export function selfCommand(): [string, ...string[]] {
  if (isSea()) return [process.execPath];
  return [process.execPath, ...process.execArgv, process.argv[1] as string];
}

export function ownNode(): OwnNode {
  const node = { path: process.execPath, version: process.versions.node };
  return isSea() ? { ...node, scriptsOnly: { [AS_NODE]: '1' } } : node;
}
