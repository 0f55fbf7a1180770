/**
 * The workflow's OIDC token, from the runner (https://docs.github.com/actions/reference/security/oidc). It is kept in
 * memory and goes into one header; whoever prints is told of it, so that the runner masks it in the job's log.
 */
import { decodeJwt } from 'jose';
import { z } from 'zod';
import { MpakError } from '../errors.ts';
import { sendAuthenticated } from '../remote/authenticated-request.ts';
import { reasonOf } from '../remote/http-body.ts';
import type { TokenEndpoint } from './actions-environment.ts';

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 64 * 1024;
/** A token that ends sooner is not used any more. */
const MARGIN_MS = 30_000;

const answerSchema = z.object({ value: z.string().regex(/^[\w-]+\.[\w-]+\.[\w-]+$/) });

export class OidcToken {
  readonly #endpoint: TokenEndpoint;
  readonly #audience: string;
  readonly #userAgent: string;
  readonly #now: () => Date;
  readonly #onToken: (token: string) => void;
  #kept: { readonly token: string; readonly expires: number } | undefined;

  constructor(
    endpoint: TokenEndpoint,
    audience: string,
    options: { userAgent: string; now: () => Date; onToken: (token: string) => void },
  ) {
    this.#endpoint = endpoint;
    this.#audience = audience;
    this.#userAgent = options.userAgent;
    this.#now = options.now;
    this.#onToken = options.onToken;
  }

  /** The token, a new one when the last is about to end. @throws MpakError TOKEN_REFUSED, NETWORK */
  async get(): Promise<string> {
    const soon = this.#now().getTime() + MARGIN_MS;
    if (this.#kept === undefined || this.#kept.expires <= soon) this.#kept = await this.#ask();
    return this.#kept.token;
  }

  /** The next one will be new. */
  forget(): void {
    this.#kept = undefined;
  }

  async #ask(): Promise<{ token: string; expires: number }> {
    const url = new URL(this.#endpoint.url);
    url.searchParams.set('audience', this.#audience);
    const { status, body } = await sendAuthenticated({
      method: 'GET',
      url,
      token: this.#endpoint.requestToken,
      headers: { accept: 'application/json' },
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
      userAgent: this.#userAgent,
    }).catch((error: unknown) => {
      throw new MpakError('NETWORK', `The runner's token endpoint cannot be reached (${reasonOf(error)}).`, {
        hint: 'Run the job again. If it stays, see https://www.githubstatus.com.',
      });
    });
    if (status >= 500) {
      throw new MpakError('NETWORK', `The runner's token endpoint answered with status ${status}.`, {
        hint: 'Run the job again. If it stays, see https://www.githubstatus.com.',
      });
    }
    if (status !== 200) {
      throw refused(`GitHub issues no OIDC token to this job (status ${status}).`);
    }
    const token = parseToken(body);
    if (token === undefined)
      throw refused("The runner's token endpoint answered with something that is no token.");
    this.#onToken(token.token);
    return token;
  }
}

/** Whether it is valid is the registry's to say: here only when it ends is read. */
function parseToken(body: Buffer): { token: string; expires: number } | undefined {
  try {
    const { value } = answerSchema.parse(JSON.parse(body.toString('utf8')));
    const { exp } = decodeJwt(value);
    return { token: value, expires: (exp ?? 0) * 1000 };
  } catch {
    // What a parser says may quote the token.
    return undefined;
  }
}

function refused(message: string): MpakError {
  return new MpakError('TOKEN_REFUSED', message, {
    hint: 'Does the job have `permissions: id-token: write`?',
  });
}
