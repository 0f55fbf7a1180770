/**
 * Standard output, for the answer. In a pipe or a file it is written as it is: Node's stream for it takes longer to
 * make than a search takes.
 */
import { fstatSync, statSync, writeSync } from 'node:fs';
import { type Screen, screenOf } from './screen.ts';

const STDOUT = 1;

let onError: (error: unknown) => void = () => undefined;
let stream: NodeJS.WriteStream | undefined;
let plain: boolean | undefined;
/** Nobody takes more of it: who closes a pipe has read enough, and a full disk was told of. */
let broken = false;

/** @param report is told when it cannot be written: a full disk behind `>` is no fault of ours */
export function onOutputError(report: (error: unknown) => void): void {
  onError = report;
}

export function print(text: string): void {
  if (broken) return;
  const rest = isPlain() ? writePlainly(Buffer.from(text)) : text;
  if (rest.length > 0) outputStream().write(rest);
}

/** The stream, for who needs one. From here on everything goes through it. */
export function outputStream(): NodeJS.WriteStream {
  if (stream === undefined) {
    plain = false;
    stream = process.stdout;
    // oclif's listener would end the process with a stack trace.
    stream.removeAllListeners('error');
    stream.on('error', fail);
  }
  return stream;
}

export function outputScreen(): Screen {
  if (!isPlain()) return screenOf(outputStream());
  return { isTTY: false, columns: 80, style: (format, text) => screenOf(outputStream()).style(format, text) };
}

/** Neither a terminal nor anything that Node must translate for. */
function isPlain(): boolean {
  plain ??= process.platform !== 'win32' && (isNoDevice() || isNull());
  return plain;
}

function isNoDevice(): boolean {
  try {
    return !fstatSync(STDOUT).isCharacterDevice();
  } catch {
    return false;
  }
}

function isNull(): boolean {
  try {
    return fstatSync(STDOUT).rdev === statSync('/dev/null').rdev;
  } catch {
    return false;
  }
}

/** @returns what a pipe that does not block has no room for */
function writePlainly(bytes: Buffer): Buffer {
  let rest = bytes;
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(STDOUT, rest));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return rest;
    fail(error);
    return Buffer.alloc(0);
  }
  return rest;
}

function fail(error: unknown): void {
  if (broken) return;
  broken = true;
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') onError(error);
}
