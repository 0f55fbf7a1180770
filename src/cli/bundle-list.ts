/** Search results as lines: columns that fit a terminal; piped, tab-separated and whole, for other programs. */

import type { Bundle } from '../lib/index/bundle-types.ts';
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

/** @param query what was searched for: marked where it stands */
export function bundleLines(bundles: readonly Bundle[], screen: Screen, query = ''): string[] {
  const rows = bundles.map((bundle) => [
    bundle.name,
    bundle.latest_version,
    printableLine(bundle.server_type ?? '') || '-',
    bundle.certification_level === null ? '-' : `L${bundle.certification_level}`,
    printableLine(bundle.description ?? ''),
  ]);
  if (!screen.isTTY) return rows.map((row) => row.join('\t'));
  if (rows.length === 0) return [];
  const table = [['NAME', 'VERSION', 'TYPE', 'LEVEL', 'DESCRIPTION'], ...rows];
  const widths = columnWidths(table, screen.columns);
  const mark = matchMarker(query, screen);
  return table.map((row, index) => {
    const cells = widths.map((width, column) => pad(truncate(row[column] as string, width), width));
    if (index === 0) return screen.style('dim', cells.join(' '.repeat(GAP)).trimEnd());
    const [name = '', ...rest] = cells;
    // The description is the last one where there are all; a type or a version is no match.
    if (rest.length === DESCRIPTION) rest.push(mark(rest.pop() as string));
    return [screen.style('bold', mark(name)), ...rest].join(' '.repeat(GAP)).trimEnd();
  });
}

/** The widths of the columns that have room, from the left. */
function columnWidths(table: readonly (readonly string[])[], total: number): number[] {
  const widest = (column: number, limit: number) =>
    Math.min(limit, Math.max(...table.map((row) => columnsOf(row[column] as string))));
  const fixed = [widest(1, 16)];
  if (total >= MIN_WIDTH_FOR_ALL) fixed.push(widest(2, 8), widest(3, 5));
  const room = total - fixed.reduce((sum, width) => sum + width + GAP, 0);
  const nameWithDescription = widest(0, Math.max(MIN_DESCRIPTION_WIDTH, Math.floor(total * NAME_PART)));
  const description = Math.min(widest(4, total), room - nameWithDescription - GAP);
  if (fixed.length === 1 || description < MIN_DESCRIPTION_WIDTH)
    return [widest(0, Math.max(8, room)), ...fixed];
  return [nameWithDescription, ...fixed, description];
}
