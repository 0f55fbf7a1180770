/** GET over HTTP, as every client of mpak asks: proxies of the environment, bounded waiting, redirects and retries. */
import { type Dispatcher, EnvHttpProxyAgent, interceptors } from 'undici';
import { nextUrl, REDIRECTS } from './next-url.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 20_000;
/** Longest silence in the middle of an answer. */
const BODY_TIMEOUT_MS = 30_000;
const MAX_REDIRECTIONS = 3;
const RETRIES = 2;

export interface HttpClientOptions {
  /** How mpak names itself. */
  readonly userAgent: string;
  /** How often a busy server is asked again. Default 2. */
  readonly retries?: number;
  /** Carries the requests, in place of connections of its own; whoever made it closes it. */
  readonly dispatcher?: Dispatcher | undefined;
}

export class HttpClient {
  readonly #userAgent: string;
  /** Undefined when it is somebody else's. */
  readonly #agent: EnvHttpProxyAgent | undefined;
  readonly #dispatcher: Dispatcher;

  constructor({ userAgent, retries = RETRIES, dispatcher }: HttpClientOptions) {
    this.#userAgent = userAgent;
    const carrier =
      dispatcher ??
      new EnvHttpProxyAgent({
        connect: { timeout: CONNECT_TIMEOUT_MS },
        headersTimeout: HEADERS_TIMEOUT_MS,
        bodyTimeout: BODY_TIMEOUT_MS,
      });
    this.#agent = carrier instanceof EnvHttpProxyAgent ? carrier : undefined;
    this.#dispatcher = carrier.compose(
      interceptors.retry({
        maxRetries: retries,
        minTimeout: 200,
        maxTimeout: 5_000,
        statusCodes: [429, 502, 503, 504],
        errorCodes: ['ECONNRESET', 'ENETDOWN', 'EHOSTDOWN', 'UND_ERR_SOCKET'],
      }),
    );
  }

  /**
   * @param options.redirections how many are followed; with 0 one is the answer. Default 3
   * @returns the answer at the end of all redirects; none of them leads away from https
   * @throws what undici throws; `reasonOf` puts it in a word
   */
  async get(
    start: URL,
    options: {
      headers?: Readonly<Record<string, string>>;
      signal?: AbortSignal;
      redirections?: number;
    } = {},
  ): Promise<Dispatcher.ResponseData> {
    const { signal, redirections = MAX_REDIRECTIONS } = options;
    let headers: Record<string, string> = { ...options.headers, 'user-agent': this.#userAgent };
    let url = start;
    for (let hops = 0; hops <= redirections; hops += 1) {
      const path = url.pathname + url.search;
      const method = 'GET' as const;
      const request = { origin: url.origin, path, method, headers, ...(signal && { signal }) };
      const answer = await this.#dispatcher.request(request);
      const { location } = answer.headers;
      if (redirections === 0 || !REDIRECTS.has(answer.statusCode) || typeof location !== 'string')
        return answer;
      await answer.body.dump();
      const next = nextUrl(url, location);
      if (next === undefined) throw new Error('it leads to where https does not');
      // A secret is for the host that it was given for.
      if (next.origin !== url.origin) headers = without(headers, 'authorization');
      url = next;
    }
    throw new Error('too many redirects');
  }

  async close(): Promise<void> {
    await this.#agent?.destroy();
  }
}

function without(headers: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([key]) => key.toLowerCase() !== name));
}
