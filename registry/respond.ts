/** Writes an answer: conditional requests, compression, HEAD, and the headers that every answer has. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { matchesTag } from './conditional.ts';
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
  const mayCompress = isCompressible(headers, bytes);
  if (mayCompress) varyBy(headers, 'accept-encoding');
  if (isRead && answer.status === 200) {
    if (headers.get('cache-control') !== 'no-store') setDefault(headers, 'etag', weakEtag(bytes));
    if (mayCompress) weaken(headers);
    if (matchesTag(request.headers['if-none-match'], headers.get('etag'))) {
      respondNotModified(response, headers);
      return;
    }
  }
  const coded = mayCompress ? await encode(request, headers, bytes) : bytes;
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
  if (status === 200 && matchesTag(request.headers['if-none-match'], headers.get('etag'))) {
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
  headers.delete('content-encoding');
  response.writeHead(304, Object.fromEntries(headers)).end();
}

function bytesOf({ json, body }: Answer): Uint8Array {
  if (json !== undefined) return Buffer.from(JSON.stringify(json));
  return typeof body === 'string' ? Buffer.from(body) : ((body as Uint8Array | undefined) ?? Buffer.alloc(0));
}

function isCompressible(headers: Map<string, string>, bytes: Uint8Array): boolean {
  if (bytes.length < COMPRESS_FROM_BYTES || headers.has('content-encoding')) return false;
  return COMPRESSIBLE.test(headers.get('content-type') ?? '');
}

/** A strong tag would promise the same bytes in every coding. */
function weaken(headers: Map<string, string>): void {
  const etag = headers.get('etag');
  if (etag !== undefined && !etag.startsWith('W/')) headers.set('etag', `W/${etag}`);
}

/** Compresses where it is accepted; sets the header that says so. */
async function encode(
  request: IncomingMessage,
  headers: Map<string, string>,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const coding = chooseCoding(request.headers['accept-encoding']?.toString());
  if (coding === 'identity') return bytes;
  headers.set('content-encoding', coding);
  return compress(bytes, coding);
}

function weakEtag(bytes: Uint8Array): string {
  return `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`;
}

/** Adds to what the route itself varies by. */
function varyBy(headers: Map<string, string>, name: string): void {
  const names = (headers.get('vary') ?? '').split(',').map((text) => text.trim());
  headers.set('vary', [...names.filter((other) => other !== '' && other !== name), name].join(', '));
}

function setDefault(headers: Map<string, string>, name: string, value: string): void {
  if (!headers.has(name)) headers.set(name, value);
}
