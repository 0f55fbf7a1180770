/**
 * How GitHub is asked: its REST API at one origin, and release assets on a list of hosts, hop by hop. Everything that
 * comes back is bounded in size, time and pace, and every failure is an answer that says whether to try again.
 */
import { type Dispatcher, request } from 'undici';
import { REDIRECTS } from '../src/lib/remote/next-url.ts';
import { PrivateAddressError } from './addresses.ts';
import { HttpError } from './http.ts';
import type { AssetLimits } from './limits.ts';
import { type Outbound, OutboundRefused, type Reach, reachOf, requireReach } from './outbound.ts';

/** Where release assets of github.com are: itself, and where it redirects to. */
const GITHUB_ASSET_HOSTS = [
  'github.com',
  'release-assets.githubusercontent.com',
  'objects.githubusercontent.com',
  'objects-origin.githubusercontent.com',
  'github-releases.githubusercontent.com',
] as const;

const USER_AGENT = 'mpak-registry';
const MAX_RETRY_AFTER_SECONDS = 3_600;

export interface GitHubOptions {
  /** Base URL of the REST API. Only when it is http itself, http is followed elsewhere. */
  readonly api: string;
  /** For a higher rate limit. Sent to the API and nowhere else. */
  readonly token?: string | undefined;
  /** Hosts of release assets beside the usual ones. */
  readonly assetHosts: readonly string[];
  readonly outbound: Outbound;
  readonly limits: AssetLimits;
  readonly now: () => Date;
}

/** The hosts of release assets for an API: those of github.com, or the one of an enterprise's server. */
export function usualAssetHosts(api: string): readonly string[] {
  const { host } = new URL(api);
  return host === 'api.github.com' ? GITHUB_ASSET_HOSTS : [host];
}

export class GitHubRequests {
  readonly #options: GitHubOptions;
  readonly #apiReach: Reach;
  readonly #assetReach: Reach;
  readonly #toApi: Dispatcher;
  readonly #toAssets: Dispatcher;

  constructor(options: GitHubOptions) {
    const { api, assetHosts, outbound } = options;
    this.#options = options;
    this.#apiReach = reachOf(api);
    const hosts = new Set([...usualAssetHosts(api), ...assetHosts.map((host) => host.toLowerCase())]);
    this.#assetReach = { hosts, http: this.#apiReach.http };
    this.#toApi = outbound.only(this.#apiReach);
    this.#toAssets = outbound.only(this.#assetReach);
  }

