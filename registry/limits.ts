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

/** Lines of the log on their way to stderr. */
export const LOG_LIMITS = {
  /** As many characters are written at once, or what there is after this time. */
  writeLength: 8 * KIB,
  writeMs: 50,
} as const;

/** Of SQLite's memory for what it has read: it fills with use. */
export const SERVING_CACHE_KIB = 32_768;

/** The same while the whole index is read through at the start. */
export const READ_ONCE_CACHE_KIB = 512;

/** Answers to searches that are kept: see answer-cache.ts. */
export const ANSWER_CACHE_LIMITS = {
  bytes: 32 * MIB,
  answerBytes: 256 * KIB,
  ageMs: 60_000,
  otherWritesMs: 5,
} as const;

/**
 * Of an entry that an announcement makes. Clients take 512 KiB; but every one of them reads every page, and 256 of
 * those would be 128 MiB.
 */
export const ENTRY_BYTES = 64 * KIB;

/** Announcements of one account: a release with many platforms announces them all at once. */
export const ACCOUNT_LIMITS = {
  /** Under way: fewer than DOWNLOAD_LIMITS.atOnce, so that others can announce meanwhile. */
  atOnce: 4,
  waiting: 32,
} as const;

/** Whatever the registry fetches. */
export const OUTBOUND_LIMITS = {
  /** To a host, further requests wait: more than DOWNLOAD_LIMITS.atOnce, so that its API can be asked meanwhile. */
  connections: 16,
  connectMs: 10_000,
  /** From a request to the end of the answer's headers. */
  headersMs: 30_000,
  headerBytes: 16 * KIB,
  /** Without a byte. */
  idleMs: 30_000,
} as const;

/** Requests in a minute, where the operator says nothing else. */
export const RATE_LIMITS = {
  seconds: 60,
  /** Of an address: more pages of the log than a client that fetches one after the other gets through. */
  reads: 12_000,
  /** Of an address: the builds of many publishers leave GitHub by a few. */
  writes: 600,
  /** Of an account. */
  owner: 300,
  /** Addresses that are counted each by itself; further ones share some counters. */
  keys: 50_000,
  sharedKeys: 4_096,
} as const;

/** Downloads from which on a package is popular, so that names like its are refused. */
export const POPULAR_DOWNLOADS = 1_000;

/** Reading release assets from GitHub. */
export interface AssetLimits {
  /** Of `manifest.json`, uncompressed. */
  readonly manifestBytes: number;
  /** Of the archive's end, in which its central directory must lie. */
  readonly directoryBytes: number;
  /** Of all places in the archive that could be `manifest.json` until its central directory says which one is. */
  readonly candidateBytes: number;
  readonly redirects: number;
  readonly apiMs: number;
  readonly apiAnswerBytes: number;
  /** The whole download. */
  readonly downloadMs: number;
  /** Bytes a second: a slower download is given up. */
  readonly slowestRate: number;
  /** For how long it may be slower at first. */
  readonly graceMs: number;
}

export const ASSET_LIMITS = {
  assetBytes: 512 * MIB,
  manifestBytes: MIB,
  directoryBytes: 16 * MIB,
  candidateBytes: 8 * MIB,
  redirects: 5,
  apiMs: 30_000,
  apiAnswerBytes: 8 * MIB,
  downloadMs: 10 * 60_000,
  slowestRate: 16 * KIB,
  graceMs: 15_000,
} as const satisfies AssetLimits & { assetBytes: number };

/** Downloads of release assets, of all accounts together. */
export const DOWNLOAD_LIMITS = {
  /** Under way. */
  atOnce: 8,
  waiting: 64,
} as const;

/** Attestations of an artifact that is announced. */
export const ATTESTATION_LIMITS = {
  /** Of an answer of GitHub, and of an asset that holds them. */
  answerBytes: 4 * MIB,
  /** How many are looked at: each costs some signatures to check. */
  tried: 16,
  /** How many of those that hold are kept, and how large they are together. */
  kept: 8,
  documentBytes: MIB,
  /** The trusted root is looked at again after this time. */
  rootMs: 3_600_000,
} as const;

/** Looking for announced assets on GitHub. */
export interface CheckLimits {
  /** Between two requests. */
  readonly paceMs: number;
  /** Before an asset that is not there, or is another, is looked for again. */
  readonly confirmMs: number;
  /** How often GitHub is asked for one thing while it does not answer, and the first pause; it doubles. */
  readonly attempts: number;
  readonly backoffMs: number;
  /** Longest wait that GitHub may ask for: when it asks for more, the check ends with what it has. */
  readonly patienceMs: number;
}

export const CHECK_LIMITS: CheckLimits = {
  paceMs: 50,
  confirmMs: 2_000,
  attempts: 3,
  backoffMs: 2_000,
  patienceMs: 15 * 60_000,
};

/** Scanning what was announced: docs/registry.md has the reasons. */
export interface ScanLimits {
  /** Workers that a bundle may end before it is given up. */
  readonly kills: number;
  /** How often its bytes may be missing from where they were announced. */
  readonly misses: number;
  /** How often a service is asked for what a scan can do without. */
  readonly asked: number;
  /** First and last pause before a bundle is tried again; it doubles. */
  readonly backoffMs: readonly [number, number];
  /** Longest pause, also where GitHub asks for a longer one. */
  readonly longestMs: number;
  /** The queue is looked at this often: another process may add to it. */
  readonly pollMs: number;
}

export const SCAN_LIMITS: ScanLimits = {
  kills: 3,
  misses: 5,
  asked: 8,
  backoffMs: [60_000, 6 * 3_600_000],
  longestMs: 24 * 3_600_000,
  pollMs: 2_000,
};

/** What a scan may take, where the operator says nothing else. */
export const SCAN_DEFAULTS = {
  workers: 1,
  /** Of a worker, resident: an archive of the largest size, a file of it unpacked, and a syntax tree. */
  memoryMib: 1_536,
  timeoutMs: 10 * 60_000,
} as const;

/** Of a report that is kept; findings are left out until it fits. */
export const SCAN_REPORT_BYTES = MIB;

/** Verifying tokens. */
export const OIDC_LIMITS = {
  /** Keys of the issuer are asked for again after this time. */
  keysMaxAgeMs: 10 * 60_000,
  /** A token with an unknown key asks for the keys again, but not more often than this. */
  keysCooldownMs: 10_000,
  fetchMs: 5_000,
  /** Of a discovery document or a set of keys. */
  answerBytes: 256 * KIB,
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
  /** Of SQLite, while the copy for clients is made. */
  cacheKib: 64 * 1024,
  /** The most downloaded packages, which the registry's own search has in their order, and how many move in one step. */
  promoted: 1_000,
  promotedAtOnce: 25,
} as const;

/** Following another registry. */
export const MIRROR_LIMITS = {
  shortestIntervalMs: 1_000,
  /** After a round that failed, and the longest after many, unless the interval is longer. */
  firstPauseMs: 5_000,
  longestPauseMs: 15 * 60_000,
  /** Until a version that could not be taken over is tried again: the first time, and the longest after many. */
  firstAgainMs: 5 * 60_000,
  longestAgainMs: 24 * 3_600_000,
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

/** How long a command of the operator waits for another process that writes. */
export const OPERATOR_PATIENCE_MS = 60_000;

export const DOWNLOADS_FLUSH_MS = 1_000;

/** After SIGTERM, how long requests that are under way may take. */
export const SHUTDOWN_MS = 30_000;
