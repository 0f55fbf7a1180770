/** The name of the file that a bundle is written to: a template, filled in. */
import { type PackageName, scopeOf } from '../bundle/name.ts';
import { releaseFilename } from '../bundle/release-filename.ts';
import { MpakError } from '../errors.ts';
import type { Platform } from '../index/bundle-types.ts';

/**
 * @param template a path with placeholders, or undefined for the usual name
 * @throws MpakError USAGE for an unknown placeholder, and for a name that is no bundle's
 */
export function outputName(
  template: string | undefined,
  name: PackageName,
  version: string,
  { os, arch }: Platform,
): string {
  const values: Readonly<Record<string, string>> = {
    name: name.slice(name.indexOf('/') + 1),
    scope: scopeOf(name),
    version,
    os,
    arch,
  };
  const usual = os === 'any' ? '{name}-{version}.mcpb' : '{name}-{version}-{os}-{arch}.mcpb';
  const filled = (template ?? usual).replace(/\{([^{}]*)\}|[{}]/g, (placeholder, key: string | undefined) => {
    const value = key !== undefined && Object.hasOwn(values, key) ? values[key] : undefined;
    if (value !== undefined) return value;
    throw new MpakError('USAGE', `The placeholder ${placeholder} in the name of the output is not known.`, {
      hint: `Known are ${Object.keys(values)
        .map((known) => `{${known}}`)
        .join(', ')}.`,
    });
  });
  if (!filled.endsWith('.mcpb') || /(^|[\\/])\.mcpb$/.test(filled)) {
    throw new MpakError(
      'USAGE',
      `The output ${JSON.stringify(filled)} cannot be the name of a bundle: it must end in .mcpb.`,
      {
        hint: 'Such as `-o "dist/{name}-{version}.mcpb"`.',
      },
    );
  }
  releaseFilename(filled.slice(Math.max(filled.lastIndexOf('/'), filled.lastIndexOf('\\')) + 1));
  return filled;
}
