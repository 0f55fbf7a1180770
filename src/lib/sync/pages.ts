/**
 * New lines of the log: downloaded to a file on the disk, in order, so that memory stays small and nothing is applied
 * before the whole of it is known to be what was signed.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { MpakError } from '../errors.ts';
import { PAGE_SIZE } from '../log/checkpoint.ts';
import { MAX_ENTRY_BYTES } from '../log/entry.ts';
import { joinLines, splitLines } from '../log/page.ts';
import type { RegistryClient } from '../remote/registry-client.ts';

const READ_BYTES = 1024 * 1024;
/** Pages that are asked for at the same time. */
const CONCURRENCY = 4;

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
    const ahead: Promise<Uint8Array>[] = [];
    let have = from;
    for (let page = Math.floor(from / PAGE_SIZE), asked = page; page < last; page += 1) {
      while (asked < last && asked < page + CONCURRENCY) {
        const next = client.page(asked);
        // Awaited in its turn; until then a failure of it must not end the process.
        next.catch(() => undefined);
        ahead.push(next);
        asked += 1;
      }
      const lines = pageLines(await (ahead.shift() as Promise<Uint8Array>), page, have, to);
      writeSync(handle, joinLines(lines));
      have += lines.length;
      onEntries(have - from);
    }
  } finally {
    closeSync(handle);
  }
}

/** The lines of a page that are new and signed for; a page may have grown since the checkpoint. */
function pageLines(bytes: Uint8Array, page: number, have: number, to: number): Uint8Array[] {
  const lines = splitLines(bytes);
  const start = page * PAGE_SIZE;
  const wanted = Math.min(PAGE_SIZE, to - start);
  if (lines.length < wanted || lines.length > PAGE_SIZE) {
    throw tampered(`page ${page} holds ${lines.length} entries, and ${wanted} were signed`);
  }
  if (lines.some((line) => line.length > MAX_ENTRY_BYTES)) {
    throw tampered(`page ${page} holds an entry of more than ${MAX_ENTRY_BYTES} bytes`);
  }
  return lines.slice(Math.max(0, have - start), wanted);
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
