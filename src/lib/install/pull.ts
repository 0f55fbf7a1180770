/** A bundle as a file: proven and compared with the signed log, and not unpacked. */
import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { rememberAttested } from '../cache/attested.ts';
import { MpakError } from '../errors.ts';
import { syncFolder } from '../files.ts';
import type { Platform } from '../index/bundle-types.ts';
import { outputFile } from '../output-file.ts';
import { download } from '../remote/download.ts';
import { type InstallOptions, prove } from './install.ts';
import { type Resolved, resolve } from './resolve.ts';

export interface PullOptions
  extends Pick<
    InstallOptions,
    | 'store'
    | 'cache'
    | 'reference'
    | 'settings'
    | 'userAgent'
    | 'now'
    | 'unattested'
    | 'acceptUnattested'
    | 'onBytes'
    | 'warn'
  > {
  readonly platform: Platform;
  /** The file to write, or a folder for it under its own name; undefined: here. */
  readonly output: string | undefined;
  /** Replace a file that is there. */
  readonly force: boolean;
  /** Asked about what nothing proves, where that is to be asked. @throws MpakError CONSENT_REQUIRED */
  readonly askUnattested: (resolved: Resolved) => Promise<void>;
}

export interface Pulled {
  readonly resolved: Resolved;
  readonly file: string;
  /** False: nothing proves who built it, and it was wished for all the same. */
  readonly attested: boolean;
}

/** @throws MpakError as installing does; USAGE when the file is there already */
export async function pull(options: PullOptions): Promise<Pulled> {
  const { store, cache, reference, platform, output, force, userAgent, now, onBytes } = options;
  const db = store.open();
  let resolved: Resolved;
  try {
    resolved = resolve(db, reference, platform, now());
  } finally {
    db.close();
  }
  const { artifact } = resolved;
  const named = path.resolve(placeOf(output, resolved));
  const file = targetOf(named, force);
  const verified = await prove(options, resolved);
  if (verified === null && options.acceptUnattested(resolved.name) === 'ask')
    await options.askUnattested(resolved);
  const temporary = `${file}.tmp-${randomBytes(8).toString('hex')}`;
  try {
    await download({
      url: artifact.url,
      registry: store.registry,
      file: temporary,
      size: artifact.size,
      sha256: artifact.sha256,
      state: artifact.state,
      userAgent,
      onBytes: (done) => onBytes(done, artifact.size),
    });
    targetOf(named, force);
    if (verified !== null) rememberAttested(cache, resolved.name, store.label, resolved.version);
    renameSync(temporary, file);
    syncFolder(path.dirname(file));
  } finally {
    rmSync(temporary, { force: true });
  }
  return { resolved, file, attested: verified !== null };
}

/** @throws MpakError USAGE for `-`: nothing is handed on before all of it is verified */
function placeOf(output: string | undefined, resolved: Resolved): string {
  if (output === undefined) return ownName(resolved);
  if (output === '-' || output === '') {
    throw new MpakError('USAGE', 'A bundle is written to a file, and not to standard output.', {
      hint: 'Give a file or a folder with --output; ./- is a file of that name.',
    });
  }
  const isFolder = statSync(output, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? path.join(output, ownName(resolved)) : output;
}

/** The publisher's name for it is somebody else's text: taken when it is a plain one. */
function ownName({ name, version, artifact }: Resolved): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(artifact.filename)) return artifact.filename;
  return `${name.slice(name.indexOf('/') + 1)}-${version}.mcpb`;
}

/** @throws MpakError USAGE when it is there already and is not to be replaced, or is no file */
function targetOf(file: string, force: boolean): string {
  if (force || !existsSync(file)) return outputFile(file, []);
  throw new MpakError('USAGE', `${file} is there already.`, {
    hint: 'Name another with --output, or add --force.',
  });
}
