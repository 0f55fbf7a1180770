/**
 * What a crawled index does not hold of a version until somebody needs it: its manifest, its artifacts and the other
 * versions. It is asked for once and kept, so that it is there offline, and so that a registry cannot change what it said
 * of a version: the first digest stands.
 */
import type Database from 'better-sqlite3';
import semver from 'semver';
import { readArchive } from '../bundle/archive.ts';
import { parsePackageReference } from '../bundle/name.ts';
import { MpakError } from '../errors.ts';
import { CrawledApplier } from '../index/apply-crawled.ts';
import type { Platform } from '../index/bundle-types.ts';
import { openIndex } from '../index/open.ts';
import { findArtifact } from '../index/read-artifact.ts';
import { type CrawledStanding, crawledStanding, hasDetails } from '../index/read-crawled.ts';
import { manifestSchema } from '../log/entry.ts';
import type { IndexStore } from '../sync/store.ts';
import { parseVersionDetail, parseVersionList } from './bundles-answers.ts';
import { CRAWL_LIMITS } from './limits.ts';
import { parseServer } from './mcp-answers.ts';
import type { PoliteClient } from './polite-client.ts';

export interface DetailsOptions {
  readonly store: IndexStore;
  readonly client: () => PoliteClient;
  /** As typed: a name, with a version or a range behind another `@`. */
  readonly reference: string;
  readonly now: () => Date;
  /** All versions are wanted, not only the one that is meant. */
  readonly all: boolean;
  /** Where a registry says nothing of what is in an artifact, it is looked into; undefined: that is not wanted. */
  readonly archive?: ArchiveReader | undefined;
}

export interface ArchiveReader {
  /** Whose artifact is looked into. */
  readonly platform: Platform;
  /** The bytes, which have this digest. @throws MpakError as download does */
  readonly read: (artifact: { readonly url: string; readonly sha256: string }) => Promise<Buffer>;
}

/**
 * Makes a crawled index know a version; nothing for a signed index, and for what is not in the index at all: whoever reads
 * it says so.
 * @throws MpakError DETAILS_MISSING when the registry cannot be asked for what is not kept; NOT_FOUND, REVOKED,
 *   REGISTRY_ANSWER, REGISTRY_BUSY
 */
export async function fetchDetails(options: DetailsOptions): Promise<void> {
  const { store, reference } = options;
  const parsed = parsePackageReference(reference);
  const file = store.current();
  if (parsed === undefined || file === undefined) return;
  const { name, version: wanted = 'latest' } = parsed;
  const db = store.open();
  let standing: CrawledStanding | undefined;
  try {
    standing = crawledStanding(db, name);
    if (standing === undefined) return;
    if (standing.source === 'mcp' && isRead(db, options, name, wanted, standing)) return;
    const version = choose(standing, wanted);
    const isListed = standing.versions_at !== null;
    if (
      standing.source === 'bundles' &&
      version !== undefined &&
      hasDetails(db, name, version) &&
      (isListed || !needsList(options, wanted))
    )
      return;
  } finally {
    db.close();
  }
  const writable = openIndex(file);
  try {
    const learn = standing.source === 'mcp' ? learnMcp : ask;
    await learn(options, writable, name, wanted, standing);
  } finally {
    writable.close();
  }
}

/** `latest` and a version say by themselves what is meant. */
function needsList({ all }: DetailsOptions, wanted: string): boolean {
  return all || !(wanted === 'latest' || semver.valid(wanted) !== null);
}

async function ask(
  options: DetailsOptions,
  db: Database.Database,
  name: string,
  wanted: string,
  standing: CrawledStanding,
): Promise<void> {
  const { now } = options;
  if (needsList(options, wanted) && standing.versions_at === null) {
    const versions = await fetchVersions(options, name).catch((error: unknown) => {
      // What is known will do where nothing else can be had.
      if (isOffline(error) && isKept(db, name, standing, wanted)) return undefined;
      throw error;
    });
    if (versions === undefined) return;
    write(db, (applier) => applier.applyVersions(name, versions, now().toISOString()));
  }
  const version = choose(crawledStanding(db, name) ?? standing, wanted) ?? semver.valid(wanted);
  if (version === null || hasDetails(db, name, version)) return;
  const details = await fetchVersion(options, name, version);
  write(db, (applier) => applier.applyDetails(name, details, now().toISOString()));
}

function isKept(db: Database.Database, name: string, standing: CrawledStanding, wanted: string): boolean {
  const version = choose(standing, wanted);
  return version !== undefined && hasDetails(db, name, version);
}

/** The version that is meant, of those that are known. */
function choose({ versions, latest_version }: CrawledStanding, wanted: string): string | undefined {
  if (wanted === 'latest') return latest_version ?? undefined;
  const exact = semver.valid(wanted);
  if (exact !== null) return versions.includes(exact) ? exact : undefined;
  if (semver.validRange(wanted) === null) return undefined;
  return semver.maxSatisfying([...versions], wanted) ?? undefined;
}

