/** How AI clients start this mpak. */
import os from 'node:os';
import path from 'node:path';
import { isSea } from 'node:sea';
import type { PackageName } from '../lib/bundle/name.ts';
import type { Launch } from '../lib/clients/client.ts';
import { lastingLine } from '../lib/clients/launch-line.ts';
import { mpakHome } from '../lib/config/home.ts';

/** @throws MpakError USAGE where mpak itself does not stay */
export function clientLaunch(name: PackageName): Launch {
  const { PATH = '', HOME } = process.env;
  const [command, ...words] = lastingLine({
    execPath: process.execPath,
    argv0: process.argv0,
    script: isSea() ? undefined : (process.argv[1] as string),
    cwd: process.cwd(),
    searchPath: (process.platform === 'win32' ? (process.env.Path ?? PATH) : PATH).split(path.delimiter),
    platform: process.platform,
  });
  const home = mpakHome(process.env);
  const usual = mpakHome({ HOME: HOME || os.homedir() });
  return { command, args: [...words, 'run', name], env: home === usual ? {} : { MPAK_HOME: home } };
}
