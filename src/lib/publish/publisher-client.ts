/** The publisher's side of a registry over HTTP (API.md): what it wants to see, and what is sent to it with a token. */
import { z } from 'zod';
import { MpakError } from '../errors.ts';
import { sendAuthenticated } from '../remote/authenticated-request.ts';
import { readBody, reasonOf } from '../remote/http-body.ts';
import { HttpClient } from '../remote/http-client.ts';
import type { TokenEndpoint } from './actions-environment.ts';
import { chooseAudience } from './audience.ts';
import { OidcToken } from './oidc-token.ts';
import type { Clock, Patience } from './patience.ts';
import { jsonOf, type Later, oddAnswer, refusalOf } from './registry-answer.ts';

/** Of a request whose answer needs the registry to read an asset of GitHub. */
const TIMEOUT_MS = 11 * 60_000;
const QUESTION_TIMEOUT_MS = 30_000;
const MAX_BYTES = 64 * 1024;

const registrySchema = z.looseObject({ announce: z.looseObject({ audience: z.string().min(1).max(1024) }) });

export interface PublisherOptions {
  readonly registry: URL;
  /** Where tokens come from. */
  readonly endpoint: TokenEndpoint;
  /** Whom the user allows a token for; undefined: whom the registry asks for, if that is itself. */
  readonly audience: string | undefined;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly patience: Patience;
  /** Told of every token before it is used, so that whoever prints can see to it that it is not shown. */
  readonly onToken: (token: string) => void;
}

export class PublisherClient {
  readonly #options: PublisherOptions;
  #token: OidcToken | undefined;
  /** Every token so far: an answer may quote an old one, too. */
  readonly #tokens = new Set<string>();

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /**
   * Sends a request of a publisher, again while it may help and there is time.
   * @param path `/v1/bundles/announce`
   * @param what it is about, for errors: `@acme/echo 1.0.0`
   * @returns the answer's JSON
   * @throws MpakError AUDIENCE_REFUSED, TOKEN_REFUSED, PUBLISH_REFUSED, REGISTRY_BUSY, REGISTRY_ANSWER, NETWORK
   */
  async post<T>(path: string, body: string, what: string, schema: z.ZodType<T>): Promise<T> {
    const { registry, userAgent, clock, patience } = this.#options;
    const secrets = this.#tokens;
    const url = new URL(`${base(registry)}${path}`);
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    let isRenewed = false;
    return this.#untilDone(async (): Promise<Attempt<T>> => {
      const token = await this.#oidcToken();
      const bearer = await token.get();
      this.#tokens.add(bearer);
      const answer = await sendAuthenticated({
        method: 'POST',
        url,
        token: bearer,
        headers,
        body,
        timeoutMs: patience.attemptMs(TIMEOUT_MS),
        maxBytes: MAX_BYTES,
        userAgent,
      });
      if (answer.status === 200) {
        const parsed = schema.safeParse(jsonOf(answer, secrets));
        if (parsed.success) return { done: parsed.data };
        throw oddAnswer('something that is no answer to that');
      }
      const refusal = refusalOf(answer, what, { now: clock.now(), secrets });
      if ('later' in refusal) return refusal;
      if ('final' in refusal) throw refusal.final;
      // It may have ended on the way: once, a new one is tried.
      if (isRenewed) throw refusal.unauthorized;
      token.forget();
      isRenewed = true;
      return 'again';
    });
  }

  async #oidcToken(): Promise<OidcToken> {
    if (this.#token === undefined) {
      const { registry, audience: explicit, endpoint, userAgent, clock, onToken } = this.#options;
      const asked = await this.#audienceAsked();
      const audience = chooseAudience({ registry, asked, explicit });
      this.#token = new OidcToken(endpoint, audience, { userAgent, now: clock.now, onToken });
    }
    return this.#token;
  }

  /** `GET /v1/registry`. @returns undefined when the registry does not say */
  async #audienceAsked(): Promise<string | undefined> {
    const { userAgent, clock } = this.#options;
    const http = new HttpClient({ userAgent, retries: 0 });
    try {
      const url = new URL(`${base(this.#options.registry)}/v1/registry`);
      const { statusCode, headers, body } = await http.get(url, {
        headers: { accept: 'application/json' },
        redirections: 0,
        signal: AbortSignal.timeout(QUESTION_TIMEOUT_MS),
      });
      const bytes = await readBody(body as AsyncIterable<Buffer>, MAX_BYTES);
      // Older registries do not have it.
      if (statusCode === 404) return undefined;
      const answer = { status: statusCode, headers, body: bytes ?? Buffer.alloc(0) };
      if (statusCode !== 200) {
        const refusal = refusalOf(answer, 'a question', { now: clock.now() });
        throw 'later' in refusal ? new Busy(refusal.later) : oddAnswer(`status ${statusCode}`);
      }
      const parsed = registrySchema.safeParse(jsonOf(answer));
      if (parsed.success) return parsed.data.announce.audience;
      throw oddAnswer('a description of itself that names no audience');
    } finally {
      await http.close();
    }
  }

  async #untilDone<T>(attempt: () => Promise<Attempt<T>>): Promise<T> {
    for (let failures = 1; ; failures += 1) {
      const outcome = await attempt().catch((error: unknown) => ({ later: this.#laterOf(error) }));
      if (outcome === 'again') continue;
      if ('done' in outcome) return outcome.done;
      const { error, retryAfterMs } = outcome.later;
      if (!(await this.#options.patience.pause(failures, retryAfterMs))) throw error;
    }
  }

  /** @throws the error when it will not pass */
  #laterOf(error: unknown): Later {
    if (error instanceof Busy) return error.later;
    if (error instanceof MpakError) {
      if (error.code !== 'NETWORK') throw error;
      return { error, retryAfterMs: undefined };
    }
    const { host } = this.#options.registry;
    const failure = new MpakError('NETWORK', `The registry ${host} cannot be reached (${reasonOf(error)}).`, {
      hint: 'Run the job again later, or give it longer with `--wait`.',
    });
    return { error: failure, retryAfterMs: undefined };
  }
}

class Busy extends Error {
  readonly later: Later;

  constructor(later: Later) {
    super(later.error.message);
    this.later = later;
  }
}

type Attempt<T> = { readonly done: T } | { readonly later: Later } | 'again';

function base(url: URL): string {
  return url.href.replace(/\/+$/, '');
}
