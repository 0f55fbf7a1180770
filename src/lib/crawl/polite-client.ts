/**
 * Asks a registry that limits how often it is asked: one request after the other, `Retry-After` obeyed (RFC 9110, seconds
 * and dates), and longer and longer pauses where it says nothing. Answers are bounded, and are only JSON here.
 */
import type { IncomingMessage } from 'node:http';
import { MpakError } from '../errors.ts';
import { decoded, readBody, reasonOf } from '../remote/http-body.ts';
import { NodeHttp, type Proxies, tooSlow } from '../remote/node-http.ts';
import { PATIENCE } from './limits.ts';

export interface PoliteClientOptions {
  readonly registry: URL;
  /** How mpak names itself. */
  readonly userAgent: string;
  readonly proxies?: Proxies;
  readonly now: () => Date;
  /** Waits that many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  /** All pauses for one answer together, in milliseconds. Default: as long as PATIENCE says. */
  readonly longestWaitMs?: number;
  /** For the body of an answer, in milliseconds. Default: as PATIENCE says. */
  readonly answerMs?: number;
  /** From 0 to 1. Default: Math.random */
  readonly random?: () => number;
  /** Told of each wait that the registry asks for, in milliseconds. */
  readonly onWait?: (ms: number) => void;
}

/** What an answer says; undefined: it is 404. Gone: it is 410. */
export type JsonAnswer = { readonly json: unknown } | 'gone' | undefined;

/** Why something is asked for again. */
type Retry = 'limited' | 'failed';

/** Some servers answer 500 when it is too much, and say so in words. */
const SAYS_LIMITED = /rate.?limit|too many requests/i;
/** Of an error's answer, enough to find those words. */
const ERROR_BYTES = 16 * 1024;

/** What passes by itself. */
const BROKEN: ReadonlySet<unknown> = new Set(['ECONNRESET', 'ENETDOWN', 'EHOSTDOWN', 'EPIPE', 'ETIMEDOUT']);

export class PoliteClient {
  readonly #options: PoliteClientOptions;
  readonly #base: string;
  readonly #http: NodeHttp;
  #requests = 0;
  #bytes = 0;

  constructor(options: PoliteClientOptions) {
    this.#options = options;
    this.#base = options.registry.href.replace(/\/+$/, '');
    this.#http = new NodeHttp(options.userAgent, options.proxies ?? {}, 0);
  }

  get requests(): number {
    return this.#requests;
  }

  /** Of all bodies so far, as they came over the wire. */
  get bytesReceived(): number {
    return this.#bytes;
  }

  /**
   * @param target path and query
   * @param maxBytes of the answer, decompressed
   * @throws MpakError NETWORK, REGISTRY_ANSWER, REGISTRY_BUSY when it asks for too long a wait, or never stops asking
   */
  async get(target: string, maxBytes: number): Promise<JsonAnswer> {
    return this.#patiently(target, async (response) => ({ json: await this.#json(response, maxBytes) }));
  }

