/**
 * An answer as it goes out: its bytes, and the headers that are the same whoever asks. Made once, however often it is
 * sent; what it is compressed to is kept with it.
 */
import { hash } from 'node:crypto';
import { type Coding, compress } from './encoding.ts';
import type { Answer } from './http.ts';
import { COMPRESS_FROM_BYTES } from './limits.ts';

const COMPRESSIBLE = /^(application\/(json|xml|x-ndjson|vnd\.[\w.+-]*\+json)|text\/|image\/svg\+xml)/;

/** Up to this size copying costs less than a second piece to write. */
const ONE_WRITE_BYTES = 16_384;

/** Bytes, or a text whose characters each stand for a byte (latin1), whatever those bytes mean. */
export type Octets = Uint8Array | string;

export class Representation {
  readonly status: number;
  /** Without the length, and the coding, of what is sent. */
  readonly headers: Readonly<Record<string, string>>;
  /** Not compressed. */
  readonly body: Octets;
  readonly isCompressible: boolean;
  readonly #packed = new Map<Coding, Promise<Octets>>();

  constructor(
    status: number,
    headers: Readonly<Record<string, string>>,
    bytes: Uint8Array,
    isCompressible: boolean,
  ) {
    this.status = status;
    this.headers = headers;
    this.body = toOctets(bytes);
    this.isCompressible = isCompressible;
  }

  /** Its bytes in a coding, compressed at most once. */
  packed(coding: 'zstd' | 'gzip'): Promise<Octets> {
    let packed = this.#packed.get(coding);
    if (packed === undefined) {
      packed = compress(toBytes(this.body), coding).then(toOctets);
      this.#packed.set(coding, packed);
    }
    return packed;
  }
}

function toOctets(bytes: Uint8Array): Octets {
  if (bytes.length > ONE_WRITE_BYTES) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function toBytes(octets: Octets): Uint8Array {
  return typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets;
}

/** What a browser shows of an answer loads and runs nothing; pages say what they need. */
const NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'";

/** The headers that every answer has. @param isRead it answers GET or HEAD */
export function commonHeaders(answer: Answer, isRead: boolean): Record<string, string> {
  const headers: Record<string, string> = {
    'content-security-policy': NOTHING_RUNS,
    ...answer.headers,
    'x-content-type-options': 'nosniff',
  };
  if (isRead) headers['access-control-allow-origin'] = '*';
  return headers;
}

/** @param answer whose body is no stream */
export function represent(answer: Answer, isRead: boolean): Representation {
  const headers = commonHeaders(answer, isRead);
  if (answer.json !== undefined) headers['content-type'] ??= 'application/json; charset=utf-8';
  const bytes = bytesOf(answer);
  const isCompressible =
    bytes.length >= COMPRESS_FROM_BYTES &&
    headers['content-encoding'] === undefined &&
    COMPRESSIBLE.test(headers['content-type'] ?? '');
  if (isCompressible) headers.vary = varyBy(headers.vary, 'accept-encoding');
  if (isRead && answer.status === 200) {
    if (headers['cache-control'] !== 'no-store') headers.etag ??= weakEtag(bytes);
    // A strong tag would promise the same bytes in every coding.
    if (isCompressible && headers.etag?.startsWith('"')) headers.etag = `W/${headers.etag}`;
  }
  return new Representation(answer.status, headers, bytes, isCompressible);
}

function bytesOf({ json, body }: Answer): Uint8Array {
  if (json !== undefined) return Buffer.from(JSON.stringify(json));
  return typeof body === 'string' ? Buffer.from(body) : ((body as Uint8Array | undefined) ?? Buffer.alloc(0));
}

function weakEtag(bytes: Uint8Array): string {
  return `W/"${hash('sha256', bytes, 'base64url').slice(0, 27)}"`;
}

/** Adds to what the route itself varies by. */
function varyBy(vary: string | undefined, name: string): string {
  const names = (vary ?? '').split(',').map((text) => text.trim());
  return [...names.filter((other) => other !== '' && other !== name), name].join(', ');
}