/** Whether nothing is left to learn of a server of the MCP registry. */
function isRead(
  db: Database.Database,
  { archive, all }: DetailsOptions,
  name: string,
  wanted: string,
  standing: CrawledStanding,
): boolean {
  const version = choose(standing, wanted);
  if (version === undefined) return semver.valid(wanted) === null;
  if (archive === undefined || all) return true;
  const artifact = findArtifact(db, name, version, archive.platform);
  return artifact === undefined || artifact.size > 0;
}

async function learnMcp(
  options: DetailsOptions,
  db: Database.Database,
  name: string,
  wanted: string,
  standing: CrawledStanding,
): Promise<void> {
  const { archive, now, all } = options;
  let version = choose(standing, wanted);
  if (version === undefined) {
    const exact = semver.valid(wanted);
    if (exact === null) return;
    const target = `/v0.1/servers/${encodeURIComponent(standing.original ?? '')}/versions/${encodeURIComponent(wanted)}`;
    const answer = await get(options, target, `${name} ${wanted}`);
    const server = answer && parseServer(answer.json);
    if (server === undefined || !('version' in server) || server.version !== exact) return;
    write(db, (applier) => applier.applyOther(name, server));
    version = exact;
  }
  const artifact = archive && !all ? findArtifact(db, name, version, archive.platform) : undefined;
  if (archive === undefined || artifact === undefined || artifact.size > 0) return;
  const { sha256, url } = artifact;
  const bytes = await archive.read({ url, sha256 });
  const manifest = manifestSchema.safeParse(readArchive(bytes).manifest);
  if (!manifest.success) throw badAnswer(options.store, `${name} ${version}, whose manifest`);
  const read = { version, sha256, size: bytes.length, manifest: manifest.data };
  write(db, (applier) => applier.applyArchive(name, read, now().toISOString()));
}

async function fetchVersions(options: DetailsOptions, name: string) {
  const answer = await get(options, `/v1/bundles/${name}/versions`, name);
  const versions = answer && parseVersionList(answer.json);
  if (versions !== undefined) return versions;
  throw answer === undefined ? gone(name) : badAnswer(options.store, `the versions of ${name}`);
}

async function fetchVersion(options: DetailsOptions, name: string, version: string) {
  const target = `/v1/bundles/${name}/versions/${encodeURIComponent(version)}`;
  const answer = await get(options, target, `${name} ${version}`);
  const details = answer && parseVersionDetail(answer.json, { name, version });
  if (details !== undefined) return details;
  throw answer === undefined ? gone(`${name} ${version}`) : badAnswer(options.store, `${name} ${version}`);
}

async function get(
  { store, client }: DetailsOptions,
  target: string,
  what: string,
): Promise<{ readonly json: unknown } | undefined> {
  const answer = await client()
    .get(target, CRAWL_LIMITS.detailBytes)
    .catch((error: unknown) => {
      if (isOffline(error)) throw missing(store, what, error);
      throw isBusy(error) ? busy(error) : error;
    });
  if (answer !== 'gone') return answer;
  throw new MpakError('REVOKED', `${what} is revoked or taken back, says ${store.label}.`, {
    hint: 'Another version may not be: `mpak bundle show` lists them.',
  });
}

function isOffline(error: unknown): boolean {
  return error instanceof MpakError && (error.code === 'NETWORK' || error.code === 'DETAILS_MISSING');
}

function isBusy(error: unknown): error is MpakError {
  return error instanceof MpakError && error.code === 'REGISTRY_BUSY';
}

/** No crawl: there is nothing that a sync could go on with. */
function busy(cause: MpakError): MpakError {
  return new MpakError('REGISTRY_BUSY', cause.message, {
    hint: 'Try again later: what was looked at once, with `mpak bundle show`, needs no registry.',
    cause,
  });
}

function write(db: Database.Database, work: (applier: CrawledApplier) => void): void {
  db.transaction(() => {
    const applier = new CrawledApplier(db);
    work(applier);
    applier.flush();
  }).immediate();
}

function missing(store: IndexStore, what: string, cause: unknown): MpakError {
  return new MpakError(
    'DETAILS_MISSING',
    `The details of ${what} are not kept on this machine, and ${store.label} cannot be asked for them.`,
    {
      hint: 'Try again with a network: what was looked at once, with `mpak bundle show`, is there offline.',
      cause,
    },
  );
}

function gone(what: string): MpakError {
  return new MpakError('NOT_FOUND', `${what} is not in its registry any more.`, {
    hint: '`mpak sync` learns what there is now.',
  });
}

function badAnswer(store: IndexStore, what: string): MpakError {
  return new MpakError('REGISTRY_ANSWER', `${store.label} describes ${what} in a way that cannot be read.`, {
    hint: 'Nothing was changed. Tell the operator of the registry.',
  });
}
