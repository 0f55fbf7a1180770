/** Writes an answer: conditional requests, the coding that the client accepts, HEAD. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { matchesTag } from './conditional.ts';
import { chooseCoding } from './encoding.ts';
import type { Answer } from './http.ts';
import { commonHeaders, Representation, represent } from './representation.ts';

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
  const body = coding === 'identity' ? representation.body : await representation.packed(coding);
  const all: OutgoingHttpHeaders = { ...headers, 'content-length': body.length };
  if (coding !== 'identity') all['content-encoding'] = coding;
  response.writeHead(status, all);
  if (request.method === 'HEAD') response.end();
  // A text goes out in one write with the headers.
  else if (typeof body === 'string') response.end(body, 'latin1');
  else response.end(body);
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
