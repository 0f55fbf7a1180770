/** The licences of the packages whose code is in a bundle: whoever passes the bundle on passes them on. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Chunk } from './bundle.ts';

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string | undefined;
  readonly folder: string;
}

/** Ordered by name. */
export function bundledPackages(chunks: readonly Chunk[]): BundledPackage[] {
  const folders = new Set(
    chunks.flatMap(({ modules }) => modules.map(packageFolder).filter((folder) => folder !== undefined)),
  );
  return [...folders]
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
      return { name, version, license, folder };
    })
    .sort((one, other) => (`${one.name}@${one.version}` < `${other.name}@${other.version}` ? -1 : 1));
}

/** Undefined for modules that are ours, or were made by the build. */
function packageFolder(file: string): string | undefined {
  return /^\/?.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/\0]+(?=[\\/])/.exec(
    file.replaceAll('\0', ''),
  )?.[0];
}

export function licenceTexts(packages: readonly BundledPackage[]): string {
  return packages
    .map(({ name, version, license, folder }) => {
      const files = existsSync(folder)
        ? readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file))
        : [];
      const texts = files.sort().map((file) => readFileSync(path.join(folder, file), 'utf8').trim());
      return [`${name} ${version} (${license ?? 'licence not named'})`, ...texts].join('\n\n');
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`)
    .concat('\n');
}
