/** Changes to clients' files as lines and as JSON. */
import { createTwoFilesPatch } from 'diff';
import { type Change, isChange } from '../lib/clients/change.ts';
import { lineEnd, lineStart } from '../lib/clients/text.ts';
import { backupOf } from '../lib/clients/text-file.ts';
import { printable, printableLine } from '../lib/printable.ts';
import type { Screen, Style } from './screen.ts';

export interface ChangeRow {
  readonly client: string;
  readonly scope: 'user' | 'project';
  readonly file: string;
  readonly names: readonly string[];
  readonly changed: boolean;
  /** Of what was there before; null when nothing was, or nothing changed. */
  readonly backup: string | null;
}

export function changeRow(change: Change): ChangeRow {
  const { client, place, file, names } = change;
  const changed = isChange(change);
  return {
    client: client.id,
    scope: place.scope,
    file: place.file,
    names,
    changed,
    backup: changed && file.text !== undefined ? backupOf(file.target) : null,
  };
}

/**
 * A unified diff; empty when nothing would change. Nothing of what stays is in it, not even of a line that changes: that is
 * other servers', with their secrets.
 */
export function diffOf({ file, after }: Change): string {
  const from = file.text === undefined ? '/dev/null' : file.target;
  const to = after === null ? '/dev/null' : file.target;
  const before = file.text ?? '';
  if (before === (after ?? '') && (file.text === undefined) === (after === null)) return '';
  const [old, next] = covered(before, after ?? '');
  return createTwoFilesPatch(from, to, old, next, '', '', { context: 0 })
    .replace(/^(Index: .*\n)?=+\n/, '')
    .replaceAll('\t\n', '\n');
}

/** Punctuation, and one key that begins a list. */
const HARMLESS = /^\s*(("[^"]*"|[\w-]+)\s*[:=])?[\s{}[\],]*$/;

/** Both texts, with an ellipsis for what stays of the lines where the change begins and ends. */
function covered(before: string, after: string): [string, string] {
  const most = Math.min(before.length, after.length);
  let same = 0;
  while (same < most && before[same] === after[same]) same += 1;
  let behind = 0;
  while (behind < most - same && before.at(-1 - behind) === after.at(-1 - behind)) behind += 1;
  const start = lineStart(before, same);
  const end = lineEnd(before, before.length - behind);
  const cover = (text: string) => (HARMLESS.test(text) ? text : '\u2026');
  const first = before.slice(0, start) + cover(before.slice(start, same));
  const last = cover(before.slice(before.length - behind, end)) + before.slice(end);
  /** A comment that only its place has changed of: a comma, or a line, came before it. */
  const changed = (text: string, other: string) => {
    const part = text.slice(same, text.length - behind);
    const rest = other.slice(same, lineEnd(other, same));
    const till = lineEnd(part, 0);
    let from = till;
    while (from > 0 && till - from < rest.length && part[from - 1] === rest.at(from - 1 - till)) from -= 1;
    return part.slice(0, from) + cover(part.slice(from, till)) + part.slice(till);
  };
  return [first + changed(before, after) + last, first + changed(after, before) + last];
}

const STYLES: Readonly<Record<string, Style>> = { '+': 'green', '-': 'red', '@': 'dim' };

export function diffLines(diff: string, { style }: Screen): string[] {
  if (diff === '') return [];
  return diff
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => {
      const shown = printable(line.replaceAll('\t', '    '));
      const format = STYLES[line[0] ?? ''];
      return format === undefined ? shown : style(format, shown);
    });
}

/** `Added to Cursor as postgres: /home/me/.cursor/mcp.json`. Names and paths may be of others. */
export function changeLine(change: Change, done: 'add' | 'remove'): string {
  const { client, place, names, file } = change;
  const list = printableLine(names.join(', '));
  const where = printableLine(place.file);
  if (!isChange(change)) return `${client.name} has it already, as ${list}: ${where}`;
  const backup = file.text === undefined ? '' : ` (before: ${printableLine(backupOf(file.target))})`;
  return done === 'add'
    ? `Added to ${client.name} as ${list}: ${where}${backup}`
    : `Taken out of ${client.name}, where it was ${list}: ${where}${backup}`;
}
