/**
 * Follows a registry that has no log: crawled as a client crawls it, into an index beside the mirror's database, and each
 * version that is new there becomes import entries, with what the registry says of it. Nobody has signed that: it is
 * imported, without provenance, and what the origin says of who built it is left out.
 *
 * The latest version of each package is taken over when it is seen; older ones are not. What the origin does not list any
 * more stays in the mirror's log, whose operator may revoke it.
 */
import type Database from 'better-sqlite3';
import { filenameOf } from '../../src/lib/crawl/bundles-answers.ts';
import { crawl, kindOf } from '../../src/lib/crawl/crawl.ts';
import { type ArchiveReader, fetchDetails } from '../../src/lib/crawl/details.ts';
import type { CrawledKind } from '../../src/lib/crawl/kind.ts';
import type { PoliteClient } from '../../src/lib/crawl/polite-client.ts';
import { MpakError } from '../../src/lib/errors.ts';
import { append } from '../../src/lib/index/append.ts';
import type { Platform } from '../../src/lib/index/bundle-types.ts';
import { versionDetail } from '../../src/lib/index/read.ts';
import { sourceOf } from '../../src/lib/index/read-source.ts';
import { encodeEntry, type PublishEntry, parseLine } from '../../src/lib/log/entry.ts';
import type { IndexStore } from '../../src/lib/sync/store.ts';
import { MIRROR_LIMITS, OPERATOR_PATIENCE_MS } from '../limits.ts';
import { writeTransaction } from '../write.ts';
import { changeMirror, requireMirror } from './state.ts';

export interface FollowCrawledOptions {
  readonly db: Database.Database;
  /** Of the index beside the database. */
  readonly store: IndexStore;
  readonly crawler: PoliteClient;
  readonly now: () => Date;
  readonly isStopped: () => boolean;
  /** Reads an artifact of the origin. */
  readonly read: ArchiveReader['read'];
  readonly passedOver: PassedOver;
}

/** Versions that could not be taken over, how often, and when they are tried again (milliseconds). */
export type PassedOver = Map<string, { readonly failures: number; readonly next: number }>;

const OF_ONE: ReadonlySet<string> = new Set([
  'NOT_FOUND',
  'REVOKED',
  'REGISTRY_ANSWER',
  'ASSET_GONE',
  'DOWNLOAD_FAILED',
  'DIGEST_MISMATCH',
]);

interface Listed {
  readonly name: string;
  readonly version: string;
}

/** @returns undefined when the origin is of no kind that is known, else the entries that the log got */
export async function followCrawled(options: FollowCrawledOptions): Promise<number | undefined> {
  const { db, store, crawler, now } = options;
  store.create();
  const { kind: known } = requireMirror(db);
  const kind = isCrawled(known) ? known : await kindOf(crawler);
  if (kind === undefined) return undefined;
  await writeTransaction(db, () => changeMirror(db, { kind }), OPERATOR_PATIENCE_MS);
  await crawl({ store, crawler: () => crawler, now, full: false, onCrawl: () => undefined }, kind);
  return takeOver(options);
}

export function isCrawled(kind: string | undefined): kind is CrawledKind {
  return kind === 'bundles' || kind === 'mcp';
}

async function takeOver(options: FollowCrawledOptions): Promise<number> {
  const { db, store, crawler, now, isStopped, read, passedOver } = options;
  const listed = listVersions(store);
  const published = db
    .prepare<[string, string], number>(
      'SELECT 1 FROM packages p JOIN versions v ON v.package_id = p.id WHERE p.name = ? AND v.version = ?',
    )
    .pluck();
  let appended = 0;
  for (const { name, version } of listed) {
    if (isStopped()) break;
    if (published.get(name, version) !== undefined) continue;
    const reference = `${name}@${version}`;
    const before = passedOver.get(reference);
    if (before !== undefined && before.next > now().getTime()) continue;
    const passOver = () => {
      const { failures = 0 } = before ?? {};
      const { firstAgainMs, longestAgainMs } = MIRROR_LIMITS;
      const pause = Math.min(longestAgainMs, firstAgainMs * 2 ** failures);
      passedOver.set(reference, { failures: failures + 1, next: now().getTime() + pause });
    };
    try {
      for (const platform of platformsOf(store, name, version)) {
        const archive = platform && { platform, read };
        await fetchDetails({ store, client: () => crawler, reference, now, all: false, archive });
      }
    } catch (error) {
      if (!isOfOne(error)) throw error;
      passOver();
      continue;
    }
    const lines = entriesOf(store, name, version).map(encodeEntry);
    if (lines.length === 0 || lines.some((line) => !('entry' in parseLine(line)))) {
      passOver();
      continue;
    }
    passedOver.delete(reference);
    await writeTransaction(
      db,
      () => {
        if (published.get(name, version) !== undefined) return;
        append(db, lines, { keepLines: true });
      },
      OPERATOR_PATIENCE_MS,
    );
    appended += lines.length;
  }
  const left = listed.filter(({ name, version }) => published.get(name, version) === undefined);
  const references = new Set(left.map(({ name, version }) => `${name}@${version}`));
  for (const reference of passedOver.keys()) if (!references.has(reference)) passedOver.delete(reference);
  const changes = {
    size: listed.length,
    copied: listed.length - left.length,
    passed_over: passedOver.size,
  };
  await writeTransaction(db, () => changeMirror(db, changes), OPERATOR_PATIENCE_MS);
  return appended;
}

/** Each is looked into where the registry says nothing of what is in it; undefined: it says so itself. */
function platformsOf(store: IndexStore, name: string, version: string): (Platform | undefined)[] {
  const db = store.open();
  try {
    const artifacts = sourceOf(db) === 'mcp' ? versionDetail(db, name, version)?.artifacts : undefined;
    return artifacts?.map(({ platform }) => platform) ?? [undefined];
  } finally {
    db.close();
  }
}

/** What is wrong with one version says nothing of the others. */
function isOfOne(error: unknown): boolean {
  if (!(error instanceof MpakError)) return false;
  return OF_ONE.has(error.code) || error.code.startsWith('ARCHIVE_') || error.code.startsWith('MANIFEST_');
}

/** The latest of each package, the oldest first: the order in which they were published. */
function listVersions(store: IndexStore): Listed[] {
  const db = store.open();
  try {
    return db
      .prepare<[], Listed>(
        `SELECT name, latest_version AS version FROM packages
         WHERE latest_id IS NOT NULL AND coalesce(server_type, '') NOT IN ('npm', 'pypi', 'oci')
         ORDER BY published_at, name`,
      )
      .all();
  } finally {
    db.close();
  }
}

/** An entry a platform. */
function entriesOf(store: IndexStore, name: string, version: string): PublishEntry[] {
  const db = store.open();
  try {
    const detail = versionDetail(db, name, version);
    if (detail === undefined) return [];
    const { published_at, manifest, release, artifacts } = detail;
    return artifacts.map(({ platform, digest, size, download_url }) => ({
      kind: 'publish',
      package: name,
      version,
      prerelease: false,
      at: published_at,
      manifest,
      release: release?.url === undefined ? null : { tag: release.tag, url: release.url },
      artifact: {
        filename: filenameOf(download_url, `${name.slice(name.indexOf('/') + 1)}-${version}.mcpb`),
        os: platform.os,
        arch: platform.arch,
        sha256: digest.slice('sha256:'.length),
        size,
        url: download_url,
      },
      provenance: null,
      attestation: null,
    }));
  } finally {
    db.close();
  }
}
