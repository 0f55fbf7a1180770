/** Content codings (RFC 9110 section 8.4): which one a client gets, and the compressed bytes. */
import { promisify } from 'node:util';
import { constants, gzip, zstdCompress } from 'node:zlib';

export type Coding = 'zstd' | 'gzip' | 'identity';

/** The best coding that an Accept-Encoding header allows. */
export function chooseCoding(accept: string | undefined): Coding {
  if (accept === undefined) return 'identity';
  const accepted = new Map<string, boolean>();
  for (const part of accept.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((text) => text.trim());
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    accepted.set(coding, q === undefined || Number(q) > 0);
  }
  const accepts = (coding: string) => accepted.get(coding) ?? accepted.get('*') ?? false;
  if (accepted.get('zstd') === true) return 'zstd';
  return accepts('gzip') ? 'gzip' : 'identity';
}

const zstdAsync = promisify(zstdCompress);
const gzipAsync = promisify(gzip);

/** Compresses on Node's thread pool. */
export function compress(bytes: Uint8Array, coding: 'zstd' | 'gzip'): Promise<Uint8Array> {
  return coding === 'zstd'
    ? zstdAsync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } })
    : gzipAsync(bytes, { level: 6 });
}
