/** The platform that mpak runs on, in the words of the log. index/read-artifact.ts chooses an artifact for it. */
import { type Architecture, architecture, type OperatingSystem, operatingSystem } from '../log/entry.ts';

export interface CurrentPlatform {
  readonly os: OperatingSystem;
  readonly arch: Architecture;
}

/** A system or architecture that bundles are not built for is `any`: what is for any platform still runs there. */
export function currentPlatform(
  process: { readonly platform: string; readonly arch: string } = globalThis.process,
): CurrentPlatform {
  const os = operatingSystem.safeParse(process.platform);
  const arch = architecture.safeParse(process.arch);
  return { os: os.success ? os.data : 'any', arch: arch.success ? arch.data : 'any' };
}
