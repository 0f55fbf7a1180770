/** Search results as lines: columns that fit a terminal; piped, tab-separated and whole, for other programs. */

import type { ListedBundle } from '../lib/index/read-crawled.ts';
import { printableLine } from '../lib/printable.ts';
import { pad, truncate } from './format.ts';
import { matchMarker } from './matches.ts';
import type { Screen } from './screen.ts';
import { columnsOf } from './width.ts';

const GAP = 2;
/** Position of the description behind the name. */
const DESCRIPTION = 4;
/** Narrower terminals get names and versions only. */
const MIN_WIDTH_FOR_ALL = 60;
const MIN_DESCRIPTION_WIDTH = 20;
/** Part of the width that names may take when descriptions want to be read too. */
const NAME_PART = 0.4;
/** Of the registry that a package is from. */
const ORIGIN_COLUMN = 5;
const MAX_ORIGIN_WIDTH = 30;

/** What a list is made with, besides what is in it. */
export interface ListOptions {
  /** What was searched for: marked where it stands. */
  readonly query?: string;
  /** Where each is from, for a column of it; undefined where there is one registry. */
  readonly origins?: readonly string[] | undefined;
}

export function bundleLines(
  bundles: readonly ListedBundle[],
  screen: Screen,
  { query = '', origins }: ListOptions = {},
): string[] {
  const rows = bundles.map((bundle, at) => [
    bundle.name,
    bundle.latest_version,
    printableLine(bundle.server_type ?? '') || '-',
    bundle.certification_level === null ? '-' : `L${bundle.certification_level}`,
    // What mpak does not install is told with what runs it.
    printableLine([...(bundle.commands ?? []), bundle.description ?? ''].join('  ')),
    ...(origins === undefined ? [] : [printableLine(origins[at] ?? '')]),
  ]);
  if (!screen.isTTY) return rows.map((row) => row.join('\t'));
  if (rows.length === 0) return [];
  const header = ['NAME', 'VERSION', 'TYPE', 'LEVEL', 'DESCRIPTION'];
  const table = [origins === undefined ? header : [...header, 'REGISTRY'], ...rows];
  const widths = columnWidths(table, screen.columns);
  const mark = matchMarker(query, screen);
  return table.map((row, index) => {
    const cells = widths.flatMap((width, column) =>
      width === 0 ? [] : [pad(truncate(row[column] as string, width), width)],
    );
    if (index === 0) return screen.style('dim', cells.join(' '.repeat(GAP)).trimEnd());
    const [name = '', ...rest] = cells;
    // A type, a version or a registry is no match.
    const description = rest[DESCRIPTION - 1];
    if (description !== undefined && widths[DESCRIPTION] !== 0) rest[DESCRIPTION - 1] = mark(description);
    return [screen.style('bold', mark(name)), ...rest].join(' '.repeat(GAP)).trimEnd();
  });
}

/** The widths of the columns, from the left; 0 where there is no room for one. */
function columnWidths(table: readonly (readonly string[])[], total: number): number[] {
  const widest = (column: number, limit: number) =>
    Math.min(limit, Math.max(...table.map((row) => columnsOf(row[column] as string))));
  const fixed = [widest(1, 16)];
  const isWide = total >= MIN_WIDTH_FOR_ALL;
  if (isWide) fixed.push(widest(2, 8), widest(3, 5));
  const origin =
    isWide && table[0]?.length === ORIGIN_COLUMN + 1
      ? [widest(ORIGIN_COLUMN, Math.min(MAX_ORIGIN_WIDTH, Math.floor(total / 3)))]
      : [];
  const left = total - origin.reduce((sum, width) => sum + width + GAP, 0);
  const room = left - fixed.reduce((sum, width) => sum + width + GAP, 0);
  const nameWithDescription = widest(0, Math.max(MIN_DESCRIPTION_WIDTH, Math.floor(left * NAME_PART)));
  const description = Math.min(widest(4, total), room - nameWithDescription - GAP);
  if (fixed.length === 1 || description < MIN_DESCRIPTION_WIDTH)
    return [widest(0, Math.max(8, room)), ...fixed, 0, ...origin];
  return [nameWithDescription, ...fixed, description, ...origin];
}
