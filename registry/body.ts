/** The body of a request, whole and limited. */
import type { IncomingMessage } from 'node:http';
import { HttpError } from './http.ts';
import type { HttpLimits } from './limits.ts';

/**
 * Reads a JSON body.
 * @throws HttpError 415 when it is not declared as JSON, 413 when it is too large, 400 when the client goes away
 */
export async function readBody(request: IncomingMessage, limits: HttpLimits): Promise<Uint8Array> {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  const encoding = request.headers['content-encoding'];
  const isJson = type === 'application/json' && (encoding === undefined || encoding === 'identity');
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > limits.drainBytes) throw tooLarge(limits);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Left early, the request stays whole: destroyed, it would take the connection and the answer with it.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limits.drainBytes) throw tooLarge(limits);
      if (isJson && size <= limits.bodyBytes) chunks.push(chunk);
      else chunks.length = 0;
    }
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw new HttpError(400, 'INCOMPLETE_BODY', 'The connection ended before the body did.');
  }
  if (size > limits.bodyBytes) throw tooLarge(limits);
  if (!isJson) throw new HttpError(415, 'UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json.');
  return Buffer.concat(chunks);
}

function tooLarge(limits: HttpLimits): HttpError {
  return new HttpError(413, 'BODY_TOO_LARGE', `The body is larger than ${limits.bodyBytes} bytes.`, {
    connection: 'close',
  });
}
