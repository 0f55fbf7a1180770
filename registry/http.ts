/**
 * What a route is: plain data in, plain data out. server.ts does the rest of HTTP (bodies, conditional requests,
 * compression, HEAD, errors, timeouts), the same for all.
 */
import type { Readable } from 'node:stream';
import type Database from 'better-sqlite3';

export interface Request {
  /** A route for GET gets HEAD too, and answers alike: server.ts leaves the body out. */
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** Decoded path parameters by their name in the route's path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The whole body of a POST; empty for GET. */
  readonly body: Uint8Array;
  /** Fires when the client has gone away or the server stops. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON is a value under `json`; anything else is bytes or a stream under `body`. */
  readonly json?: unknown;
  readonly body?: string | Uint8Array | Readable;
}

/** What handlers work with. Nothing in it reads the environment. */
export interface Services {
  /** The registry's index, open for reading and writing. */
  readonly db: Database.Database;
  readonly now: () => Date;
  /** Counts a download of a version. */
  readonly countDownload: (versionId: number) => void;
}

export type Handler<S extends Services = Services> = (
  request: Request,
  services: S,
) => Answer | Promise<Answer>;

export interface Route<S extends Services = Services> {
  readonly method: 'GET' | 'POST';
  /** find-my-way syntax: `/v1/bundles/:scope/:name`. */
  readonly path: string;
  readonly handler: Handler<S>;
  /**
   * The answer is a view of the index and of the request's target alone, or of the parameters in its path alone: it may be
   * kept, see answer-cache.ts.
   */
  readonly kept?: 'target' | 'path';
}

/** An answer that API.md calls an error: `{"error": {"code", "message"}}` with the fitting status. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}
