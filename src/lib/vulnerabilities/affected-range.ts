/**
 * Whether a version is affected: the evaluation algorithm of OSV, https://ossf.github.io/osv-schema/#evaluation. What of an
 * advisory cannot be compared is taken to reach as far as it could: rather one finding too many.
 */
import { compare as comparePep440, valid as isPep440 } from '@renovatebot/pep440';
import semver from 'semver';
import type { PackageType } from './feeds.ts';

export type EventKind = 'introduced' | 'fixed' | 'last_affected' | 'limit';
/** Of type SEMVER or ECOSYSTEM: in the order of the versions of their ecosystem. */
export type Range = readonly (readonly [EventKind, string])[];

interface Order {
  isVersion(text: string): boolean;
  compare(one: string, other: string): number;
}

const ORDERS: Readonly<Record<PackageType, Order>> = {
  npm: {
    isVersion: (text) => semver.valid(text, { loose: true }) !== null,
    compare: (one, other) => semver.compare(one, other, { loose: true }),
  },
  pypi: { isVersion: (text) => isPep440(text) !== null, compare: comparePep440 },
};

/** Within one version: it ends before it begins again, and what is affected last is affected. */
const AT_ONCE: readonly EventKind[] = ['limit', 'fixed', 'introduced', 'last_affected'];

/** Whether versions of the ecosystem can be compared with it. */
export function isComparable(type: PackageType, version: string): boolean {
  return ORDERS[type].isVersion(version);
}

/** Whether one of the ranges holds it. */
export function inRanges(type: PackageType, version: string, ranges: readonly Range[]): boolean {
  return ranges.some((range) => inRange(ORDERS[type], version, range));
}

/** Whether it is listed, in any spelling of it. */
export function isListed(type: PackageType, version: string, versions: readonly string[]): boolean {
  if (versions.includes(version)) return true;
  const { compare, isVersion } = ORDERS[type];
  return versions.some((each) => isVersion(each) && compare(each, version) === 0);
}

/** The first version after it that is fixed; null when there is none. */
export function firstFixed(type: PackageType, version: string, ranges: readonly Range[]): string | null {
  const { compare, isVersion } = ORDERS[type];
  const fixed = ranges.flatMap((range) =>
    range.flatMap(([kind, at]) =>
      kind === 'fixed' && isVersion(at) && compare(at, version) > 0 ? [at] : [],
    ),
  );
  return fixed.sort(compare)[0] ?? null;
}

function inRange({ compare, isVersion }: Order, version: string, range: Range): boolean {
  const limits = range.filter(([kind]) => kind === 'limit').map(([, at]) => at);
  const isBefore = (limit: string) => limit === '*' || !isVersion(limit) || compare(version, limit) < 0;
  if (limits.length > 0 && !limits.some(isBefore)) return false;
  // An introduction that is no version is from the beginning, and an end that is none never comes.
  const start = range.some(([kind, at]) => kind === 'introduced' && (at === '0' || !isVersion(at)));
  const events = range.filter(([kind, at]) => kind !== 'limit' && at !== '0' && isVersion(at));
  const sorted = [...events].sort(
    ([kind, at], [otherKind, other]) =>
      compare(at, other) || AT_ONCE.indexOf(kind) - AT_ONCE.indexOf(otherKind),
  );
  let affected = start;
  for (const [kind, at] of sorted) {
    const order = compare(version, at);
    if (kind === 'introduced' && order >= 0) affected = true;
    else if (kind === 'fixed' && order >= 0) affected = false;
    else if (kind === 'last_affected' && order > 0) affected = false;
  }
  return affected;
}
