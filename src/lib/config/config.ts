/** `config.json` in the home of mpak: what a user has set. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { MpakError } from '../errors.ts';

export interface Config {
  /** URL of the registry to use. */
  readonly registry?: string;
  /** The identity provider that attestations must come from, where it is not GitHub Actions'. */
  readonly certOidcIssuer?: string;
}

/** @throws MpakError USAGE when the file is there and is no configuration */
export function readConfig(home: string): Config {
  const file = path.join(home, 'config.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  const hint = 'Mend the file, or move it away to start from the defaults.';
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new MpakError('USAGE', `${file} is not JSON: ${(cause as Error).message}.`, { hint, cause });
  }
  if (json === null || typeof json !== 'object' || Array.isArray(json)) {
    throw new MpakError('USAGE', `${file} must hold a JSON object.`, { hint });
  }
  const { registry, certOidcIssuer } = json as Record<string, unknown>;
  return { ...url('registry', registry), ...url('certOidcIssuer', certOidcIssuer) };

  function url<K extends keyof Config>(key: K, value: unknown): { readonly [key in K]?: string } {
    if (value === undefined) return {};
    if (typeof value === 'string') return { [key]: value } as { readonly [key in K]: string };
    throw new MpakError('USAGE', `"${key}" in ${file} must be a URL.`, { hint });
  }
}
