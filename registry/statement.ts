/** What a publisher says of a package that is published: the request, and what it takes to answer it. */
import type Database from 'better-sqlite3';
import type { TokenVerifier } from './oidc.ts';
import type { Turns } from './turns.ts';

export interface StatementRequest {
  readonly authorization: string | undefined;
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
}

export interface StatementServices {
  readonly db: Database.Database;
  readonly now: () => Date;
  readonly tokens: TokenVerifier;
  /** By the owner's account, as announcements take them. */
  readonly turns: Turns;
  /** Counts a request of an account. @throws HttpError 429 when it has made too many */
  readonly admitOwner: (ownerId: string) => Promise<void>;
  /** Called after the log has grown. */
  readonly onGrown: () => void;
}
