/** What vulnerability data says of a package: the sources of SC-02. */
import type Database from 'better-sqlite3';
import type { EpssSource, KevSource, Vulnerability, VulnerabilitySource } from '../certification/context.ts';
import { canonicalName, parsePurl } from '../certification/supply/package-id.ts';
import { firstFixed, inRanges, isComparable, isListed, type Range } from './affected-range.ts';
import { openVulnerabilitiesReadOnly } from './database.ts';
import { ECOSYSTEMS, FEED_NAMES, type FeedName, isOsv, type PackageType, typeOf } from './feeds.ts';

export interface VulnerabilityData {
  readonly vulnerabilities: VulnerabilitySource | undefined;
  readonly epss: EpssSource | undefined;
  readonly kev: KevSource | undefined;
  /** To be called when nothing is asked any more. */
  close(): void;
}

export interface FeedStatus {
  readonly feed: FeedName;
  readonly source: string;
  readonly asOf: string;
  readonly readAt: string;
  readonly records: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * @param file the database
 * @param age what is older than so many days does not count as known
 * @returns undefined when there is no data at all
 * @throws MpakError INDEX_UNREADABLE, SCHEMA_NEWER, IO_FAILED
 */
export function openVulnerabilityData(
  file: string,
  age: { readonly now: Date; readonly maxAgeDays: number },
): VulnerabilityData | undefined {
  const db = openVulnerabilitiesReadOnly(file);
  if (db === undefined) return undefined;
  const feeds = new Map(readFeeds(db).map((each) => [each.feed, each]));
  const isStale = (asOf: string) => age.now.getTime() - Date.parse(asOf) > age.maxAgeDays * DAY_MS;
  const dated = (feed: FeedName) => {
    const asOf = feeds.get(feed)?.asOf;
    return asOf === undefined ? undefined : { asOf, isStale: isStale(asOf) };
  };
  const osv = FEED_NAMES.filter(isOsv).filter((feed) => feeds.has(feed));
  // The oldest of them is how old it is.
  const oldest = osv.map((feed) => feeds.get(feed)?.asOf as string).sort()[0];
  const epss = dated('epss');
  const kev = dated('kev');
  return {
    vulnerabilities:
      oldest === undefined
        ? undefined
        : { asOf: oldest, isStale: isStale(oldest), affecting: affecting(db, new Set(osv.map(typeOf))) },
    epss: epss && { ...epss, score: scoreIn(db) },
    kev: kev && { ...kev, has: isIn(db) },
    close: () => db.close(),
  };
}

/** What there is, and of when. */
export function readFeeds(db: Database.Database): FeedStatus[] {
  return db
    .prepare('SELECT name AS feed, source, as_of AS asOf, read_at AS readAt, records FROM feed ORDER BY name')
    .all() as FeedStatus[];
}

interface Row {
  readonly id: string;
  readonly aliases: string;
  readonly cvss: number | null;
  readonly summary: string;
  readonly ranges: string;
  readonly versions: string;
}

function affecting(db: Database.Database, known: ReadonlySet<PackageType>): VulnerabilitySource['affecting'] {
  const select = db.prepare(`
    SELECT id, aliases, cvss, summary, ranges, versions
    FROM affected JOIN advisory ON advisory.type = affected.type AND advisory.id = affected.advisory
    WHERE affected.type = ? AND affected.name = ?
    ORDER BY id`);
  return (purl) => {
    const id = parsePurl(purl);
    if (id === undefined || !isKnown(id.type, known) || !isComparable(id.type, id.version)) return null;
    const { type, version } = id;
    const rows = select.all(type, canonicalName(type, id.name)) as Row[];
    // A record may name a package several times.
    const found = new Map<string, Vulnerability>();
    for (const row of rows) {
      const ranges = JSON.parse(row.ranges) as Range[];
      const isAffected =
        inRanges(type, version, ranges) || isListed(type, version, JSON.parse(row.versions) as string[]);
      if (!isAffected || found.has(row.id)) continue;
      const { cvss, summary } = row;
      const aliases = JSON.parse(row.aliases) as string[];
      found.set(row.id, { id: row.id, aliases, cvss, summary, fixed: firstFixed(type, version, ranges) });
    }
    return [...found.values()];
  };
}

function isKnown(type: string, known: ReadonlySet<PackageType>): type is PackageType {
  return Object.hasOwn(ECOSYSTEMS, type) && known.has(type as PackageType);
}

function scoreIn(db: Database.Database): EpssSource['score'] {
  const select = db.prepare('SELECT score FROM epss WHERE cve = ?').pluck();
  return (cve) => select.get(cve) as number | undefined;
}

function isIn(db: Database.Database): KevSource['has'] {
  const select = db.prepare('SELECT 1 FROM kev WHERE cve = ?').pluck();
  return (cve) => select.get(cve) !== undefined;
}