  /**
   * @param path below the API's base URL
   * @returns the JSON of the answer as bytes; undefined for 404, 410 and 451
   * @throws HttpError 502 when GitHub does not answer as it should, 503 when it asks to wait
   */
  api(path: string, maxBytes: number, signal: AbortSignal): Promise<Buffer | undefined> {
    const { api, token, limits } = this.#options;
    return this.#asking('GitHub', async () => {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(limits.apiMs)]);
      // A renamed repository is redirected. The token is for the address that it was configured for.
      const answer = await this.#follow(new URL(api + path), this.#apiReach, (url, hop) =>
        request(url, {
          dispatcher: this.#toApi,
          signal: limited,
          headers: {
            accept: 'application/vnd.github+json',
            'accept-encoding': 'identity',
            'user-agent': USER_AGENT,
            'x-github-api-version': '2022-11-28',
            ...(token !== undefined && hop === 0 && { authorization: `Bearer ${token}` }),
          },
        }),
      );
      // Not there, gone, or withheld by law.
      if ([404, 410, 451].includes(answer.statusCode)) {
        discard(answer);
        return undefined;
      }
      if (answer.statusCode !== 200) throw this.#refusal(answer);
      return readBounded(answer.body, maxBytes);
    });
  }

  /**
   * An asset as its users download it.
   * @param read takes the body, and may stop anywhere
   * @returns undefined for 404, 410 and 451
   * @throws HttpError as `api` does
   */
  asset<T>(
    url: string,
    signal: AbortSignal,
    read: (body: AsyncIterable<Buffer>, declaredBytes: number | undefined) => Promise<T>,
  ): Promise<T | undefined> {
    const { limits } = this.#options;
    return this.#asking('The release asset', async () => {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(limits.downloadMs)]);
      const answer = await this.#follow(new URL(url), this.#assetReach, (hop) =>
        request(hop, {
          dispatcher: this.#toAssets,
          signal: limited,
          headers: {
            accept: 'application/octet-stream',
            'accept-encoding': 'identity',
            'user-agent': USER_AGENT,
          },
        }),
      );
      const { statusCode, headers, body } = answer;
      if ([404, 410, 451].includes(statusCode)) {
        discard(answer);
        return undefined;
      }
      if (statusCode !== 200) throw this.#refusal(answer);
      const encoding = String(headers['content-encoding'] ?? 'identity');
      if (encoding !== 'identity') {
        discard(answer);
        throw new OutboundRefused(`it comes encoded as ${JSON.stringify(encoding.slice(0, 32))}`);
      }
      const declared = headers['content-length'];
      try {
        const bytes = typeof declared === 'string' ? Number(declared) : undefined;
        return await read(this.#paced(body as AsyncIterable<Buffer>), bytes);
      } finally {
        // What was not read is not waited for.
        body.on('error', () => undefined).destroy();
      }
    });
  }

  async #follow(
    start: URL,
    reach: Reach,
    ask: (url: URL, hop: number) => Promise<Dispatcher.ResponseData>,
  ): Promise<Dispatcher.ResponseData> {
    let url = start;
    for (let hop = 0; hop <= this.#options.limits.redirects; hop += 1) {
      requireReach(url, reach);
      const answer = await ask(url, hop);
      const { location } = answer.headers;
      if (!REDIRECTS.has(answer.statusCode) || typeof location !== 'string') return answer;
      discard(answer);
      const next = URL.parse(location, url);
      if (next === null) throw new OutboundRefused('it leads to what is no URL');
      url = next;
    }
    throw new Error('too many redirects');
  }

  /** A body that must not be slower than the slowest rate once its time of grace is over. */
  async *#paced(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const { slowestRate, graceMs } = this.#options.limits;
    const start = performance.now();
    let bytes = 0;
    for await (const chunk of body) {
      bytes += chunk.length;
      const seconds = (performance.now() - start - graceMs) / 1000;
      if (seconds > 0 && bytes < seconds * slowestRate) {
        throw new Error(`slower than ${slowestRate} bytes a second`);
      }
      yield chunk;
    }
  }

  /** What to say of a status that is no answer. */
  #refusal(answer: Dispatcher.ResponseData): Error {
    const { statusCode, headers } = answer;
    discard(answer);
    const isLimited = headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0';
    if (![403, 429, 503].includes(statusCode) || !isLimited) return new Error(`status ${statusCode}`);
    const now = this.#options.now().getTime() / 1000;
    const after = Number(headers['retry-after'] ?? Number(headers['x-ratelimit-reset']) - now);
    const seconds = Math.min(
      Math.max(Math.ceil(Number.isNaN(after) ? 60 : after), 1),
      MAX_RETRY_AFTER_SECONDS,
    );
    return new HttpError(
      503,
      'GITHUB_BUSY',
      `GitHub takes no more requests for ${seconds} s; try again then.`,
      {
        'retry-after': String(seconds),
      },
    );
  }

  async #asking<T>(what: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof HttpError) throw error;
      if (error instanceof OutboundRefused || error instanceof PrivateAddressError) {
        throw new HttpError(502, 'GITHUB_REFUSED', `${what} is not read: ${error.message}.`);
      }
      throw unavailable(what, reasonOf(error));
    }
  }
}

export function unavailable(what: string, reason: string): HttpError {
  return new HttpError(502, 'GITHUB_UNAVAILABLE', `${what} could not be read (${reason}); try again.`, {
    'retry-after': '30',
  });
}

function reasonOf(error: unknown): string {
  const { code, name, message } = error as { code?: unknown; name?: string; message?: string };
  if (name === 'TimeoutError') return 'it takes too long';
  // Of a connection that cannot be made, the message may be empty or name addresses.
  return typeof code === 'string' ? code : (message ?? 'an unknown error').slice(0, 200);
}

async function readBounded(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new Error('an answer that is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The status has said all that there is to know: the body is not waited for, at whatever pace it comes. */
function discard({ body }: Dispatcher.ResponseData): void {
  body.on('error', () => undefined).destroy();
}
