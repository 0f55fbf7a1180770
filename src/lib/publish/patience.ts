/** How long a publisher waits in total, whatever it waits for: growing pauses until the time is used up. */

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** What the last attempt is given, however little time is left. */
const LEAST_ATTEMPT_MS = 30_000;

/** Time, as it passes here. */
export interface Clock {
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
}

export class Patience {
  readonly #clock: Clock;
  readonly #deadline: number;

  /** @param waitMs for all that is tried, together */
  constructor(waitMs: number, clock: Clock) {
    this.#clock = clock;
    this.#deadline = clock.now().getTime() + waitMs;
  }

  /** How long the next attempt may take, in milliseconds. @param longest that one ever may */
  attemptMs(longest: number): number {
    const left = this.#deadline - this.#clock.now().getTime();
    return Math.min(longest, Math.max(left, LEAST_ATTEMPT_MS));
  }

  /**
   * Waits before the next attempt.
   * @param failures so far, from 1
   * @param askedMs what the other side asks for
   * @returns false, at once, when that would take too long
   */
  async pause(failures: number, askedMs: number | undefined): Promise<boolean> {
    const growing = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
    const ms = Math.max(askedMs ?? 0, growing);
    if (this.#clock.now().getTime() + ms > this.#deadline) return false;
    await this.#clock.sleep(ms);
    return true;
  }
}