  async #patiently<T>(
    target: string,
    read: (response: IncomingMessage) => Promise<T>,
  ): Promise<T | 'gone' | undefined> {
    const failures: Record<Retry, number> = { limited: 0, failed: 0 };
    let waited = 0;
    for (;;) {
      const answer = await this.#once(target, read);
      if ('answer' in answer) return answer.answer;
      const { retry, after, error } = answer;
      failures[retry] += 1;
      const attempts = retry === 'limited' ? PATIENCE.limitedAttempts : PATIENCE.failedAttempts;
      if (failures[retry] >= attempts) throw error;
      const pause = this.#pause(failures[retry], after);
      waited += pause;
      if (pause > PATIENCE.askedMs || waited > (this.#options.longestWaitMs ?? Infinity)) throw error;
      if (retry === 'limited') this.#options.onWait?.(pause);
      await this.#options.sleep(pause);
    }
  }

  /** Whether there is something: no for 404 alone, so that 410 is odd. @throws MpakError as get does */
  async isThere(target: string): Promise<boolean> {
    const answer = await this.#patiently(target, (response) => this.#discard(response));
    if (answer === 'gone') throw this.#bad('answered with status 410');
    return answer !== undefined;
  }

  close(): void {
    this.#http.close();
  }

  /** What was asked for, and some more, so that not everybody comes back at the same moment. */
  #pause(attempt: number, asked: number | undefined): number {
    const jitter = (this.#options.random ?? Math.random)();
    const grown = Math.min(PATIENCE.longestMs, PATIENCE.firstMs * 2 ** (attempt - 1));
    return asked === undefined ? grown * (0.5 + jitter / 2) : asked + grown * jitter * 0.1;
  }

  async #once<T>(
    target: string,
    read: (response: IncomingMessage) => Promise<T>,
  ): Promise<
    { answer: T | 'gone' | undefined } | { retry: Retry; after: number | undefined; error: MpakError }
  > {
    this.#requests += 1;
    let timer: NodeJS.Timeout | undefined;
    try {
      const response = await this.#http.get(new URL(`${this.#base}${target}`), {
        accept: 'application/json',
        'accept-encoding': 'gzip',
      });
      timer = setTimeout(() => response.destroy(tooSlow()), this.#options.answerMs ?? PATIENCE.answerMs);
      const { statusCode: status = 0 } = response;
      if (status === 200) return { answer: await read(response) };
      const words = await this.#wordsOf(response);
      if (status === 404) return { answer: undefined };
      if (status === 410) return { answer: 'gone' };
      const after = retryAfter(response.headers['retry-after'], this.#options.now());
      if (status === 429 || (SAYS_LIMITED.test(words) && (status >= 500 || status === 403))) {
        return { retry: 'limited', after, error: this.#busy(after) };
      }
      const error = this.#bad(`answered with status ${status}`);
      if (status >= 500) return { retry: status === 503 ? 'limited' : 'failed', after, error };
      throw error;
    } catch (error) {
      if (error instanceof MpakError) throw error;
      const failure = new MpakError('NETWORK', `${this.#base} cannot be reached (${reasonOf(error)}).`, {
        hint: 'What has come so far is kept: run `mpak sync` again when the network is back.',
        cause: error,
      });
      if (!BROKEN.has((error as { code?: unknown }).code)) throw failure;
      return { retry: 'failed', after: undefined, error: failure };
    } finally {
      clearTimeout(timer);
    }
  }

  async #discard(response: IncomingMessage): Promise<true> {
    response.destroy();
    return true;
  }

  async #json(response: IncomingMessage, maxBytes: number): Promise<unknown> {
    const bytes = await readBody(this.#decoded(response), maxBytes).catch((error: unknown) => {
      if (/^Z_/.test(String((error as { code?: unknown }).code)))
        throw this.#bad('sent an answer that cannot be decompressed');
      throw error;
    });
    if (bytes === undefined) {
      response.destroy();
      throw this.#bad(`sent more than ${maxBytes} bytes`);
    }
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch {
      throw this.#bad('sent something that is no JSON');
    }
  }

  async #wordsOf(response: IncomingMessage): Promise<string> {
    const bytes = await readBody(this.#decoded(response), ERROR_BYTES).catch(() => undefined);
    if (bytes === undefined) response.destroy();
    return bytes?.toString('utf8') ?? '';
  }

  #decoded(response: IncomingMessage): AsyncIterable<Buffer> {
    return decoded(this.#count(response), response.headers['content-encoding']);
  }

  async *#count(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of body) {
      this.#bytes += chunk.length;
      yield chunk;
    }
  }

  #busy(after: number | undefined): MpakError {
    const when = after === undefined ? '' : `, and again in ${Math.ceil(after / 1000)} s at the earliest`;
    return new MpakError('REGISTRY_BUSY', `${this.#base} wants to be asked less often${when}.`, {
      hint: 'What has come so far is kept: run `mpak sync` later, and it goes on from there.',
    });
  }

  #bad(what: string): MpakError {
    return new MpakError('REGISTRY_ANSWER', `${this.#base} ${what}.`, {
      hint: 'What has come so far is kept. Try again later; check the URL when it stays.',
    });
  }
}

/** Milliseconds from now; undefined when the header says nothing of use. */
export function retryAfter(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const asked = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : waitUntil(header, now);
  return asked > 0 ? asked : undefined;
}

/** A date of HTTP begins with a day: what else may look like one is none. */
function waitUntil(date: string, now: Date): number {
  return /^\s*[A-Z][a-z]{2}/.test(date) ? Date.parse(date) - now.getTime() : Number.NaN;
}
