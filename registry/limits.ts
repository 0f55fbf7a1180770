/** Every limit of the server, in one place. Times are milliseconds, sizes bytes. */

const KIB = 1024;
const MIB = 1024 * KIB;

/** What a client may send, and how slowly. */
export interface HttpLimits {
  /** Largest body of a request. */
  readonly bodyBytes: number;
  /** An oversized body is read this far, so that the client sees the answer instead of a broken connection. */
  readonly drainBytes: number;
  readonly headerBytes: number;
  readonly urlLength: number;
  /** From the first byte of a request to the end of its headers. */
  readonly headersMs: number;
  /** From the first byte of a request to the end of its body. */
  readonly requestMs: number;
  /** Between two requests on a connection. */
  readonly keepAliveMs: number;
  /** A client that takes nothing of its answer for this long is cut off. */
  readonly writeIdleMs: number;
  /** How often connections are checked against the times above. */
  readonly checkMs: number;
  readonly connections: number;
}

export const HTTP_LIMITS: HttpLimits = {
  bodyBytes: 512 * KIB,
  drainBytes: 4 * MIB,
  headerBytes: 16 * KIB,
  urlLength: 8 * KIB,
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 65_000,
  writeIdleMs: 60_000,
  checkMs: 1_000,
  connections: 10_000,
};

/** Answers from this size on are compressed where the client accepts it. */
export const COMPRESS_FROM_BYTES = KIB;

/** Of the full pages of the log that are kept compressed. */
export const PAGE_CACHE_BYTES = 64 * MIB;

/**
 * Of an entry that an announcement makes. Clients take 512 KiB; but every one of them reads every page, and 256 of
 * those would be 128 MiB.
 */
export const ENTRY_BYTES = 64 * KIB;

/** Announcements of one account: a release with many platforms announces them all at once. */
export const ACCOUNT_LIMITS = {
  /** Under way: fewer than ASSET_LIMITS.connections, so that others can announce meanwhile. */
  atOnce: 4,
  waiting: 32,
} as const;

/** Reading release assets from GitHub. */
export const ASSET_LIMITS = {
  assetBytes: 512 * MIB,
  /** Of `manifest.json`, uncompressed. */
  manifestBytes: MIB,
  /** Of the archive's end, in which its central directory must lie. */
  directoryBytes: 16 * MIB,
  /** Of all places in the archive that could be `manifest.json` until its central directory says which one is. */
  candidateBytes: 8 * MIB,
  redirects: 5,
  apiMs: 30_000,
  /** The whole download. */
  downloadMs: 10 * 60_000,
  /** Without a byte. */
  idleMs: 30_000,
  /** Downloads at a time from a host; further ones wait. */
  connections: 8,
  apiAnswerBytes: 8 * MIB,
} as const;

/** Verifying tokens. */
export const OIDC_LIMITS = {
  /** Keys of the issuer are asked for again after this time. */
  keysMaxAgeMs: 10 * 60_000,
  /** A token with an unknown key asks for the keys again, but not more often than this. */
  keysCooldownMs: 10_000,
  fetchMs: 5_000,
  clockToleranceSeconds: 5,
} as const;

export const CHECKPOINT_LIMITS = {
  validMs: 24 * 3_600_000,
  /** An older checkpoint is signed again when it is asked for. */
  freshMs: 3_600_000,
} as const;

/** When a snapshot is made: see `isSnapshotDue`. */
export const SNAPSHOT_LIMITS = {
  /** Entries of a log that is worth its first snapshot. */
  firstEntries: 256,
  /** New entries since the last one: the larger of a number and a share. */
  grownEntries: 1000,
  grownShare: 0.1,
  /** Any growth counts after this time. */
  maxAgeMs: 24 * 3_600_000,
  kept: 2,
  /** Appends are waited for this long before the need is looked at. */
  settleMs: 2_000,
  /** The need is looked at this often without an append: another process may import. */
  checkMs: 60_000,
  /** Between two attempts after one that failed. */
  retryMs: 60_000,
  zstdLevel: 10,
} as const;

/** Writing to the database. */
export const WRITE_LIMITS = {
  /** Longest stall of the event loop for another process that writes. */
  busyMs: 20,
  /** First and last pause between attempts. */
  backoffMs: [5, 200],
  /** How long an announcement waits for another process that writes. */
  patienceMs: 30_000,
} as const;

export const DOWNLOADS_FLUSH_MS = 1_000;

/** After SIGTERM, how long requests that are under way may take. */
export const SHUTDOWN_MS = 30_000;
