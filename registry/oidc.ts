/**
 * GitHub Actions' OIDC tokens: who is announcing. RS256 and nothing else, against the issuer's published keys, which
 * are cached and asked for again when a token names one that is not among them.
 *
 * https://docs.github.com/actions/concepts/security/openid-connect lists the claims.
 */
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify, type RemoteJWKSet } from 'jose';
import { type Dispatcher, request } from 'undici';
import { z } from 'zod';
import { claimsSchema, describeIssue, type Provenance } from '../src/lib/log/entry.ts';
import { HttpError } from './http.ts';
import { OIDC_LIMITS } from './limits.ts';
import { type Outbound, type Reach, reachOf, requireReach } from './outbound.ts';

const tokenSchema = z.object({
  repository: z.string().regex(/^[A-Za-z0-9_.-]{1,100}\/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}$/),
  repository_owner: z.string().min(1),
  repository_owner_id: z.string().regex(/^\d+$/),
  sha: z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/),
  actor: z.string().min(1),
  actor_id: z.string().min(1),
  workflow: z.string().min(1),
  workflow_ref: z.string().min(1),
  ref: z.string().min(1),
  ref_type: z.string().min(1),
  run_id: z.string().min(1),
  run_number: z.string().min(1),
  run_attempt: z.string().min(1),
  event_name: z.string().min(1),
  job_workflow_ref: z.string().min(1),
});

export interface TokenVerifierOptions {
  /** As tokens name it, without a slash at the end. */
  readonly issuer: string;
  readonly audience: string;
  /** Its keys are fetched from the issuer's own host and no other. */
  readonly outbound: Outbound;
  readonly now: () => Date;
  /** See OIDC_LIMITS. */
  readonly keysCooldownMs?: number;
}

export class TokenVerifier {
  readonly #options: TokenVerifierOptions;
  readonly #reach: Reach;
  readonly #dispatcher: Dispatcher;
  #keys: Promise<RemoteJWKSet> | undefined;

  constructor(options: TokenVerifierOptions) {
    this.#options = options;
    this.#reach = reachOf(options.issuer);
    this.#dispatcher = options.outbound.only(this.#reach);
  }

  /**
   * What an Authorization header proves, as the log keeps it.
   * @throws HttpError 401 when it proves nothing, 503 when the issuer's keys cannot be had
   */
  async verify(authorization: string | undefined): Promise<Provenance> {
    const token = /^Bearer +([A-Za-z0-9_.-]+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) {
      throw unauthorized('An announcement needs a GitHub Actions OIDC token as its bearer token.');
    }
    const payload = await this.#verifySignature(token);
    const parsed = tokenSchema.safeParse(payload);
    if (!parsed.success) throw unauthorized(`The token lacks a claim (${describeIssue(parsed.error)}).`);
    const claims = parsed.data;
    const provenance: Provenance = {
      schema_version: '1',
      provider: 'github_oidc',
      repository: claims.repository,
      sha: claims.sha,
      claims: { ...claims, owner: claims.repository_owner, owner_id: claims.repository_owner_id },
    };
    const kept = claimsSchema.safeParse(provenance.claims);
    if (!kept.success) throw unauthorized(`The token has an odd claim (${describeIssue(kept.error)}).`);
    if (claims.repository.split('/', 1)[0] !== claims.repository_owner) {
      throw unauthorized('The token names an owner that is not its repository’s.');
    }
    return { ...provenance, claims: kept.data };
  }

  async #verifySignature(token: string): Promise<JWTPayload> {
    const { issuer, audience, now } = this.#options;
    try {
      const { payload } = await jwtVerify(token, async (...key) => (await this.#remoteKeys())(...key), {
        algorithms: ['RS256'],
        issuer,
        audience,
        currentDate: now(),
        clockTolerance: OIDC_LIMITS.clockToleranceSeconds,
        requiredClaims: ['exp', 'iat'],
      });
      return payload;
    } catch (error) {
      if (isTokensFault(error)) throw unauthorized(`The token was refused: ${error.message}.`);
      throw new HttpError(503, 'ISSUER_UNAVAILABLE', `The keys of ${issuer} cannot be fetched; try again.`, {
        'retry-after': '30',
      });
    }
  }

  /** The issuer's key set. Where it is, is asked for once; after a failure, again with the next token. */
  #remoteKeys(): Promise<RemoteJWKSet> {
    this.#keys ??= this.#discover().catch((error) => {
      this.#keys = undefined;
      throw error;
    });
    return this.#keys;
  }

  async #discover(): Promise<RemoteJWKSet> {
    const { issuer, keysCooldownMs } = this.#options;
    const { status, text } = await this.#get(`${issuer}/.well-known/openid-configuration`);
    let url = `${issuer}/.well-known/jwks`;
    if (status === 200) {
      url = z.object({ issuer: z.literal(issuer), jwks_uri: z.url() }).parse(JSON.parse(text)).jwks_uri;
    } else if (status >= 500) throw new Error(`discovery answered ${status}`);
    requireReach(new URL(url), this.#reach);
    return createRemoteJWKSet(new URL(url), {
      cacheMaxAge: OIDC_LIMITS.keysMaxAgeMs,
      cooldownDuration: keysCooldownMs ?? OIDC_LIMITS.keysCooldownMs,
      timeoutDuration: OIDC_LIMITS.fetchMs,
      [customFetch]: async (keys) => {
        const answer = await this.#get(keys);
        return new Response(answer.text, { status: answer.status });
      },
    });
  }

  /** No redirect is followed. */
  async #get(url: string): Promise<{ status: number; text: string }> {
    const { statusCode, body } = await request(url, {
      dispatcher: this.#dispatcher,
      signal: AbortSignal.timeout(OIDC_LIMITS.fetchMs),
      headers: { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'mpak-registry' },
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > OIDC_LIMITS.answerBytes)
        throw new Error(`${url} is larger than ${OIDC_LIMITS.answerBytes} bytes`);
      chunks.push(chunk);
    }
    return { status: statusCode, text: Buffer.concat(chunks).toString('utf8') };
  }
}

const TOKENS_FAULTS: ReadonlySet<string> = new Set([
  errors.JOSEAlgNotAllowed.code,
  errors.JOSENotSupported.code,
  errors.JWKSNoMatchingKey.code,
  errors.JWKSMultipleMatchingKeys.code,
  errors.JWSInvalid.code,
  errors.JWSSignatureVerificationFailed.code,
  errors.JWTClaimValidationFailed.code,
  errors.JWTExpired.code,
  errors.JWTInvalid.code,
]);

/** Anything else is about the issuer's keys, not about the token. */
function isTokensFault(error: unknown): error is errors.JOSEError {
  return error instanceof errors.JOSEError && TOKENS_FAULTS.has(error.code);
}

function unauthorized(message: string): HttpError {
  return new HttpError(401, 'UNAUTHORIZED', message, { 'www-authenticate': 'Bearer' });
}
