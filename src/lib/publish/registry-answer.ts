/** What a registry answers to a publisher (API.md): told to the user in its own words, which are somebody else's text. */
import { z } from 'zod';
import { MpakError } from '../errors.ts';
import type { BoundedAnswer } from '../remote/authenticated-request.ts';

const MAX_CODE = 64;
const MAX_MESSAGE = 1000;
const MOST_WARNINGS = 50;
/** Longest pause that a registry may ask for, in seconds. */
const MAX_RETRY_AFTER = 3600;

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const warningSchema = z.object({ code: z.string(), message: z.string() });

export interface Warning {
  readonly code: string;
  readonly message: string;
}

/** Warnings of an answer, bounded, each on one line. */
export const warningsSchema = z
  .array(warningSchema)
  .default([])
  .transform((warnings): Warning[] =>
    warnings.slice(0, MOST_WARNINGS).map(({ code, message }) => ({
      code: oneLine(code, MAX_CODE),
      message: oneLine(message, MAX_MESSAGE),
    })),
  );

/** A refusal that may pass by itself. */
export interface Later {
  readonly error: MpakError;
  /** In milliseconds, as the registry asks. */
  readonly retryAfterMs: number | undefined;
}

export type Refusal =
  | { readonly later: Later }
  | { readonly final: MpakError }
  | { readonly unauthorized: MpakError };

/** GitHub shows an asset some time after it was uploaded: the registry says so in these words. */
const NOT_SHOWN_YET = /^Artifact ".*" not found in release /s;

/**
 * What an answer that is not 200 means.
 * @param what was asked for, as the subject of a sentence: `@acme/echo 1.0.0`
 */
export function refusalOf(
  answer: BoundedAnswer,
  what: string,
  { now, secrets }: { readonly now: Date; readonly secrets?: Iterable<string> },
): Refusal {
  const { status } = answer;
  const { code, message } = errorOf(answer, secrets);
  const told = `${code === undefined ? `status ${status}` : code}${message === undefined ? '' : `: ${message}`}`;
  if (status === 401) {
    return {
      unauthorized: new MpakError(
        'TOKEN_REFUSED',
        `The registry does not take the workflow's token (${told}).`,
        {
          hint: 'Is it the right registry? A registry takes tokens of one issuer, for one audience.',
        },
      ),
    };
  }
  if (status === 429 || status >= 500) {
    const error = new MpakError('REGISTRY_BUSY', `The registry cannot take ${what} now (${told}).`, {
      hint: 'Run the job again later, or give it longer with `--wait`.',
    });
    return { later: { error, retryAfterMs: retryAfterMs(answer, now) } };
  }
  if (status >= 400 && status < 500 && code !== undefined) {
    const notShown = status === 400 && NOT_SHOWN_YET.test(message ?? '');
    const error = new MpakError('PUBLISH_REFUSED', `The registry refuses ${what} (${told})`, {
      hint: notShown
        ? 'Upload the bundle to the release first: `mpak bundle upload`. Was GitHub too slow, run the job again.'
        : 'Nothing was published. docs/publishing.md says what registries refuse, and why.',
    });
    return notShown ? { later: { error, retryAfterMs: undefined } } : { final: error };
  }
  return { final: oddAnswer(`status ${status}`) };
}

export function oddAnswer(what: string): MpakError {
  return new MpakError('REGISTRY_ANSWER', `The registry answered with ${what}.`, {
    hint: 'Check its URL. Is it an mpak registry that takes announcements, and not behind a redirect?',
  });
}

/** The answer's JSON, or undefined. @param secrets that no text of it may quote: what is in it is printed */
export function jsonOf({ body }: BoundedAnswer, secrets: Iterable<string> = []): unknown {
  const hidden = [...secrets];
  try {
    return JSON.parse(body.toString('utf8'), (_, value: unknown) =>
      typeof value === 'string'
        ? hidden.reduce((text, secret) => text.replaceAll(secret, '***'), value)
        : value,
    );
  } catch {
    return undefined;
  }
}

function errorOf(
  answer: BoundedAnswer,
  secrets: Iterable<string> | undefined,
): { code: string | undefined; message: string | undefined } {
  const parsed = errorSchema.safeParse(jsonOf(answer, secrets));
  if (!parsed.success) return { code: undefined, message: undefined };
  const { code, message } = parsed.data.error;
  return { code: oneLine(code, MAX_CODE), message: oneLine(message, MAX_MESSAGE) };
}

/** How long the other side asks to wait: seconds, or a date (RFC 9110). */
export function retryAfterMs({ headers }: BoundedAnswer, now: Date): number | undefined {
  const text = headers['retry-after'];
  if (typeof text !== 'string') return undefined;
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : (Date.parse(text) - now.getTime()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER) * 1000;
}

/** On one line, so that it can begin none, and no longer than allowed. */
export function oneLine(text: string, max: number): string {
  const line = text.replace(/[\s\p{Cc}\u2028\u2029]+/gu, ' ').trim();
  return line.length > max ? `${line.slice(0, max)}…` : line;
}
