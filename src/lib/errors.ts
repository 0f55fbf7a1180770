/**
 * The errors that a user can cause or meet, each with a stable code, an exit status and a hint that says what to do.
 * docs/exit-codes.md is the public table; a test compares the two.
 */

/** Exit status by error code. Codes are stable: scripts match on them. A status says what kind of thing went wrong. */
export const EXIT_STATUS = {
  /** The machine failed us: a full disk, a missing permission. */
  IO_FAILED: 1,
  USAGE: 2,
  /** A trusted root, or the TUF root that it comes from, is missing or is none. */
  TRUSTED_ROOT: 2,
  NOT_FOUND: 3,
  ATTESTATION_MISSING: 3,
  INDEX_MISSING: 3,
  ATTESTATION_REFUSED: 4,
  INDEX_UNREADABLE: 5,
  SCHEMA_NEWER: 5,
  BUSY: 6,
  IMPORT_INVALID: 7,
  REPLAY_MISMATCH: 8,
  NETWORK: 10,
  REGISTRY_ANSWER: 11,
  REGISTRY_WITHOUT_INDEX: 12,
  DOWNLOAD_FAILED: 13,
  ASSET_GONE: 14,
  CHECKPOINT_SIGNATURE: 20,
  KEY_NOT_PINNED: 21,
  ORIGIN_MISMATCH: 22,
  ROLLBACK: 23,
  EQUIVOCATION: 24,
  TAMPERED_LOG: 25,
  TAMPERED_SNAPSHOT: 26,
  CHECKPOINT_FUTURE: 27,
  CHECKPOINT_STALE: 28,
  DIGEST_MISMATCH: 31,
  REVOKED: 32,
  CONSENT_REQUIRED: 33,
  CACHE_DAMAGED: 34,
  USER_CONFIG_MISSING: 40,
  USER_CONFIG_INVALID: 41,
  /** The program that a server needs is not there, or too old. */
  INTERPRETER_MISSING: 42,
  PLATFORM_UNSUPPORTED: 43,
  SERVER_INVALID: 44,
  START_FAILED: 45,
} as const;

export type ErrorCode = keyof typeof EXIT_STATUS;

/** A failure that is explained to the user in full: never shown with a stack trace. */
export class MpakError extends Error {
  readonly code: ErrorCode;
  /** What the user can do about it, a sentence without its full stop is never enough: say the command. */
  readonly hint: string | undefined;
  readonly exitStatus: number;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'MpakError';
    this.code = code;
    this.hint = options.hint;
    this.exitStatus = EXIT_STATUS[code];
  }
}
