/** How much a scan may unpack, read as text and parse, and how long it may take. */

const MIB = 1024 * 1024;

export interface ScanLimits {
  /** Unpacked in all; a file that is read again counts again. */
  readonly inflatedBytes: number;
  /** Of a file that is decoded as text; a larger one has no text. */
  readonly textBytes: number;
  /** Of a file that is parsed as code: a syntax tree takes up to 150 times as much memory. */
  readonly codeBytes: number;
  /** For one file, or for the answer of one control: many times what it takes, so that only what never ends reaches it. */
  readonly stepMilliseconds: number;
  /** For all. */
  readonly milliseconds: number;
}

export const SCAN_LIMITS: ScanLimits = {
  inflatedBytes: 3072 * MIB,
  textBytes: 32 * MIB,
  codeBytes: 2 * MIB,
  stepMilliseconds: 30_000,
  milliseconds: 300_000,
};

/** The scan has reached a limit: what was not judged yet cannot be. */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent';
}

/** Milliseconds from some point on, as of `performance.now`. */
export type Clock = () => number;

export class Budget {
  readonly limits: ScanLimits;
  readonly #clock: Clock;
  readonly #end: number;
  #inflated = 0;

  constructor(limits: ScanLimits, clock: Clock) {
    this.limits = limits;
    this.#clock = clock;
    this.#end = clock() + limits.milliseconds;
  }

  /** To be asked before a file is unpacked. @throws BudgetSpent */
  unpack(bytes: number): void {
    this.#inflated += bytes;
    if (this.#inflated > this.limits.inflatedBytes) {
      throw new BudgetSpent(`More than ${this.limits.inflatedBytes} bytes would be unpacked.`);
    }
    this.continue();
  }

  /** @throws BudgetSpent when the time is over */
  continue(): void {
    if (this.#clock() > this.#end) {
      throw new BudgetSpent(`The scan takes longer than ${this.limits.milliseconds} ms.`);
    }
  }
}
