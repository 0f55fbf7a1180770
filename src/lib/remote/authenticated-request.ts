/**
 * One request that carries a credential: over https, or http to this machine alone; no redirect is followed, and no
 * proxy stands between this machine and itself. The answer is bounded and is only bytes here.
 */
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { isLoopback } from '../config/registry-url.ts';
import { readBody } from './http-body.ts';

const CONNECT_TIMEOUT_MS = 10_000;

export interface AuthenticatedRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: URL;
  /** Sent as `Authorization: Bearer`, and nowhere else. */
  readonly token: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Longest that it may take as a whole, in milliseconds. */
  readonly timeoutMs: number;
  /** Largest answer. */
  readonly maxBytes: number;
  readonly userAgent: string;
}

export interface BoundedAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Empty when it was larger than allowed. */
  readonly body: Buffer;
}

/** Whether a credential may be sent there. */
export function mayCarryCredentials(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

/** @returns the answer, whatever its status @throws what undici throws; `reasonOf` puts it in a word */
export async function sendAuthenticated(wanted: AuthenticatedRequest): Promise<BoundedAnswer> {
  const { method, url, token, headers, body, timeoutMs, maxBytes, userAgent } = wanted;
  if (!mayCarryCredentials(url)) throw new Error('plain http carries no credentials');
  const agent = dispatcherFor(url, timeoutMs);
  try {
    const answer = await request(url, {
      method,
      dispatcher: agent,
      headers: { ...headers, authorization: `Bearer ${token}`, 'user-agent': userAgent },
      ...(body !== undefined && { body }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const bytes = await readBody(answer.body as AsyncIterable<Buffer>, maxBytes);
    return { status: answer.statusCode, headers: answer.headers, body: bytes ?? Buffer.alloc(0) };
  } finally {
    await agent.destroy();
  }
}

function dispatcherFor(url: URL, timeoutMs: number): Dispatcher {
  const options = {
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  };
  return isLoopback(url.hostname) ? new Agent(options) : new EnvHttpProxyAgent(options);
}
