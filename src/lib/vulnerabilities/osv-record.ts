/** A record of OSV, https://ossf.github.io/osv-schema: what is kept of it. Names that mpak does not know are passed over. */
import { z } from 'zod';
import { canonicalName } from '../certification/supply/package-id.ts';
import { isDeeperThan } from '../log/depth.ts';
import type { EventKind, Range } from './affected-range.ts';
import { ECOSYSTEMS, type PackageType } from './feeds.ts';
import { baseScore } from './severity.ts';

const MAX_DEPTH = 40;
const LONGEST_SUMMARY = 300;
/** https://github.com/ossf/malicious-packages: the package itself is the attack. */
const MALICIOUS = /^MAL-/;

const text = z.string().max(4096);
const list = <T extends z.ZodType>(each: T) => z.array(each).max(200_000).nullish();
const severities = list(z.object({ type: text, score: text }));
/** No database says more of it than this word. */
const specific = z.object({ severity: z.unknown() }).nullish().catch(undefined);
const range = z.object({ type: text, events: list(z.record(text, z.unknown())) });
const affected = z.object({
  package: z.object({ ecosystem: text, name: text.min(1) }).nullish(),
  severity: severities,
  ranges: list(range),
  versions: list(text),
  database_specific: specific,
});
const record = z.object({
  id: z.string().regex(/^[A-Za-z][\w.:-]{1,254}$/),
  modified: z.iso.datetime({ offset: true }),
  withdrawn: text.nullish(),
  aliases: list(text),
  summary: z.string().nullish(),
  details: z.string().nullish(),
  severity: severities,
  database_specific: specific,
  affected: list(affected),
});

export interface AffectedPackage {
  /** Canonical. */
  readonly name: string;
  readonly ranges: readonly Range[];
  readonly versions: readonly string[];
}

export interface OsvRecord {
  readonly id: string;
  readonly modified: Date;
  readonly aliases: readonly string[];
  readonly cvss: number | null;
  /** One line. */
  readonly summary: string;
  /** Of the ecosystem; none when the record was withdrawn. */
  readonly affected: readonly AffectedPackage[];
}

/** @returns undefined when it is no record */
export function parseOsvRecord(bytes: Uint8Array, type: PackageType): OsvRecord | undefined {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
  const parsed = isDeeperThan(json, MAX_DEPTH) ? undefined : record.safeParse(json).data;
  if (parsed === undefined) return undefined;
  const own = (parsed.affected ?? []).filter((each) => isOf(each.package?.ecosystem, type));
  const severity = [parsed.severity, ...own.map((each) => each.severity)].flatMap((each) => each ?? []);
  const vectors = severity.filter((each) => each.type.startsWith('CVSS_')).map(({ score }) => score);
  const words = [parsed.database_specific, ...own.map((each) => each.database_specific)];
  const word = words.map((each) => each?.severity).find((each) => typeof each === 'string');
  return {
    id: parsed.id,
    modified: new Date(parsed.modified),
    aliases: parsed.aliases ?? [],
    cvss: MALICIOUS.test(parsed.id) ? 10 : baseScore(vectors, word),
    summary: firstLine(parsed.summary ?? parsed.details ?? ''),
    affected: parsed.withdrawn
      ? []
      : own.map(({ package: of, ranges, versions }) => ({
          name: canonicalName(type, of?.name ?? ''),
          ranges: (ranges ?? [])
            .filter((each) => each.type === 'SEMVER' || each.type === 'ECOSYSTEM')
            .map(({ events }) => (events ?? []).flatMap(eventsOf)),
          versions: versions ?? [],
        })),
  };
}

/** An ecosystem may have a suffix behind a colon. */
function isOf(ecosystem: string | undefined, type: PackageType): boolean {
  return ecosystem?.split(':', 1)[0] === ECOSYSTEMS[type];
}

const KINDS: readonly EventKind[] = ['introduced', 'fixed', 'last_affected', 'limit'];

function eventsOf(event: Readonly<Record<string, unknown>>): [EventKind, string][] {
  return KINDS.flatMap((kind) => {
    const at = Object.hasOwn(event, kind) ? event[kind] : undefined;
    return typeof at === 'string' ? [[kind, at] as [EventKind, string]] : [];
  });
}

function firstLine(words: string): string {
  const line = words.trim().split(/[\r\n]/, 1)[0] as string;
  return line.replace(/^#+\s*/, '').slice(0, LONGEST_SUMMARY);
}
