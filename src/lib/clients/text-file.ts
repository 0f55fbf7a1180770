/**
 * A client's file as text, replaced in one step: whoever reads it, and whatever ends this process, sees the old content
 * or the new. Owner, mode, byte order mark and the link that leads to it stay. One backup is kept beside.
 */
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { MpakError } from '../errors.ts';
import { isMissing, syncFolder, UNFINISHED } from '../files.ts';
import { readRegularFile } from '../regular-file.ts';
import { systemError } from '../system-error.ts';
import type { ClientFile } from './client.ts';
import { invalidFile } from './format.ts';

export interface TextFile {
  /** The file itself, where a link leads to it. */
  readonly target: string;
  /** Undefined: it is not there. */
  readonly text: string | undefined;
  /** As they were read, to see whether somebody else has changed them. */
  readonly bytes: Buffer | undefined;
}

/** Of one that is made: it may hold what other servers need to know. */
const NEW_MODE = { user: 0o600, project: 0o644 } as const;
const MAX_BYTES = 64 * 1024 * 1024;
const LEFT_BEHIND_MS = 60_000;
const BOM = '\uFEFF';

export function backupOf(target: string): string {
  return `${target}.mpak-backup`;
}

/**
 * @throws MpakError CLIENT_FILE_INVALID when it is not UTF-8, a link that leads nowhere or out of its project, or too large;
 *   USAGE when it is no file, IO_FAILED
 */
export function readTextFile({ file, within }: Pick<ClientFile, 'file' | 'within'>): TextFile {
  let target: string;
  let bytes: Buffer | undefined;
  try {
    target = targetOf(file);
    if (within !== undefined) requireWithin(target, within, file);
    bytes = readBytes(target);
  } catch (error) {
    throw systemError(error) ?? error;
  }
  if (bytes === undefined) return { target, text: undefined, bytes };
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { target, text, bytes };
  } catch {
    throw invalidFile(file, 'it is not UTF-8');
  }
}

/** The text without its byte order mark, for who parses it. */
export function withoutBom(text: string): { readonly bom: string; readonly text: string } {
  return text.startsWith(BOM) ? { bom: BOM, text: text.slice(1) } : { bom: '', text };
}

/**
 * @param text null: it is taken away
 * @param scope decides the mode of one that is not there yet
 * @throws MpakError BUSY when somebody has changed the file since it was read; then it is as they left it
 */
export function replaceTextFile(
  { target, bytes }: TextFile,
  text: string | null,
  scope: keyof typeof NEW_MODE,
): void {
  const folder = path.dirname(target);
  mkdirSync(folder, { recursive: true, mode: scope === 'user' ? 0o700 : 0o755 });
  clearLeftBehind(target);
  const status = statSync(target, { throwIfNoEntry: false });
  const temporaries: string[] = [];
  const write = (content: string | Buffer) => {
    const temporary = `${target}.tmp-${process.pid}-${process.hrtime.bigint()}`;
    temporaries.push(temporary);
    writeFileSync(temporary, content, { mode: 0o600, flag: 'wx', flush: true });
    takeOver(temporary, status, NEW_MODE[scope]);
    return temporary;
  };
  try {
    const backup = bytes && write(bytes);
    const next = text === null ? undefined : write(text);
    refuseChanged(target, bytes);
    if (backup !== undefined) renameSync(backup, backupOf(target));
    if (next !== undefined) renameSync(next, target);
    else rmSync(target);
  } finally {
    for (const temporary of temporaries) rmSync(temporary, { force: true });
  }
  syncFolder(folder);
}

function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if (!isMissing(error)) throw error;
    if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) {
      throw invalidFile(file, 'it is a link that leads nowhere');
    }
    return path.resolve(file);
  }
}

/** A project may be a stranger's, and its links lead to whatever that one likes. */
function requireWithin(target: string, folder: string, file: string): void {
  let there = target;
  while (lstatSync(there, { throwIfNoEntry: false }) === undefined) there = path.dirname(there);
  const away = path.relative(realpathSync(folder), realpathSync(there));
  if (away === '..' || away.startsWith(`..${path.sep}`) || path.isAbsolute(away))
    throw invalidFile(file, 'it is a link that leads out of the project');
}

/** @throws MpakError IO_FAILED: a rename would pass over what its owner has asked for */
export function requireWritable({ target }: TextFile): void {
  const status = statSync(target, { throwIfNoEntry: false });
  if (status === undefined || (status.mode & 0o222) !== 0) return;
  throw new MpakError('IO_FAILED', `${target} is read-only, and is left as it is.`, {
    hint: 'Make it writable first, if it is to be changed here and not where it is made from.',
  });
}

function readBytes(file: string): Buffer | undefined {
  const tooLarge = () => invalidFile(file, `it is larger than ${MAX_BYTES} bytes`);
  try {
    return readRegularFile(file, { most: MAX_BYTES, tooLarge });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The mode and, for root, the owner of the file that is replaced. */
function takeOver(temporary: string, status: Stats | undefined, newMode: number): void {
  if (status === undefined) {
    chmodSync(temporary, newMode & ~process.umask());
    return;
  }
  if (status.uid !== process.getuid?.() || status.gid !== process.getgid?.()) {
    if (process.platform !== 'win32') chownSync(temporary, status.uid, status.gid);
  }
  chmodSync(temporary, status.mode & 0o7777);
}

function refuseChanged(target: string, bytes: Buffer | undefined): void {
  const now = readBytes(target);
  if (now === undefined ? bytes === undefined : bytes?.equals(now)) return;
  throw new MpakError('BUSY', `${target} was changed by another program meanwhile, and is as that left it.`, {
    hint: 'Run the command again; close the client first if it keeps writing.',
  });
}

/** Of processes that were killed. Younger ones may be at work. */
function clearLeftBehind(target: string): void {
  const folder = path.dirname(target);
  const old = readdirSync(folder).filter(
    (name) => name.startsWith(`${path.basename(target)}.tmp-`) && UNFINISHED.test(name),
  );
  for (const name of old) {
    const file = path.join(folder, name);
    const status = lstatSync(file, { throwIfNoEntry: false });
    if (status?.isFile() && Date.now() - status.mtimeMs > LEFT_BEHIND_MS) rmSync(file, { force: true });
  }
}
