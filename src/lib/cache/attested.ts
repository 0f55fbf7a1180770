/**
 * Which packages of a registry were proven on this machine, so that what was attested once stays so when nothing of it is
 * installed any more: `cache/<scope>/<name>/attested-<registry>.json`, a file a registry, written before the first receipt
 * that says so. It outlives the bundle.
 */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { PackageName } from '../bundle/name.ts';
import { MpakError } from '../errors.ts';
import { readTextIfThere, writeFileAtomic } from '../files.ts';
import type { BundleCache } from './bundle-cache.ts';

const READ_ONLY: ReadonlySet<string | undefined> = new Set(['EROFS', 'EACCES', 'EPERM']);

/** @param registry its URL, as receipts have it @param version that is proven */
export function rememberAttested(
  cache: BundleCache,
  name: PackageName,
  registry: string,
  version: string,
): void {
  const file = fileOf(cache, name, registry);
  if (readTextIfThere(file) !== undefined) return;
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileAtomic(file, `${JSON.stringify({ registry, version })}\n`);
  } catch (error) {
    // A home that may only be read keeps nothing: a bundle can be pulled with it, and not installed.
    if (!READ_ONLY.has((error as NodeJS.ErrnoException).code)) throw error;
  }
}

/**
 * @returns the first version that was proven; undefined when none was
 * @throws MpakError CACHE_DAMAGED when what is kept says nothing: then one was
 */
export function rememberedAttested(
  cache: BundleCache,
  name: PackageName,
  registry: string,
): string | undefined {
  const file = fileOf(cache, name, registry);
  const text = readTextIfThere(file);
  if (text === undefined) return undefined;
  try {
    const { version } = JSON.parse(text) as { version?: unknown };
    if (typeof version === 'string') return version;
  } catch {
    // Told below.
  }
  throw new MpakError(
    'CACHE_DAMAGED',
    `${file} is damaged: it says that ${name} was attested, and not which version.`,
    {
      hint: 'Nothing was installed. Whoever removes the file forgets that it was.',
    },
  );
}

function fileOf(cache: BundleCache, name: PackageName, registry: string): string {
  const hash = createHash('sha256').update(registry).digest('hex').slice(0, 12);
  return path.join(cache.packageFolder(name), `attested-${hash}.json`);
}
