/** Scans what a user points at: a package, a folder or a file. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { parsePackageReference } from '../lib/bundle/name.ts';
import { currentPlatform } from '../lib/bundle/platform.ts';
import { readArchiveBytes } from '../lib/cache/archives.ts';
import { BundleCache } from '../lib/cache/bundle-cache.ts';
import type { Context } from '../lib/certification/context.ts';
import { fileAttestation } from '../lib/certification/file-attestation.ts';
import type { Report } from '../lib/certification/report.ts';
import { type ScanOptions, scanArchive, scanFolder } from '../lib/certification/scan.ts';
import { mpakHome } from '../lib/config/home.ts';
import { MpakError } from '../lib/errors.ts';
import { packageArchive } from '../lib/install/package-archive.ts';
import { packageIndex } from './package-index.ts';
import { ProgressLine } from './progress.ts';
import { provenance } from './provenance.ts';
import { scanContext } from './scan-context.ts';
import { Transfer } from './transfer.ts';
import { ensureDetails } from './unsigned.ts';

export interface ScanTargetOptions {
  /** That was named by a flag. */
  readonly registry: string | undefined;
  readonly userAgent: string;
  /** Of mpak. */
  readonly version: string;
  readonly warn: (text: string) => void;
  readonly sandbox: boolean;
  readonly scorecard: string | undefined;
}

/** What there is to scan, and what is known of it. */
type Subject = Pick<Context, 'attestation' | 'registry'> &
  ({ readonly folder: string; readonly archive?: undefined } | { readonly archive: Buffer });

/** @throws MpakError as reading, resolving and downloading do; what is wrong with the bundle itself is in the report */
export async function scanTarget(target: string, options: ScanTargetOptions): Promise<Report> {
  const line = new ProgressLine();
  const scanning = new Transfer('Scanning');
  try {
    const subject = await subjectOf(target, options, line);
    line.clear();
    const { context, close } = await scanContext(subject, options);
    const scan: ScanOptions = {
      scanner: { name: 'mpak', version: options.version },
      at: new Date(),
      context,
      progress: (done, total) => line.update(() => scanning.describe(done, total)),
    };
    try {
      return 'folder' in subject
        ? await scanFolder(subject.folder, scan)
        : await scanArchive(subject.archive, scan);
    } finally {
      close();
    }
  } finally {
    line.clear();
  }
}

async function subjectOf(target: string, options: ScanTargetOptions, line: ProgressLine): Promise<Subject> {
  const { registry, userAgent, warn } = options;
  const now = () => new Date();
  const download = new Transfer('Downloading');
  const reference = parsePackageReference(target);
  if (reference !== undefined) {
    const { bytes: archive, ...known } = await packageArchive({
      cache: new BundleCache(mpakHome(process.env)),
      reference,
      platform: currentPlatform(),
      store: async () => {
        const { store } = packageIndex({ registry }, reference.name, warn);
        await ensureDetails(store, target, userAgent);
        return store;
      },
      isNamed: registry !== undefined,
      settings: provenance(),
      userAgent,
      now,
      onBytes: (done, total) => line.update(() => download.describe(done, total)),
      warn,
    });
    return { archive, attestation: known.attestation, registry: known.registry };
  }
  const status = statSync(target, { throwIfNoEntry: false });
  if (status === undefined) {
    throw new MpakError('NOT_FOUND', `There is no file or folder ${target}.`, {
      hint: 'Check the path. A package is named @scope/name.',
    });
  }
  if (status.isDirectory()) return { folder: target };
  const archive = readArchiveBytes(target);
  const attestation = await fileAttestation(target, archive, {
    settings: provenance(),
    userAgent,
    now,
    warn,
  });
  return { archive, attestation };
}

/**
 * Where in a repository the files of a bundle are, by the folder that it is made of: from here, with slashes.
 * @returns empty when it is somewhere else, or nobody knows
 */
export function sourceFolder(target: string, source: string | undefined): string {
  const isFolder =
    parsePackageReference(target) === undefined &&
    statSync(target, { throwIfNoEntry: false })?.isDirectory() === true;
  const folder = source ?? (isFolder ? target : undefined);
  if (folder === undefined) return '';
  const relative = path.relative(process.cwd(), folder);
  return relative.startsWith('..') || path.isAbsolute(relative) ? '' : relative.split(path.sep).join('/');
}
