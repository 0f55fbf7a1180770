/** The environment of a server: the user's, then what the manifest sets, then what mpak promises to every server. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ResolvedServer } from './resolve.ts';

/** Where Python bundles vendor what they import: mpak's own, and mcpb's. */
const VENDORED = ['deps', path.join('server', 'lib')];

export interface EnvironmentOptions {
  readonly server: ResolvedServer;
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  /** Where `mpak run` was started. */
  readonly cwd: string;
}

/**
 * Variables that begin with `MPAK_` are mpak's own settings and stay with it. `MPAK_WORKSPACE` is the exception: a
 * folder for what a server keeps for the project at hand, `.mpak` where `mpak run` was started unless it is set. The
 * server makes it.
 */
export function serverEnvironment(options: EnvironmentOptions): Record<string, string> {
  const { server, environment, platform, cwd } = options;
  const workspace = environment.MPAK_WORKSPACE || server.env.MPAK_WORKSPACE || '.mpak';
  return merge(platform, [
    Object.fromEntries(Object.entries(environment).filter(([name]) => !/^MPAK_/i.test(name))),
    server.env,
    server.type === 'python' ? pythonPath(options) : {},
    { MPAK_WORKSPACE: path.resolve(cwd, workspace) },
  ]);
}

/** What the manifest says, then what is vendored and not in it yet, then the user's own. */
function pythonPath({ server, folder, environment }: EnvironmentOptions): Record<string, string> {
  const declared = parts(server.env.PYTHONPATH);
  const vendored = VENDORED.map((name) => path.join(folder, name)).filter((directory) =>
    existsSync(directory),
  );
  const all = [...new Set([...declared, ...vendored, ...parts(environment.PYTHONPATH)])];
  return all.length === 0 ? {} : { PYTHONPATH: all.join(path.delimiter) };
}

/** Later ones win. On Windows `Path` and `PATH` are the same variable. */
function merge(
  platform: NodeJS.Platform,
  layers: readonly Readonly<Record<string, string | undefined>>[],
): Record<string, string> {
  const merged = new Map<string, [string, string]>();
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer)) {
      if (value !== undefined) merged.set(platform === 'win32' ? name.toUpperCase() : name, [name, value]);
    }
  }
  return Object.fromEntries(merged.values());
}

function parts(paths: string | undefined): string[] {
  return (paths ?? '').split(path.delimiter).filter((part) => part !== '');
}
