/** Writes an answer: conditional requests, the coding that the client accepts, HEAD. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { matchesTag } from './conditional.ts';
import { chooseCoding } from './encoding.ts';
import type { Answer } from './http.ts';
import { commonHeaders, Representation, represent } from './representation.ts';

/** Up to this size copying costs less than a second piece to write. */
const ONE_WRITE_BYTES = 16_384;

/** @param writeIdleMs a client that takes nothing for this long is cut off */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer | Representation,
  writeIdleMs: number,
): Promise<void> {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  response.socket?.setTimeout(writeIdleMs);
  if (answer instanceof Representation) await send(request, response, answer);
  else if (answer.body instanceof Readable) {
    await sendStream(request, response, answer.status, commonHeaders(answer, isRead), answer.body);
  } else await send(request, response, represent(answer, isRead));
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  representation: Representation,
): Promise<void> {
  const { status, headers, isCompressible } = representation;
  if (status === 200 && isKnown(request, headers)) {
    sendNotModified(response, headers);
    return;
  }
  const coding = isCompressible ? chooseCoding(request.headers['accept-encoding']?.toString()) : 'identity';
  const bytes = coding === 'identity' ? representation.bytes : await representation.packed(coding);
  const all: OutgoingHttpHeaders = { ...headers, 'content-length': bytes.length };
  if (coding !== 'identity') all['content-encoding'] = coding;
  response.writeHead(status, all);
  if (request.method === 'HEAD') response.end();
  else if (bytes.length > ONE_WRITE_BYTES) response.end(bytes);
  // A text goes out in one write with the headers. In this encoding a character is a byte, whatever the bytes mean.
  else response.end(asBuffer(bytes).toString('latin1'), 'latin1');
}

function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

async function sendStream(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Readable,
): Promise<void> {
  if (status === 200 && isKnown(request, headers)) {
    body.destroy();
    sendNotModified(response, headers);
    return;
  }
  response.writeHead(status, headers);
  if (request.method === 'HEAD') {
    body.destroy();
    response.end();
    return;
  }
  await pipeline(body, response);
}

function isKnown({ method, headers }: IncomingMessage, { etag }: Readonly<Record<string, string>>): boolean {
  return (method === 'GET' || method === 'HEAD') && matchesTag(headers['if-none-match'], etag);
}

function sendNotModified(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  const { 'content-type': _type, 'content-length': _length, 'content-encoding': _coding, ...rest } = headers;
  response.writeHead(304, rest).end();
}
