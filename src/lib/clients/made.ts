/**
 * What `add` had to make around an entry because there was no list of servers yet: kept in the home of mpak, so that
 * `remove` brings back what was there, byte for byte, and leaves nothing that looks like it had been there before.
 */
import path from 'node:path';
import { isObject } from '../config/config-json.ts';
import { readTextIfThere, writeFileAtomic } from '../files.ts';
import type { Range } from './text.ts';

export interface Made {
  /** What gave way; null: there was no file. */
  readonly before: string | null;
  /** What stands before the entry and behind it. */
  readonly prefix: string;
  readonly suffix: string;
}

export type MadeByFile = Readonly<Record<string, Made>>;

/** @param entry where the entry stands in the new text */
export function madeBy(before: string | undefined, after: string, entry: Range): Made {
  const old = before ?? '';
  let start = 0;
  while (start < Math.min(old.length, entry.start) && old[start] === after[start]) start += 1;
  let behind = 0;
  const most = Math.min(old.length - start, after.length - entry.end);
  while (behind < most && old[old.length - 1 - behind] === after[after.length - 1 - behind]) behind += 1;
  return {
    before: before === undefined ? null : old.slice(start, old.length - behind),
    prefix: after.slice(start, entry.start),
    suffix: after.slice(entry.end, after.length - behind),
  };
}

/** The text as it was before; null: without the file. Undefined when what was made has changed since. */
export function unmade(
  text: string,
  entry: Range,
  { before, prefix, suffix }: Made,
): string | null | undefined {
  const start = entry.start - prefix.length;
  const end = entry.end + suffix.length;
  if (start < 0 || text.slice(start, entry.start) !== prefix || text.slice(entry.end, end) !== suffix) {
    return undefined;
  }
  if (before !== null) return text.slice(0, start) + before + text.slice(end);
  return start === 0 && end === text.length ? null : undefined;
}

/** By the file, absolute. What cannot be read is forgotten: then an empty list stays where one was made. */
export function readMade(home: string): MadeByFile {
  try {
    const json: unknown = JSON.parse(readTextIfThere(stateFile(home)) ?? '{}');
    const files = isObject(json) && isObject(json.made) ? json.made : {};
    return Object.fromEntries(
      Object.entries(files).filter((item): item is [string, Made] => isMade(item[1])),
    );
  } catch {
    return {};
  }
}

export function writeMade(home: string, made: MadeByFile): void {
  writeFileAtomic(stateFile(home), `${JSON.stringify({ schema: 1, made }, undefined, 2)}\n`, 0o600);
}

function stateFile(home: string): string {
  return path.join(home, 'clients.json');
}

function isMade(value: unknown): value is Made {
  if (!isObject(value)) return false;
  const { before, prefix, suffix } = value;
  return (
    (before === null || typeof before === 'string') &&
    typeof prefix === 'string' &&
    typeof suffix === 'string'
  );
}
