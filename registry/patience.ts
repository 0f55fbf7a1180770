/** Asks GitHub at its pace: not too fast, again after a failure, and after the time that it asks for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpError } from './http.ts';
import type { CheckLimits } from './limits.ts';

/** GitHub asks for more patience than there is: nothing further is asked. */
export class OutOfPatience extends Error {}

export class Patience {
  readonly #limits: CheckLimits;
  /** When the next request may go out. */
  #next = 0;
  #ended: OutOfPatience | undefined;

  constructor(limits: CheckLimits) {
    this.#limits = limits;
  }

  /** @throws HttpError when GitHub does not answer after all, OutOfPatience when it is not to be asked any more */
  async ask<T>(work: () => Promise<T>): Promise<T> {
    const { attempts, backoffMs } = this.#limits;
    for (let attempt = 1; ; attempt += 1) {
      await this.#turn();
      try {
        return await work();
      } catch (error) {
        // What GitHub does not want, or what is not to be asked, does not change by asking again.
        if (!(error instanceof HttpError) || error.code === 'GITHUB_REFUSED') throw error;
        if (error.code === 'GITHUB_BUSY') this.#postpone(error, attempt);
        else if (attempt >= attempts) throw error;
        else await sleep(backoffMs * 2 ** (attempt - 1));
      }
    }
  }

  /** Everybody waits, not only who was told. */
  #postpone(error: HttpError, attempt: number): void {
    const { patienceMs, attempts } = this.#limits;
    const wait = Number(error.headers['retry-after']) * 1000;
    if (wait > patienceMs || attempt >= attempts) this.#ended ??= new OutOfPatience(error.message);
    this.#next = Math.max(this.#next, performance.now() + wait);
  }

  async #turn(): Promise<void> {
    for (;;) {
      if (this.#ended !== undefined) throw this.#ended;
      const wait = this.#next - performance.now();
      if (wait <= 0) break;
      await sleep(Math.min(wait, 1_000));
    }
    this.#next = performance.now() + this.#limits.paceMs;
  }
}
