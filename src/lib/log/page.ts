/** Pages of the log: up to PAGE_SIZE lines, each ended by a newline, compressed for the wire by the transport. */

/** Largest entry that is accepted, in bytes. A manifest with hundreds of tools stays below a tenth of it. */
export const MAX_ENTRY_BYTES = 512 * 1024;

const NEWLINE = 0x0a;

/** Joins the lines of a page. */
export function joinLines(lines: Iterable<Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const line of lines) parts.push(line, Uint8Array.of(NEWLINE));
  return Buffer.concat(parts);
}

/**
 * The lines of a page as views into it. A last line without its newline counts as a line.
 * @param most how many are wanted: what is not counted costs nothing, however many there are
 */
export function splitLines(page: Uint8Array, most = Number.POSITIVE_INFINITY): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < page.length && lines.length < most; ) {
    const end = page.indexOf(NEWLINE, start);
    lines.push(page.subarray(start, end === -1 ? page.length : end));
    start = end === -1 ? page.length : end + 1;
  }
  return lines;
}
