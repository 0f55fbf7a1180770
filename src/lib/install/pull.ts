/** A bundle as a file: proven and compared with the signed log, and not unpacked. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { MpakError } from '../errors.ts';
import { syncFolder } from '../files.ts';
import type { Platform } from '../index/bundle-types.ts';
import { download } from '../remote/download.ts';
import { type InstallOptions, prove } from './install.ts';
import { type Resolved, resolve } from './resolve.ts';

export interface PullOptions
  extends Pick<
    InstallOptions,
    'store' | 'reference' | 'settings' | 'userAgent' | 'now' | 'allowUnattested' | 'onBytes'
  > {
  readonly platform: Platform;
  /** Where to write it; undefined: under its own name, here. */
  readonly output: string | undefined;
  /** Replace a file that is there. */
  readonly force: boolean;
}

export interface Pulled {
  readonly resolved: Resolved;
  readonly file: string;
  /** False: nothing proves who built it, and it was wished for all the same. */
  readonly attested: boolean;
}

/** @throws MpakError as installing does; USAGE when the file is there already */
export async function pull(options: PullOptions): Promise<Pulled> {
  const { store, reference, platform, output, force, userAgent, onBytes } = options;
  const db = store.open();
  let resolved: Resolved;
  try {
    resolved = resolve(db, reference, platform);
  } finally {
    db.close();
  }
  const { artifact } = resolved;
  // The registry's name for it is somebody else's text: only its last part, here.
  const file = path.resolve(output ?? path.basename(artifact.filename));
  if (existsSync(file) && !force) {
    throw new MpakError('USAGE', `${file} is there already.`, {
      hint: 'Name another with --output, or add --force.',
    });
  }
  const verified = await prove(options, resolved);
  const temporary = `${file}.tmp-${process.pid}`;
  try {
    await download({
      url: artifact.url,
      file: temporary,
      size: artifact.size,
      sha256: artifact.sha256,
      userAgent,
      onBytes: (done) => onBytes(done, artifact.size),
    });
    renameSync(temporary, file);
    syncFolder(path.dirname(file));
  } finally {
    rmSync(temporary, { force: true });
  }
  return { resolved, file, attested: verified !== null };
}
