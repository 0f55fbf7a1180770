/**
 * New lines of the log: downloaded to a file on the disk, in order, so that memory stays small and nothing is applied
 * before the whole of it is known to be what was signed.
 */
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { MpakError } from '../errors.ts';
import { PAGE_SIZE } from '../log/checkpoint-form.ts';
import { joinLines, MAX_ENTRY_BYTES, splitLines } from '../log/page.ts';
import type { RegistryClient } from '../remote/registry-client.ts';

const READ_BYTES = 1024 * 1024;
/** Pages that are asked for at the same time: each may be as large as 256 entries of the largest size. */
const CONCURRENCY = 2;

/** Lines of the log from `from` up to but not including `to`, kept in a file. */
export interface Spool {
  readonly file: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Downloads the lines from `from` up to but not including `to` into a file.
 * @param onEntries told how many entries have come so far
 * @throws MpakError TAMPERED_LOG when a page holds fewer or larger entries than it must, NETWORK, REGISTRY_ANSWER
 */
export async function spoolPages(
  client: RegistryClient,
  { from, to, file }: Spool,
  onEntries: (done: number) => void,
): Promise<void> {
  const handle = openSync(file, 'w', 0o600);
  try {
    const last = Math.ceil(to / PAGE_SIZE);
    const ahead: Promise<Uint8Array[]>[] = [];
    let have = from;
    for (let page = Math.floor(from / PAGE_SIZE), asked = page; page < last; page += 1) {
      while (asked < last && asked < page + CONCURRENCY) {
        const next = linesOfPage(client, asked, from, to);
        // Awaited in its turn; until then a failure of it must not end the process.
        next.catch(() => undefined);
        ahead.push(next);
        asked += 1;
      }
      const lines = await (ahead.shift() as Promise<Uint8Array[]>);
      writeFileSync(handle, joinLines(lines));
      have += lines.length;
      onEntries(have - from);
    }
  } finally {
    closeSync(handle);
  }
}

/**
 * The lines of a page from `from` on that are signed for; it may have grown since the checkpoint. A page that lacks some
 * may be an old one out of a cache: before anybody is accused, it is asked for past the caches.
 */
async function linesOfPage(
  client: RegistryClient,
  page: number,
  from: number,
  to: number,
): Promise<Uint8Array[]> {
  const wanted = Math.min(PAGE_SIZE, to - page * PAGE_SIZE);
  const known = Math.max(0, from - page * PAGE_SIZE);
  if (known > 0) {
    const rest = await restOfPage(client, page, known, wanted);
    if (rest !== undefined) return rest;
  }
  let lines = splitLines(await client.page(page), PAGE_SIZE + 1);
  if (lines.length < wanted) lines = splitLines(await client.page(page, { fresh: true }), PAGE_SIZE + 1);
  if (lines.length < wanted || lines.length > PAGE_SIZE) {
    const count = lines.length > PAGE_SIZE ? `more than ${PAGE_SIZE}` : lines.length;
    throw tampered(`page ${page} holds ${count} entries, and ${wanted} were signed`);
  }
  return bounded(lines.slice(known, wanted), page);
}

/** Only the entries that are not known: undefined when what comes is not all of them, and the whole page must tell. */
async function restOfPage(
  client: RegistryClient,
  page: number,
  known: number,
  wanted: number,
): Promise<Uint8Array[] | undefined> {
  const rest = await client.restOfPage(page, known);
  if (rest === undefined) return undefined;
  const lines = splitLines(rest.bytes, PAGE_SIZE + 1 - rest.skipped);
  if (lines.length + rest.skipped < wanted || lines.length + rest.skipped > PAGE_SIZE) return undefined;
  return bounded(lines.slice(known - rest.skipped, wanted - rest.skipped), page);
}

/** @throws MpakError TAMPERED_LOG when an entry is larger than one may be */
function bounded(lines: Uint8Array[], page: number): Uint8Array[] {
  if (lines.some((line) => line.length > MAX_ENTRY_BYTES)) {
    throw tampered(`page ${page} holds an entry of more than ${MAX_ENTRY_BYTES} bytes`);
  }
  return lines;
}

export function tampered(what: string): MpakError {
  return new MpakError('TAMPERED_LOG', `The log is not the one that was signed: ${what}.`, {
    hint: 'Nothing was changed. Try again; if it stays, somebody is altering the log: tell the operator.',
  });
}

/** Reads the lines of a spool, a megabyte at a time. */
export function* readSpool(spool: Spool): Generator<Uint8Array> {
  const handle = openSync(spool.file, 'r');
  try {
    let rest: Uint8Array = new Uint8Array();
    for (;;) {
      const chunk = Buffer.allocUnsafe(READ_BYTES);
      const length = readSync(handle, chunk);
      if (length === 0) return;
      const bytes = Buffer.concat([rest, chunk.subarray(0, length)]);
      const end = bytes.lastIndexOf(0x0a) + 1;
      yield* splitLines(bytes.subarray(0, end));
      rest = bytes.subarray(end);
    }
  } finally {
    closeSync(handle);
  }
}
