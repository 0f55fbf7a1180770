/**
 * Keeps what an HTTP server of this process answers, as it goes out. Preloaded into a registry's process, where it appends
 * to a file of the folder MPAK_TEST_ANSWERS; the answer is on the disk before its end is sent.
 */
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';

export interface RecordedAnswer {
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly type: string;
  readonly coding: string;
  /** It bears the header that a registry puts on every answer. */
  readonly isRegistry: boolean;
  /** Base64; null for one that is large, or is no JSON. */
  readonly body: string | null;
}

const MOST_BYTES = 1024 * 1024;

export function recordAnswers(keep: (answer: RecordedAnswer) => void): void {
  subscribe('http.server.request.start', (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    record(request, response, keep);
  });
}

function record(
  request: IncomingMessage,
  response: ServerResponse,
  keep: (answer: RecordedAnswer) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const add = (chunk: unknown, encoding: unknown) => {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
    const buffer = Buffer.from(
      chunk as string,
      typeof encoding === 'string' ? (encoding as 'latin1') : undefined,
    );
    bytes += buffer.length;
    if (bytes <= MOST_BYTES) chunks.push(buffer);
  };
  const { write, end } = response;
  response.write = ((chunk: unknown, ...rest: unknown[]) => {
    add(chunk, rest[0]);
    return Reflect.apply(write, response, [chunk, ...rest]);
  }) as typeof write;
  // What was given to writeHead is nowhere to be asked for afterwards.
  let headers: Readonly<Record<string, unknown>> = {};
  const { writeHead } = response;
  response.writeHead = ((status: number, ...rest: unknown[]) => {
    const given = rest.find((each) => each !== null && typeof each === 'object');
    headers = { ...response.getHeaders(), ...(given as Readonly<Record<string, unknown>>) };
    return Reflect.apply(writeHead, response, [status, ...rest]);
  }) as typeof writeHead;
  response.end = ((...args: unknown[]) => {
    add(args[0], args[1]);
    const type = String(headers['content-type'] ?? '');
    const isKept = bytes <= MOST_BYTES && /json/.test(type) && !/ndjson/.test(type);
    keep({
      method: request.method ?? '',
      target: request.url ?? '',
      status: response.statusCode,
      type,
      coding: String(headers['content-encoding'] ?? 'identity'),
      isRegistry: headers['x-content-type-options'] === 'nosniff',
      body: isKept ? Buffer.concat(chunks).toString('base64') : null,
    });
    return Reflect.apply(end, response, args);
  }) as typeof end;
}

const folder = process.env.MPAK_TEST_ANSWERS;
if (folder && process.env.MPAK_TEST_RECORDS) {
  const file = path.join(folder, `${process.pid}-${Date.now()}.ndjson`);
  recordAnswers((answer) => appendFileSync(file, `${JSON.stringify(answer)}\n`));
}
