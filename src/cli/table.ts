/** Rows as lines: aligned under a header on a terminal; tab-separated without one in a pipe. */

import { pad, truncate } from './format.ts';
import type { Screen } from './screen.ts';
import { columnsOf } from './width.ts';

const GAP = '  ';

/** The first column gives way when a terminal is too narrow. */
export function tableLines(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  screen: Screen,
): string[] {
  if (!screen.isTTY) return rows.map((row) => row.join('\t'));
  if (rows.length === 0) return [];
  const table = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...table.map((row) => columnsOf(row[column] as string))));
  const rest = widths.slice(1).reduce((sum, width) => sum + width + GAP.length, 0);
  widths[0] = Math.min(widths[0] as number, Math.max(12, screen.columns - rest));
  return table.map((row, index) => {
    const line = row.map((cell, column) =>
      pad(truncate(cell, widths[column] as number), widths[column] as number),
    );
    const text = line.join(GAP).trimEnd();
    return index === 0 ? screen.style('dim', text) : text;
  });
}
