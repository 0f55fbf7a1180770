/** Where mpak keeps its files. */
import os from 'node:os';
import path from 'node:path';

/** `MPAK_HOME`, or `~/.mpak`. */
export function mpakHome(environment: NodeJS.ProcessEnv): string {
  const configured = environment.MPAK_HOME;
  if (configured) return path.resolve(configured);
  return path.join(environment.HOME || os.homedir() || os.userInfo().homedir, '.mpak');
}
