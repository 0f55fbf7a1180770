/** The folder that a bundle is made of, as it stands: its files, and the rules by which they were chosen. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { MANIFEST_PATH, parseManifestJson } from '../bundle/manifest.ts';
import { MpakError } from '../errors.ts';
import { readIfThere, readTextIfThere } from '../files.ts';
import { systemError } from '../system-error.ts';
import { type Collected, collectFiles } from './collect.ts';
import { IGNORE_FILE, type IgnoreRules, ignoreRules } from './ignore-rules.ts';
import { asObject } from './json-file.ts';
import { type Vendoring, vendoringOf } from './vendor.ts';

export interface Source {
  readonly folder: string;
  readonly rules: IgnoreRules;
  readonly content: Collected;
  /** How its dependencies are vendored; what is vendored is no part of the content. */
  readonly vendoring: Vendoring | undefined;
}

/**
 * @param vendor whether dependencies are to be vendored, where there are any
 * @throws MpakError NOT_FOUND, MANIFEST_MISSING, IO_FAILED, USAGE
 */
export function readSource(folder: string, vendor: boolean): Source {
  try {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new MpakError('NOT_FOUND', `There is no folder ${folder}.`, { hint: 'Check the path.' });
    }
    const rules = ignoreRules(readTextIfThere(path.join(folder, IGNORE_FILE)));
    const vendoring = vendor ? vendoringOf(serverType(folder), folder, rules) : undefined;
    const content = collectFiles(folder, vendoring === undefined ? rules : rules.without(vendoring.into));
    if (!content.paths.has(MANIFEST_PATH)) {
      throw new MpakError('MANIFEST_MISSING', `${folder} has no ${MANIFEST_PATH} that may be packed.`, {
        hint: 'Write one with `mpak bundle init`.',
      });
    }
    return { folder, rules, content, vendoring };
  } catch (error) {
    throw systemError(error) ?? error;
  }
}

/** As the manifest says; what is wrong with it is told by whoever validates it. */
function serverType(folder: string): unknown {
  const bytes = readIfThere(path.join(folder, MANIFEST_PATH));
  if (bytes === undefined) return undefined;
  try {
    return asObject(asObject(parseManifestJson(bytes))?.server)?.type;
  } catch (error) {
    if (error instanceof MpakError) return undefined;
    throw error;
  }
}
