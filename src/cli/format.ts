/** Words and numbers for people: sizes, ages, columns. */
import { columnsOf } from './width.ts';

const DAY_MS = 86_400_000;

/** `3 days`, `5 hours`, `2 minutes`, `less than a minute`. */
export function age(milliseconds: number): string {
  for (const [unit, length] of [
    ['day', DAY_MS],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const) {
    const count = Math.floor(milliseconds / length);
    if (count >= 1) return plural(count, unit);
  }
  return 'less than a minute';
}

/** `1,234,567`. Of a whole number: to ask Node for it loads all of ICU. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 entry`, `1,234 entries`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** `12.3 MB`: powers of 1000, as disks and networks count. */
export function bytes(count: number): string {
  for (const [unit, size] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const) {
    if (count >= size) return `${(count / size).toFixed(1)} ${unit}`;
  }
  return `${count} B`;
}

/** The text cut to a width in terminal columns, with an ellipsis when something is missing. */
export function truncate(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  let cut = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (columnsOf(cut) + columnsOf(segment) > width - 1) break;
    cut += segment;
  }
  return `${cut.trimEnd()}…`;
}

/** The text followed by spaces up to a width in terminal columns. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columnsOf(text)));
}
