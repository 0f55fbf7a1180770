/** Bytes of a bundle as text, and where in it something is. */

const utf8 = new TextDecoder('utf-8');

/** Never throws: what is not UTF-8 becomes U+FFFD. A byte order mark at its start is left out. */
export function decode(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

/** Line numbers by offset, for a text that is asked often. */
export class Lines {
  readonly #starts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  /** @param offset in UTF-16 code units @returns from 1 */
  at(offset: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] as number) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }
}
