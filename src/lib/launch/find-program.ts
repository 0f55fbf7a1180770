/** Programs on the PATH. */
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** What Windows starts without a shell; batch files are not among them. */
const WINDOWS_EXTENSIONS = ['.exe', '.com'];

/**
 * The absolute path of a program, or undefined. Relative folders on the PATH are passed over: what is started must
 * not depend on the folder that somebody stands in.
 */
export function findProgram(
  name: string,
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): string | undefined {
  const names =
    platform === 'win32' && !WINDOWS_EXTENSIONS.includes(path.extname(name).toLowerCase())
      ? WINDOWS_EXTENSIONS.map((extension) => `${name}${extension}`)
      : [name];
  for (const folder of pathOf(environment, platform)) {
    if (!path.isAbsolute(folder)) continue;
    const found = names.map((file) => path.join(folder, file)).find(isExecutable);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

export function isExecutable(file: string): boolean {
  try {
    if (!isFile(file)) return false;
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // A folder on the PATH that cannot be entered.
    return false;
  }
}

function pathOf(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[] {
  const name =
    platform === 'win32' ? Object.keys(environment).find((key) => key.toUpperCase() === 'PATH') : 'PATH';
  return (environment[name ?? 'PATH'] ?? '').split(path.delimiter);
}
