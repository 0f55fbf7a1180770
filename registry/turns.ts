/** Takes turns by account, so that none of them occupies all of the connections to GitHub. */
import { HttpError } from './http.ts';

export interface TurnLimits {
  /** Of an account, under way. */
  readonly atOnce: number;
  /** Of an account, until one of those ends. */
  readonly waiting: number;
}

interface Line {
  running: number;
  readonly waiting: (() => void)[];
}

export class Turns {
  readonly #limits: TurnLimits;
  readonly #refuse: (underWay: number) => HttpError;
  readonly #lines = new Map<string, Line>();

  /** @param refuse what to say when too much waits already */
  constructor(limits: TurnLimits, refuse: (underWay: number) => HttpError = tooManyRequests) {
    this.#limits = limits;
    this.#refuse = refuse;
  }

  /**
   * Does the work when it is the account's turn.
   * @throws HttpError, by default 429, when too much of the account's waits already; the signal's reason when it fires first
   */
  async take<T>(account: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(account) ?? { running: 0, waiting: [] };
    this.#lines.set(account, line);
    if (line.running < this.#limits.atOnce) line.running += 1;
    else await this.#wait(line, signal);
    try {
      return await work();
    } finally {
      const next = line.waiting.shift();
      if (next !== undefined) next();
      else line.running -= 1;
      if (line.running === 0) this.#lines.delete(account);
    }
  }

  /** Ends with a turn that another one has handed over. */
  #wait({ running, waiting }: Line, signal: AbortSignal): Promise<void> {
    if (waiting.length >= this.#limits.waiting) throw this.#refuse(running + waiting.length);
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = () => {
      waiting.splice(waiting.indexOf(enter), 1);
      reject(signal.reason);
    };
    const enter = () => {
      signal.removeEventListener('abort', leave);
      resolve();
    };
    signal.addEventListener('abort', leave, { once: true });
    waiting.push(enter);
    return promise;
  }
}

function tooManyRequests(underWay: number): HttpError {
  return new HttpError(
    429,
    'TOO_MANY_REQUESTS',
    `The account has ${underWay} announcements under way; try again when some have ended.`,
    { 'retry-after': '1' },
  );
}
