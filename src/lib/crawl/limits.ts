/** What is put up with from a registry that nobody has to believe. Times are milliseconds, sizes bytes. */

const MIB = 1024 * 1024;

export const CRAWL_LIMITS = {
  /** Of a page of a list, decompressed. */
  pageBytes: 16 * MIB,
  /** Of a version with its manifest, and of the list of versions. */
  detailBytes: 4 * MIB,
  /** Asked for at a time; API.md knows no more. */
  pageSize: 100,
  /** Packages that two pages of a list have in common, so that what is removed meanwhile makes no gap. */
  overlap: 10,
  /** Of a list. */
  packages: 500_000,
  /** Of a package, as far as they are kept. */
  versions: 2_000,
  artifacts: 64,
  /** Pages in a row that show nothing that was not seen before. */
  stalePages: 8,
  /** How often it goes back because a list has moved on. */
  gaps: 50,
  /** The whole list is looked at again after this time, and after that one when the last look was not believed. */
  wholeMs: 7 * 24 * 3_600_000,
  wholeAgainMs: 24 * 3_600_000,
  /** How far the clock of a registry may be behind or ahead, where it is asked for what is new since a time. */
  clocksMs: 3_600_000,
  /** What may go at once: a share of all, and as many in any case. */
  removedShare: 0.25,
  removedAnyway: 20,
} as const;

/** Asking a registry that limits how often it is asked. */
export const PATIENCE = {
  /** How often one thing is asked for while the registry says that it is too much, or does not answer properly. */
  limitedAttempts: 12,
  failedAttempts: 4,
  /** The first pause, which doubles, and the longest. */
  firstMs: 1_000,
  longestMs: 60_000,
  /** Longest wait that a registry may ask for: when it asks for more, the crawl ends with what it has. */
  askedMs: 10 * 60_000,
  /** For the body of an answer, however steadily it trickles. */
  answerMs: 2 * 60_000,
  /** Of somebody who waits for one package: for pauses in all, and for the body of an answer. */
  detailsMs: 30_000,
} as const;
