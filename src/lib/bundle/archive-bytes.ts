/** Where the bytes of an archive are: in memory, or in a file that is too large for it. */
import { readSync } from 'node:fs';
import { refuse } from './archive-refusal.ts';

/** Read ahead: an archive is mostly read from its start to its end. */
const WINDOW_BYTES = 1024 * 1024;

export interface ArchiveBytes {
  readonly length: number;
  /**
   * Bytes of the archive, which may share memory with it and with each other: nobody writes to them.
   * @throws MpakError ARCHIVE_TRUNCATED when a file has become shorter, and what the system says
   */
  slice(start: number, end: number): Buffer;
}

export function bytesInMemory(bytes: Buffer): ArchiveBytes {
  return { length: bytes.length, slice: (start, end) => bytes.subarray(start, end) };
}

/** @param handle of a file, open for as long as it is read */
export function bytesInFile(handle: number, length: number): ArchiveBytes {
  let window: Buffer = Buffer.alloc(0);
  let windowStart = 0;
  return {
    length,
    slice(start, end) {
      if (start < windowStart || end > windowStart + window.length) {
        // Never written over: what was handed out stays as it was.
        window = readFrom(handle, start, Math.min(length, Math.max(end, start + WINDOW_BYTES)));
        windowStart = start;
      }
      return window.subarray(start - windowStart, end - windowStart);
    },
  };
}

function readFrom(handle: number, start: number, end: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(end - start);
  for (let at = 0; at < bytes.length; ) {
    const read = readSync(handle, bytes, at, bytes.length - at, start + at);
    if (read === 0) refuse('ARCHIVE_TRUNCATED', 'The archive became shorter while it was read.');
    at += read;
  }
  return bytes;
}
