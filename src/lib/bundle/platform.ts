/** The platform that mpak runs on, in the words of the log. index/read-artifact.ts chooses an artifact for it. */
import { ARCHITECTURES, OPERATING_SYSTEMS } from '../index/bundle-types.ts';
import type { Architecture, OperatingSystem } from '../log/entry.ts';

export interface CurrentPlatform {
  readonly os: OperatingSystem;
  readonly arch: Architecture;
}

/** A system or architecture that bundles are not built for is `any`: what is for any platform still runs there. */
export function currentPlatform(
  process: { readonly platform: string; readonly arch: string } = globalThis.process,
): CurrentPlatform {
  return {
    os: OPERATING_SYSTEMS.find((os) => os === process.platform) ?? 'any',
    arch: ARCHITECTURES.find((arch) => arch === process.arch) ?? 'any',
  };
}
