/** Writes an answer: conditional requests, compression, HEAD, and the headers that every answer has. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { chooseCoding, compress } from './encoding.ts';
import type { Answer } from './http.ts';
import { COMPRESS_FROM_BYTES } from './limits.ts';

const COMPRESSIBLE = /^(application\/(json|x-ndjson|vnd\.[\w.+-]*\+json)|text\/|image\/svg\+xml)/;

/** @param writeIdleMs a client that takes nothing for this long is cut off */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  writeIdleMs: number,
): Promise<void> {
  const headers = new Map(Object.entries(answer.headers ?? {}));
  headers.set('x-content-type-options', 'nosniff');
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (isRead) headers.set('access-control-allow-origin', '*');
  if (answer.json !== undefined) setDefault(headers, 'content-type', 'application/json; charset=utf-8');
  response.socket?.setTimeout(writeIdleMs);

  if (answer.body instanceof Readable) {
    await respondStream(request, response, answer.status, headers, answer.body);
    return;
  }
  const bytes = bytesOf(answer);
  if (isRead && answer.status === 200) {
    if (headers.get('cache-control') !== 'no-store') setDefault(headers, 'etag', weakEtag(bytes));
    if (matches(request.headers['if-none-match'], headers.get('etag'))) {
      respondNotModified(response, headers);
      return;
    }
  }
  const coded = await encode(request, headers, bytes);
  headers.set('content-length', String(coded.length));
  response.writeHead(answer.status, Object.fromEntries(headers));
  response.end(request.method === 'HEAD' ? undefined : coded);
}

async function respondStream(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Map<string, string>,
  body: Readable,
): Promise<void> {
  if (status === 200 && matches(request.headers['if-none-match'], headers.get('etag'))) {
    body.destroy();
    respondNotModified(response, headers);
    return;
  }
  response.writeHead(status, Object.fromEntries(headers));
  if (request.method === 'HEAD') {
    body.destroy();
    response.end();
    return;
  }
  await pipeline(body, response);
}

function respondNotModified(response: ServerResponse, headers: Map<string, string>): void {
  headers.delete('content-type');
  headers.delete('content-length');
  response.writeHead(304, Object.fromEntries(headers)).end();
}

function bytesOf({ json, body }: Answer): Uint8Array {
  if (json !== undefined) return Buffer.from(JSON.stringify(json));
  return typeof body === 'string' ? Buffer.from(body) : ((body as Uint8Array | undefined) ?? Buffer.alloc(0));
}

/** Compresses where it is worth it and accepted; sets the headers that say so. */
async function encode(
  request: IncomingMessage,
  headers: Map<string, string>,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  if (bytes.length < COMPRESS_FROM_BYTES || headers.has('content-encoding')) return bytes;
  if (!COMPRESSIBLE.test(headers.get('content-type') ?? '')) return bytes;
  headers.set('vary', 'accept-encoding');
  // A strong tag would promise the same bytes in every coding.
  const etag = headers.get('etag');
  if (etag !== undefined && !etag.startsWith('W/')) headers.set('etag', `W/${etag}`);
  const coding = chooseCoding(request.headers['accept-encoding']?.toString());
  if (coding === 'identity') return bytes;
  headers.set('content-encoding', coding);
  return compress(bytes, coding);
}

function weakEtag(bytes: Uint8Array): string {
  return `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`;
}

/** Weak comparison, as If-None-Match wants it (RFC 9110 section 13.1.2). */
function matches(condition: string | undefined, etag: string | undefined): boolean {
  if (condition === undefined || etag === undefined) return false;
  if (condition.trim() === '*') return true;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return condition.split(',').some((tag) => opaque(tag) === opaque(etag));
}

function setDefault(headers: Map<string, string>, name: string, value: string): void {
  if (!headers.has(name)) headers.set(name, value);
}
