/**
 * Vendors what a server depends on, in a copy of its folder: the publisher's own files are never touched. No package
 * may run anything of its own while it is installed.
 */
import type { Platform } from '../index/bundle-types.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import type { ToolContext } from './tool.ts';
import { hasNodeDependencies, vendorNode } from './vendor-node.ts';
import { hasPythonDependencies, vendorPython } from './vendor-python.ts';

export interface VendorOptions extends ToolContext {
  /** The copy. */
  readonly folder: string;
  /** The publisher's own folder. */
  readonly source: string;
  /** A folder for what must not be in the copy, and goes with it. */
  readonly scratch: string;
  /** Of which the dependencies are to be; undefined: of this machine. */
  readonly target: Partial<Platform>;
  /** Such as 3.12, or undefined for that of the Python there is. */
  readonly pythonVersion: string | undefined;
  readonly warn: (message: string) => void;
}

export interface Vendoring {
  /** The folder that dependencies are vendored into: what is in it already is not used. */
  readonly into: 'node_modules' | 'deps';
  /** @throws MpakError VENDOR_FAILED, INTERPRETER_MISSING, USAGE */
  run(options: VendorOptions): Promise<void>;
}

/** How a server's dependencies are vendored; undefined when it has none, or the publisher leaves them out. */
export function vendoringOf(serverType: unknown, folder: string, rules: IgnoreRules): Vendoring | undefined {
  if (serverType === 'node' && !rules.ignores('node_modules/') && hasNodeDependencies(folder)) {
    return { into: 'node_modules', run: vendorNode };
  }
  if (serverType === 'python' && !rules.ignores('deps/') && hasPythonDependencies(folder)) {
    return { into: 'deps', run: vendorPython };
  }
  return undefined;
}

/** Whether a file that is not there will be vendored. */
export function laterOf(vendoring: Vendoring | undefined): (path: string) => boolean {
  return (path) => vendoring !== undefined && path.startsWith(`${vendoring.into}/`);
}
