/**
 * Makes a bundle of a folder: validate, vendor, list what was vendored, write, and read again what was written. The same
 * folder gives the same bytes on every machine: docs/packing.md says what that takes.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { readArchive } from '../bundle/archive.ts';
import { ARCHIVE_LIMITS } from '../bundle/archive-limits.ts';
import { type BundleManifest, MANIFEST_PATH } from '../bundle/manifest.ts';
import type { PackageName } from '../bundle/name.ts';
import { targetPlatform } from '../bundle/target-platform.ts';
import { MpakError } from '../errors.ts';
import type { Platform } from '../index/bundle-types.ts';
import type { Collected } from './collect.ts';
import { type Finding, refuseErrors } from './finding.ts';
import { nativeFindings } from './native-findings.ts';
import { outputName } from './output-name.ts';
import { detectPlatform } from './platform-of.ts';
import { makeSbom, SBOM_PATH } from './sbom.ts';
import { readSource } from './source.ts';
import { withSourceCommit } from './source-commit.ts';
import type { ToolContext } from './tool.ts';
import { ordered, validateContent } from './validate.ts';
import { laterOf } from './vendor.ts';
import { withVendored } from './vendored-copy.ts';
import { writeArchive } from './write-archive.ts';
import { writeZip, type ZipFile } from './zip-writer.ts';

export interface PackOptions extends ToolContext {
  readonly folder: string;
  /** Path of the output, with placeholders; undefined for the usual name in the current folder. */
  readonly output: string | undefined;
  /** What the publisher says of the platform; the rest is detected. */
  readonly target: Partial<Platform>;
  /** Whether dependencies are vendored; else the folder is taken as it is. */
  readonly vendor: boolean;
  readonly pythonVersion: string | undefined;
  /** Of every entry. */
  readonly date: Date;
  /** To be written into the manifest. */
  readonly sourceCommit: string | undefined;
  /** Runs the vendoring; its signal ends it. */
  readonly whileVendoring: (vendor: (signal: AbortSignal) => Promise<void>) => Promise<void>;
}

export interface Packed {
  readonly file: string;
  readonly name: PackageName;
  readonly version: string;
  readonly platform: Platform;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly files: number;
  readonly sbom: { readonly path: string; readonly components: number };
  readonly warnings: readonly Finding[];
}

/** @throws MpakError; then nothing is written, and a file that was there is what it was */
export async function pack(options: PackOptions): Promise<Packed> {
  const source = readSource(options.folder, options.vendor);
  const { content, vendoring } = source;
  const { manifest, findings } = validateContent(content, laterOf(vendoring));
  refuseErrors([...content.problems, ...findings]);
  const known = manifest as BundleManifest;
  // What is wrong with it is told before anything is vendored.
  outputName(options.output, known.name as PackageName, known.version, { os: 'any', arch: 'any' });
  if (vendoring === undefined) return write(content, known, options, []);
  const warnings: Finding[] = [];
  const warn = (message: string) =>
    warnings.push({ severity: 'warning', path: vendoring.into, message, remedy: '' });
  const vendor = (folder: string, scratch: string) =>
    options.whileVendoring((signal) =>
      vendoring.run({ ...options, folder, source: options.folder, scratch, warn, signal }),
    );
  return withVendored(source, vendoring.into, vendor, (vendored) =>
    write(vendored, known, options, warnings),
  );
}

function write(
  content: Collected,
  manifest: BundleManifest,
  options: PackOptions,
  before: readonly Finding[],
): Packed {
  const { findings } = validateContent(content);
  refuseErrors([...content.problems, ...findings]);
  const sbom = makeSbom(manifest, content);
  const files = zipFiles(content, manifest, sbom.text, options.sourceCommit);
  const bytes = writeZip(files, options.date);
  const archive = readOwn(bytes);
  const detected = detectPlatform(archive);
  const platform = targetPlatform(options.target, () => detected);
  const name = manifest.name as PackageName;
  const file = path.resolve(outputName(options.output, name, manifest.version, platform));
  const undeclared = undeclaredSystem(manifest, platform);
  const unknown = sbom.unknown.map(
    (path): Finding => ({
      severity: 'warning',
      path,
      message: 'A package without a name or a version is vendored: the SBOM does not list it.',
      remedy: 'Remove it, or mend its metadata.',
    }),
  );
  writeArchive(file, bytes, files);
  return {
    file,
    name,
    version: manifest.version,
    platform,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.length,
    files: files.length,
    sbom: { path: SBOM_PATH, components: sbom.components },
    warnings: ordered([
      ...before,
      ...findings,
      ...unknown,
      ...undeclared,
      ...nativeFindings(archive, platform),
    ]),
  };
}

/** Clients refuse to run what its own manifest does not name their system in. */
function undeclaredSystem({ compatibility }: BundleManifest, { os }: Platform): Finding[] {
  const { platforms } = compatibility ?? {};
  if (os === 'any' || platforms === undefined || platforms.includes(os)) return [];
  return [
    {
      severity: 'warning',
      path: 'manifest.json: compatibility.platforms',
      message: `The bundle is for ${os}, which the manifest does not name.`,
      remedy: `Add "${os}", or pack it for another system.`,
    },
  ];
}

/** Every file in memory, within the limits of those who will read the bundle. */
function zipFiles(
  content: Collected,
  manifest: BundleManifest,
  sbom: string,
  commit: string | undefined,
): ZipFile[] {
  const program =
    manifest.server.type === 'binary' ? manifest.server.entry_point?.replace(/^\.\//, '') : undefined;
  let total = 0;
  const files: ZipFile[] = [{ path: SBOM_PATH, content: Buffer.from(sbom) }];
  for (const name of content.paths) {
    // One of an earlier pack, or of another tool: it would not say what is vendored now.
    if (name === SBOM_PATH) continue;
    const own = content.read(name);
    const bytes = name === MANIFEST_PATH && commit !== undefined ? withSourceCommit(own, commit) : own;
    total += bytes.length;
    if (bytes.length > ARCHIVE_LIMITS.fileBytes || total > ARCHIVE_LIMITS.totalBytes) {
      const what = bytes.length > ARCHIVE_LIMITS.fileBytes ? 'A file' : 'All files together';
      throw new MpakError('ARCHIVE_TOTAL_SIZE', `${what} would be larger than a bundle may be, at ${name}.`, {
        hint: 'Leave out what is not needed to run with .mcpbignore; docs/archives.md has the limits.',
      });
    }
    files.push({ path: name, content: bytes, executable: name === program });
  }
  return files;
}

/** What clients would say of it. */
function readOwn(bytes: Buffer) {
  try {
    return readArchive(bytes);
  } catch (error) {
    if (!(error instanceof MpakError)) throw error;
    throw new MpakError(error.code, `Clients would refuse the bundle. ${error.message}`, {
      hint: 'Leave out what is not needed to run with .mcpbignore; docs/archives.md has the limits.',
      cause: error,
    });
  }
}
