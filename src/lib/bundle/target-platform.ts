/** The platform that a bundle is for, when its publisher says a part of it: docs/packing.md. */
import { MpakError } from '../errors.ts';
import type { Platform } from '../index/bundle-types.ts';

/**
 * What is detected of the processor holds for the detected system only.
 * @param given what the publisher said
 * @param detect called when that is not all
 * @throws MpakError USAGE for one processor on any system
 */
export function targetPlatform({ os, arch }: Partial<Platform>, detect: () => Platform): Platform {
  const platform = os !== undefined && arch !== undefined ? { os, arch } : completed({ os, arch }, detect());
  if (platform.os === 'any' && platform.arch !== 'any') {
    throw new MpakError('USAGE', `A bundle cannot be for ${platform.arch} on any system.`, {
      hint: 'Give --os as well, or no --arch.',
    });
  }
  return platform;
}

function completed(
  { os, arch }: { readonly [Part in keyof Platform]: Platform[Part] | undefined },
  detected: Platform,
): Platform {
  const system = os ?? detected.os;
  return { os: system, arch: arch ?? (system === detected.os ? detected.arch : 'any') };
}
