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
  /** A crawled index keeps no details of a version, and its registry cannot be asked. */
  DETAILS_MISSING: 3,
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
  /** A registry without a log lists so much less than before that nothing is taken away. */
  REGISTRY_SHRUNK: 15,
  CHECKPOINT_SIGNATURE: 20,
  KEY_NOT_PINNED: 21,
  ORIGIN_MISMATCH: 22,
  ROLLBACK: 23,
  EQUIVOCATION: 24,
  TAMPERED_LOG: 25,
  TAMPERED_SNAPSHOT: 26,
  CHECKPOINT_FUTURE: 27,
  CHECKPOINT_STALE: 28,
  /** A registry that had a signed log shows none any more. */
  SIGNED_INDEX_GONE: 29,
  /** An archive is refused, each time for one reason: docs/archives.md. */
  ARCHIVE_NOT_ZIP: 30,
  ARCHIVE_OTHER_PACKAGE: 30,
  ARCHIVE_OTHER_PERMISSIONS: 30,
  ARCHIVE_TRUNCATED: 30,
  ARCHIVE_TOO_LARGE: 30,
  ARCHIVE_EMPTY: 30,
  ARCHIVE_TRAILING_DATA: 30,
  ARCHIVE_PREPENDED_DATA: 30,
  ARCHIVE_HIDDEN_DATA: 30,
  ARCHIVE_TWO_ENDS: 30,
  ARCHIVE_MULTI_DISK: 30,
  ARCHIVE_ENTRY_COUNT: 30,
  ARCHIVE_DIRECTORY: 30,
  ARCHIVE_LARGE_FORMAT: 30,
  ARCHIVE_EXTRA_FIELD: 30,
  ARCHIVE_ENTRY_LIMIT: 30,
  ARCHIVE_TOTAL_SIZE: 30,
  ARCHIVE_FILE_SIZE: 30,
  ARCHIVE_RATIO: 30,
  ARCHIVE_OVERLAP: 30,
  ARCHIVE_LOCAL_HEADER: 30,
  ARCHIVE_LOCAL_NAME: 30,
  ARCHIVE_LOCAL_FIELDS: 30,
  ARCHIVE_DESCRIPTOR: 30,
  ARCHIVE_ENCRYPTED: 30,
  ARCHIVE_METHOD: 30,
  ARCHIVE_STORED_SIZE: 30,
  ARCHIVE_SIZE_LIE: 30,
  ARCHIVE_CRC: 30,
  ARCHIVE_DEFLATE: 30,
  ARCHIVE_DATA_TRAILING: 30,
  ARCHIVE_NAME_ENCODING: 30,
  ARCHIVE_SECOND_NAME: 30,
  ARCHIVE_PATH_EMPTY: 30,
  ARCHIVE_PATH_TRAVERSAL: 30,
  ARCHIVE_PATH_ABSOLUTE: 30,
  ARCHIVE_PATH_DRIVE: 30,
  ARCHIVE_PATH_BACKSLASH: 30,
  ARCHIVE_PATH_NUL: 30,
  ARCHIVE_PATH_STREAM: 30,
  ARCHIVE_PATH_CHARACTER: 30,
  ARCHIVE_PATH_HIDDEN: 30,
  ARCHIVE_PATH_DOT: 30,
  ARCHIVE_PATH_TRAILING: 30,
  ARCHIVE_PATH_RESERVED: 30,
  ARCHIVE_PATH_LONG: 30,
  ARCHIVE_PATH_DEEP: 30,
  ARCHIVE_DUPLICATE: 30,
  ARCHIVE_CASE_COLLISION: 30,
  ARCHIVE_NFC_COLLISION: 30,
  ARCHIVE_FILE_AS_FOLDER: 30,
  ARCHIVE_FOLDER_TYPE: 30,
  ARCHIVE_SYMLINK: 30,
  ARCHIVE_SPECIAL_FILE: 30,
  DIGEST_MISMATCH: 31,
  REVOKED: 32,
  CONSENT_REQUIRED: 33,
  CACHE_DAMAGED: 34,
  MANIFEST_MISSING: 35,
  MANIFEST_NOT_A_FILE: 35,
  MANIFEST_TOO_LARGE: 35,
  MANIFEST_NOT_JSON: 35,
  MANIFEST_VERSION: 35,
  MANIFEST_INVALID: 35,
  /** Of what is to become a bundle: `mpak bundle validate` tells every error. */
  BUNDLE_INVALID: 35,
  /** The version was deprecated long ago. */
  DEPRECATED: 36,
  /** A bundle's level is below the one that was asked for: docs/certification.md. */
  BELOW_LEVEL: 37,
  /** A scan found something as severe as `--fail-on` says. */
  FINDING_SEVERE: 38,
  /** A package had attestations and has none any more. */
  ATTESTATION_LOST: 39,
  USER_CONFIG_MISSING: 40,
  USER_CONFIG_INVALID: 41,
  /** The program that a server needs is not there, or too old. */
  INTERPRETER_MISSING: 42,
  PLATFORM_UNSUPPORTED: 43,
  SERVER_INVALID: 44,
  START_FAILED: 45,
  /** npm, uv or pip could not vendor what a server depends on. */
  VENDOR_FAILED: 50,
  /** Publishing: docs/publishing.md. */
  NOT_IN_ACTIONS: 51,
  AUDIENCE_REFUSED: 52,
  TOKEN_REFUSED: 53,
  PUBLISH_REFUSED: 54,
  REGISTRY_BUSY: 55,
  RELEASE_UNKNOWN: 56,
  UPLOAD_REFUSED: 57,
  ASSET_EXISTS: 58,
  /** Vulnerability data is not what it must be: docs/vulnerabilities.md. */
  FEED_INVALID: 60,
  /** The files of AI clients, and where secrets are kept: docs/clients.md. */
  CLIENT_FILE_INVALID: 65,
  CLIENT_ENTRY_TAKEN: 66,
  KEYCHAIN: 67,
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
