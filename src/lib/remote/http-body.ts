/** What comes over HTTP: decoded, bounded; and why nothing came, in a word. */
import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

/** By content-encoding: a map, because the name is the server's. Node's zlib is loaded when something is encoded. */
const DECODERS = new Map<unknown, () => Transform>([
  ['zstd', () => createZstdDecompress()],
  ['gzip', () => createGunzip()],
]);

/** A body without its content-encoding. An error of either side reaches the reader. */
export function decoded(body: AsyncIterable<Buffer>, encoding: unknown): AsyncIterable<Buffer> {
  const decoder = DECODERS.get(encoding)?.();
  if (decoder === undefined) return body;
  pipeline(Readable.from(body), decoder, () => undefined);
  return decoder;
}

/** The whole body; undefined when it is larger than the limit. */
export async function readBody(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** A network error in a word: its code, or its message. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message);
}
