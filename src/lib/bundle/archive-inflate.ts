/** Unpacks one entry in memory and believes nothing: size and checksum must be those that were declared. */
import { crc32, inflateRawSync } from 'node:zlib';
import { type CheckedEntry, STORED } from './archive-guard.ts';
import { quote, refuse } from './archive-refusal.ts';

/** Room for zlib beyond the declared size, so that it never asks for a second buffer. */
const ROOM = 64;

/** @throws MpakError */
export function unpackEntry(packed: Buffer, entry: CheckedEntry): Buffer {
  const content = entry.method === STORED ? packed : inflate(packed, entry);
  if (crc32(content) !== entry.crc) {
    refuse('ARCHIVE_CRC', `The entry ${quote(entry.path)} is damaged: its checksum is another.`);
  }
  return content;
}

function inflate(packed: Buffer, { path, size }: CheckedEntry): Buffer {
  const { buffer, engine } = inflateAtMost(packed, path, size);
  if (buffer.length !== size) {
    refuse('ARCHIVE_SIZE_LIE', `The entry ${quote(path)} is smaller than it says.`);
  }
  if (engine.bytesWritten !== packed.length) {
    refuse('ARCHIVE_DATA_TRAILING', `The entry ${quote(path)} has something behind its end.`);
  }
  return buffer;
}

/** With `info`, zlib also says how much of the input it used; Node's types leave that out. */
interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function inflateAtMost(packed: Buffer, path: string, size: number): Inflated {
  const options = { info: true, maxOutputLength: Math.max(1, size), chunkSize: size + ROOM };
  try {
    return inflateRawSync(packed, options) as unknown as Inflated;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      return refuse('ARCHIVE_SIZE_LIE', `The entry ${quote(path)} is larger than it says.`, error);
    }
    return refuse('ARCHIVE_DEFLATE', `The entry ${quote(path)} cannot be unpacked.`, error);
  }
}
