/** Who is let in: every request but those of whoever watches the server is counted by the client's address. */
import type { BlockList } from 'node:net';
import { clientAddress, limitedUnit } from './client-address.ts';
import type { RateLimit } from './rate-limit.ts';

/** What is known of a request before anything of it is done. */
export interface Arrival {
  readonly method: string | undefined;
  /** The request's target. */
  readonly target: string;
  /** Of the socket. */
  readonly peer: string | undefined;
  readonly forwardedFor: string | undefined;
}

export interface GateOptions {
  readonly reads: RateLimit;
  readonly writes: RateLimit;
  readonly proxies: BlockList;
}

/** Asked by what watches over the server, and answered when it is busiest. */
const UNLIMITED = /^\/(health|metrics)(\?|$)/;

/** Returns a function that counts a request. @throws HttpError 429 out of it */
export function gate({ reads, writes, proxies }: GateOptions): (arrival: Arrival) => Promise<void> {
  return async ({ method, target, peer, forwardedFor }) => {
    if (UNLIMITED.test(target)) return;
    const unit = limitedUnit(clientAddress(peer, forwardedFor, proxies));
    const isRead = method === 'GET' || method === 'HEAD';
    await (isRead ? reads : writes).take(unit);
  };
}
