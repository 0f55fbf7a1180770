/** Compiled files in a bundle that is for more platforms, or for another, than they are. */
import type { CheckedArchive } from '../bundle/archive.ts';
import type { Platform } from '../index/bundle-types.ts';
import type { Finding } from './finding.ts';
import { type NativeFile, nativeFiles } from './platform-of.ts';

const MOST_NAMED = 5;

export function nativeFindings(archive: CheckedArchive, { os, arch }: Platform): Finding[] {
  const found = nativeFiles(archive);
  const runs = ({ target }: NativeFile) =>
    (os === 'any' || target.os === os) && (arch === 'any' || target.archs.includes(arch));
  if (found.length === 0) return [];
  if (os === 'any') return [finding(found, 'The bundle is for any platform, and has compiled files')];
  return found.some(runs)
    ? []
    : [finding(found, `The bundle is for ${os}-${arch}, and no compiled file in it is`)];
}

function finding(files: readonly NativeFile[], what: string): Finding {
  const named = files
    .slice(0, MOST_NAMED)
    .map(({ path, target }) => `${path} (${target.os}-${target.archs.join('+')})`);
  const more = files.length > named.length ? `, and ${files.length - named.length} more` : '';
  return {
    severity: 'warning',
    path: files[0]?.path ?? '',
    message: `${what}: ${named.join(', ')}${more}.`,
    remedy: 'Pack one for each platform, with --os and --arch, where they are not there for all of them.',
  };
}
