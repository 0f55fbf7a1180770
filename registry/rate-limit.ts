/** How often somebody may ask: a number of requests in a minute, by address and by account. */
import { createHash, randomBytes } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { HttpError } from './http.ts';
import { RATE_LIMITS } from './limits.ts';

/** One rule: so many requests in a minute of whoever is named by a key. */
export class RateLimit {
  readonly #name: string;
  readonly #limiter: RateLimiterMemory | undefined;
  readonly #points: number;
  /** Keys that were seen lately: how many the limiter remembers. */
  #seen = new Set<string>();
  #seenSince = Date.now();
  readonly #salt = randomBytes(16);

  /** @param name of the policy, for the header @param points in a minute; 0 for no limit */
  constructor(name: string, points: number) {
    this.#name = name;
    this.#points = points;
    this.#limiter =
      points === 0
        ? undefined
        : new RateLimiterMemory({ keyPrefix: name, points, duration: RATE_LIMITS.seconds });
  }

  /** Counts a request. @throws HttpError 429, with when to come again */
  async take(key: string): Promise<void> {
    if (this.#limiter === undefined) return;
    try {
      await this.#limiter.consume(this.#bounded(key));
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
      throw new HttpError(
        429,
        'TOO_MANY_REQUESTS',
        `More than ${this.#points} requests in ${RATE_LIMITS.seconds} seconds; try again in ${seconds}.`,
        {
          'retry-after': String(seconds),
          // draft-ietf-httpapi-ratelimit-headers-10
          'ratelimit-policy': `"${this.#name}";q=${this.#points};w=${RATE_LIMITS.seconds}`,
          ratelimit: `"${this.#name}";r=0;t=${seconds}`,
          connection: 'close',
        },
      );
    }
  }

  /** Who has endless addresses does not get endless memory: when there are too many, new ones share a few. */
  #bounded(key: string): string {
    const now = Date.now();
    if (now - this.#seenSince >= RATE_LIMITS.seconds * 1000) {
      this.#seen = new Set();
      this.#seenSince = now;
    }
    if (this.#seen.has(key)) return key;
    if (this.#seen.size < RATE_LIMITS.keys) {
      this.#seen.add(key);
      return key;
    }
    const digest = createHash('sha256').update(this.#salt).update(key).digest();
    return `shared ${digest.readUInt32BE() % RATE_LIMITS.sharedKeys}`;
  }
}
