/**
 * Which platform a bundle is for, from what is in it: the systems that its manifest names, the header of a binary
 * server, and those of native addons. docs/packing.md has the rules.
 */
import type { CheckedArchive } from '../bundle/archive.ts';
import type { CheckedEntry } from '../bundle/archive-guard.ts';
import { MpakError } from '../errors.ts';
import type { Platform } from '../index/bundle-types.ts';
import { type BinaryTarget, binaryTarget } from './binary-header.ts';

/** A compiled file in a bundle. */
export interface NativeFile {
  readonly path: string;
  readonly target: BinaryTarget;
}

const ANY: Platform = { os: 'any', arch: 'any' };
const ADDON = /\.(node|pyd|dll|dylib|so(\.\d+)*)$/i;
const NO_EXTENSION = /(^|\/)[^/.]+$/;
// biome-ignore lint/suspicious/noTemplateCurlyInString: mcpb's own placeholder
const OWN_FOLDER = '${__dirname}/';

/**
 * The narrowest platform that a bundle claims to be for; `any` wherever it claims nothing, or several things.
 * @throws MpakError PLATFORM_UNSUPPORTED when its server is compiled for a platform that mpak has no name for
 */
export function detectPlatform(archive: CheckedArchive): Platform {
  const programs = serverPrograms(archive);
  for (const { path, target } of programs) {
    if (target.os !== 'other' && !target.archs.every((arch) => arch === 'other')) continue;
    throw new MpakError(
      'PLATFORM_UNSUPPORTED',
      `${path} is compiled for a platform that mpak does not know.`,
      {
        hint: 'Bundles are for darwin, linux and win32, on x64 and arm64.',
      },
    );
  }
  const found = common((programs.length > 0 ? programs : nativeFiles(archive)).map(({ target }) => target));
  const [declared, ...more] = new Set(archive.manifest.compatibility?.platforms ?? []);
  if (declared === undefined || more.length > 0) return found;
  return { os: declared, arch: found.os === declared ? found.arch : 'any' };
}

/** Compiled files that a server loads or starts, in the order of the archive: addons, libraries and programs. */
export function nativeFiles(archive: CheckedArchive): NativeFile[] {
  const programs = programNames(archive);
  return compiled(
    archive,
    ({ path, mode }) =>
      programs.includes(path) ||
      ADDON.test(path) ||
      // A program without an extension. Those for Windows have one, and are often launchers that packages carry along.
      (mode === 0o755 && NO_EXTENSION.test(path)),
  );
}

/** The compiled files that a binary server is started with: of each platform its own, where it has overrides. */
function serverPrograms(archive: CheckedArchive): NativeFile[] {
  const programs = programNames(archive);
  return compiled(archive, ({ path }) => programs.includes(path));
}

function programNames({ manifest: { server } }: CheckedArchive): string[] {
  if (server.type !== 'binary') return [];
  const { platform_overrides: overrides = {}, command } = server.mcp_config ?? {};
  const commands = [command, ...Object.values(overrides).map((override) => override.command)];
  return [server.entry_point, ...commands].flatMap((name) => {
    if (name === undefined) return [];
    const path = (name.startsWith(OWN_FOLDER) ? name.slice(OWN_FOLDER.length) : name).replace(/^\.\//, '');
    return [path, `${path}.exe`];
  });
}

function compiled(archive: CheckedArchive, isCandidate: (entry: CheckedEntry) => boolean): NativeFile[] {
  const entries = archive.entries.filter((entry) => !entry.isDirectory && isCandidate(entry));
  return entries.flatMap((entry) => {
    const target = binaryTarget(archive.read(entry));
    return target === undefined ? [] : [{ path: entry.path, target }];
  });
}

/** What all of them are for. */
function common(targets: readonly BinaryTarget[]): Platform {
  const known = targets.filter((target) => target.os !== 'other');
  const [os, ...otherSystems] = new Set(known.map((target) => target.os));
  if (os === undefined || os === 'other' || otherSystems.length > 0) return ANY;
  const [archs, ...others] = new Set(known.map((target) => target.archs.join()));
  const arch = archs === 'x64' || archs === 'arm64' ? archs : 'any';
  return { os, arch: others.length > 0 ? 'any' : arch };
}
