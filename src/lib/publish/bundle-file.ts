/** A bundle as a publisher has it: a file, read once, hashed and checked as everybody will who installs it. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import semver from 'semver';
import { type CheckedArchive, readArchive } from '../bundle/archive.ts';
import { ARCHIVE_LIMITS } from '../bundle/archive-limits.ts';
import { parseManifestJson } from '../bundle/manifest.ts';
import { type PackageName, parsePackageName } from '../bundle/name.ts';
import { releaseFilename } from '../bundle/release-filename.ts';
import { targetPlatform } from '../bundle/target-platform.ts';
import { MpakError } from '../errors.ts';
import type { Platform } from '../index/bundle-types.ts';
import { detectPlatform } from '../pack/platform-of.ts';
import { systemError } from '../system-error.ts';

export interface PublishableBundle {
  /** As it was named. */
  readonly file: string;
  /** Of the asset that it is, or will be. */
  readonly filename: string;
  readonly name: PackageName;
  readonly version: string;
  /** As it is in the archive. */
  readonly manifest: unknown;
  readonly platform: Platform;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * @param given of its platform; the rest is detected
 * @throws MpakError NOT_FOUND, IO_FAILED, USAGE, MANIFEST_INVALID, and each refusal of the archive guard
 */
export function readBundleFile(file: string, given: Partial<Platform>): PublishableBundle {
  const filename = releaseFilename(path.basename(file));
  const bytes = readWhole(file);
  const archive = readOwn(bytes);
  const { manifest } = archive;
  const name = parsePackageName(manifest.name);
  if (name === undefined) {
    throw new MpakError(
      'MANIFEST_INVALID',
      `manifest.json names ${JSON.stringify(manifest.name)}: a package is @scope/name.`,
      {
        hint: 'Name it @OWNER/NAME in manifest.json, OWNER being that of the repository in lower case.',
      },
    );
  }
  if (semver.valid(manifest.version) !== manifest.version) {
    throw new MpakError(
      'MANIFEST_INVALID',
      `manifest.json has the version ${JSON.stringify(manifest.version)}, which is no semantic version.`,
      { hint: 'Give it three numbers, such as 1.2.0.' },
    );
  }
  return {
    file,
    filename,
    name,
    version: manifest.version,
    manifest: parseManifestJson(archive.manifestBytes),
    platform: targetPlatform(given, () => detectPlatform(archive)),
    sha256: sha256Of(bytes),
    size: bytes.length,
  };
}

/** The bytes that were hashed: many bundles are too much to be kept. @throws MpakError IO_FAILED when they are others now */
export function readAgain({ file, sha256 }: PublishableBundle): Buffer {
  const bytes = readWhole(file);
  if (sha256Of(bytes) === sha256) return bytes;
  throw new MpakError('IO_FAILED', `${file} changed while it was being published.`, {
    hint: 'Nothing of it was sent. Does another step write to it? Run the job again.',
  });
}

function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Who publishes asks nobody else for another bundle. */
function readOwn(bytes: Buffer): CheckedArchive {
  try {
    return readArchive(bytes);
  } catch (error) {
    if (!(error instanceof MpakError)) throw error;
    throw new MpakError(error.code, error.message, {
      hint: 'Nobody could install it. Make it with `mpak bundle pack`; `mpak bundle validate` says what is wrong.',
      cause: error,
    });
  }
}

function readWhole(file: string): Buffer {
  try {
    // Before it is opened: a pipe would be waited for.
    if (!statSync(file).isFile()) {
      throw new MpakError('USAGE', `${file} is no file.`, { hint: 'Give a bundle.' });
    }
    const handle = openSync(file, 'r');
    try {
      const status = fstatSync(handle);
      if (status.size > ARCHIVE_LIMITS.archiveBytes) {
        throw new MpakError(
          'ARCHIVE_TOO_LARGE',
          `${file} is larger than ${ARCHIVE_LIMITS.archiveBytes} bytes.`,
          {
            hint: 'Nothing of that size can be installed. Leave out what the server does not need.',
          },
        );
      }
      return readFileSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new MpakError('NOT_FOUND', `There is no file ${file}.`, {
        hint: 'Check the path of the bundle.',
      });
    }
    throw systemError(error) ?? error;
  }
}
