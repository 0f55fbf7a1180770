/** Validates what a user points at: a folder that is to become a bundle, or a bundle. */
import { statSync } from 'node:fs';
import { openArchive } from '../bundle/archive.ts';
import { MpakError } from '../errors.ts';
import { requireRegularFile } from '../regular-file.ts';
import type { BundleContent } from './collect.ts';
import type { Finding } from './finding.ts';
import { readSource } from './source.ts';
import { ordered, validateContent } from './validate.ts';
import { laterOf } from './vendor.ts';

export interface TargetValidation {
  /** As far as the manifest can be read. */
  readonly name: string | undefined;
  readonly version: string | undefined;
  /** Errors first. */
  readonly findings: readonly Finding[];
}

/** @throws MpakError NOT_FOUND, USAGE, MANIFEST_MISSING, IO_FAILED, and each refusal of the archive guard */
export function validateTarget(target: string): TargetValidation {
  const status = statSync(target, { throwIfNoEntry: false });
  if (status === undefined) {
    throw new MpakError('NOT_FOUND', `There is no file or folder ${target}.`, { hint: 'Check the path.' });
  }
  if (!status.isDirectory()) requireRegularFile(target);
  const { manifest, findings } = status.isDirectory()
    ? validateFolder(target)
    : validateContent(readBundle(target));
  return { name: manifest?.name, version: manifest?.version, findings };
}

/** What is not vendored yet may be missing, and what is there will be vendored anew. */
function validateFolder(folder: string) {
  const { content, vendoring } = readSource(folder, true);
  const { manifest, findings } = validateContent(content, laterOf(vendoring));
  return { manifest, findings: ordered([...content.problems, ...findings]) };
}

function readBundle(file: string): BundleContent {
  const archive = openArchive(file);
  const files = new Map(
    archive.entries.filter((each) => !each.isDirectory).map((entry) => [entry.path, entry]),
  );
  return {
    paths: new Set(files.keys()),
    read: (path) => archive.read(files.get(path) as NonNullable<ReturnType<typeof files.get>>),
  };
}
