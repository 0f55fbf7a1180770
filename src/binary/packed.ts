/**
 * Assets of the executable that are compressed: what few starts need. Brotli makes less of them than the gzip around the
 * whole download would.
 */
import { getRawAsset } from 'node:sea';

export function unpackAsset(name: string): Buffer {
  // Most starts need none, and would load this for nothing.
  const { brotliDecompressSync } = process.getBuiltinModule('node:zlib');
  return brotliDecompressSync(Buffer.from(getRawAsset(name)));
}
