/** What `mpak sync` says: how far it is, what is new, and what became of what is installed. */
import type { CrawlReport } from '../lib/crawl/crawl.ts';
import type { Fallen } from '../lib/install/fallen.ts';
import { printableLine } from '../lib/printable.ts';
import type { ChangeSummary } from '../lib/sync/changes.ts';
import type { SyncReport } from '../lib/sync/sync.ts';
import type { Progress } from '../lib/sync/workspace.ts';
import { bytes, grouped, plural } from './format.ts';
import type { Transfer } from './transfer.ts';

/** Names of each kind of change that are printed; the rest is counted. */
const MAX_NAMES = 10;

export function progressText({ step, done, total }: Progress, snapshot: Transfer): string {
  if (step === 'snapshot') return snapshot.describe(done, total);
  const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
  const texts = {
    pages: `Fetching the log: ${grouped(done)} of ${plural(total, 'entry', 'entries')} (${percent} %)`,
    apply: `Applying ${plural(total, 'entry', 'entries')} …`,
    verify: `Replaying ${plural(total, 'entry', 'entries')} …`,
  };
  return texts[step];
}

/** @param received bytes that came over the wire */
export function signedLines(report: SyncReport, received: number): string[] {
  const { via, from, to, changes, verified } = report;
  const lines =
    via === 'nothing'
      ? [`Up to date: ${plural(to, 'log entry', 'log entries')}.`]
      : [
          `Synced ${plural(to - from, 'new log entry', 'new log entries')} (${bytes(received)}), ${grouped(to)} in all.`,
          ...changeLines(changes),
        ];
  if (verified) lines.push('Verified: every row is what the signed log says.');
  return lines;
}

/** @param received bytes that came over the wire */
export function crawlLines(
  { changes, removed, taken, from, to, whole }: CrawlReport,
  received: number,
): string[] {
  const what = whole ? 'the whole list' : 'what is new';
  return [
    `Read ${what} (${bytes(received)}): ${plural(to, 'package')}.`,
    // All of a first index are new.
    ...(from === 0 ? [] : changeLines(changes)),
    ...named('gone', removed),
    ...named('left out, for another has the name', taken).map(printableLine),
  ];
}

function changeLines(changes: ChangeSummary): string[] {
  const { packages, unknown } = changes;
  const lines = packages === undefined ? [] : [`  ${plural(packages, 'package')}`];
  lines.push(
    ...named('new', changes.new),
    ...named('updated', changes.updated),
    ...named('revoked', changes.revoked),
    ...named('deprecated', changes.deprecated),
    ...named('taken back', changes.yanked),
  );
  if (unknown > 0) {
    lines.push(`  ${plural(unknown, 'entry', 'entries')} of a kind that this mpak does not know: update it`);
  }
  return lines;
}

/** None for no names. */
function named(label: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const shown = names.length <= MAX_NAMES ? `: ${names.join(', ')}` : '';
  return [`  ${label} ${grouped(names.length)}${shown}`];
}

/** What became of an installed version, and what to do about it. */
export function fallenLine({ name, version, revoked, known, level, latest }: Fallen): string {
  const is = `${name} ${version} is installed and`;
  if (!known) return `${is} is not in its registry any more. \`mpak bundle remove ${name}\`.`;
  if (revoked !== null) {
    const command = latest === null ? 'remove' : 'update';
    return `${is} is revoked: ${revoked}. \`mpak bundle ${command} ${name}\`.`;
  }
  const fell = `was certified L${level?.before} then, and is L${level?.now} now`;
  return `${is} ${fell}. \`mpak bundle show ${name}@${version}\` says why.`;
}
