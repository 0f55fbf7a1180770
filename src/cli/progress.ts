import { truncate } from './format.ts';

/** One line of progress on a terminal; nothing anywhere else. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  #shown = '';
  #last = 0;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  /**
   * @param describe asked for the text when it is shown
   * @param now milliseconds of any steady clock: redrawn at most ten times a second
   */
  update(describe: () => string, now = performance.now()): void {
    if (!this.#stream.isTTY || now - this.#last < 100) return;
    this.#last = now;
    // On one line: what wraps could not be taken back.
    this.#shown = truncate(describe(), (this.#stream.columns || 80) - 1);
    this.#stream.write(`\r\u001b[K${this.#shown}`);
  }

  clear(): void {
    if (this.#shown === '') return;
    this.#shown = '';
    this.#stream.write('\r\u001b[K');
  }
}

/** What is said while a registry is waited for that wants to be asked less often. */
export function waitText(ms: number): string {
  return `The registry wants to be asked less often: waiting ${Math.ceil(ms / 1000)} s …`;
}
