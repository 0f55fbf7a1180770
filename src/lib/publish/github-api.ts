/** GitHub's REST API with the token of a job (https://docs.github.com/rest): what it answers, and when to ask again. */
import { z } from 'zod';
import { MpakError } from '../errors.ts';
import {
  type AuthenticatedRequest,
  type BoundedAnswer,
  mayCarryCredentials,
  sendAuthenticated,
} from '../remote/authenticated-request.ts';
import { reasonOf } from '../remote/http-body.ts';
import type { Environment } from './actions-environment.ts';
import { jsonOf, oneLine, retryAfterMs } from './registry-answer.ts';

const TIMEOUT_MS = 60_000;
/** A release has at most 1000 assets. */
const MAX_BYTES = 8 * 1024 * 1024;
const REPOSITORY = /^(?!\.{1,2}\/)[A-Za-z0-9_.-]{1,100}\/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}$/;

const messageSchema = z.object({ message: z.string() });

export interface GitHubRepository {
  /** Base URL of the REST API. */
  readonly api: URL;
  /** `Owner/repo`. */
  readonly repository: string;
  readonly token: string;
  readonly userAgent: string;
}

/** The repository of the workflow. @throws MpakError NOT_IN_ACTIONS, USAGE */
export function repositoryOf(environment: Environment, userAgent: string): GitHubRepository {
  const { GITHUB_REPOSITORY, GITHUB_API_URL = 'https://api.github.com', GITHUB_TOKEN } = environment;
  if (!GITHUB_REPOSITORY || !REPOSITORY.test(GITHUB_REPOSITORY)) {
    throw new MpakError('NOT_IN_ACTIONS', 'GITHUB_REPOSITORY does not say which repository this is.', {
      hint: 'A runner of GitHub Actions sets it. Elsewhere, attach the bundle with `gh release upload`.',
    });
  }
  if (!GITHUB_TOKEN) {
    throw new MpakError('USAGE', 'GITHUB_TOKEN is not set: GitHub lets nobody upload without.', {
      hint: 'Add `env: GITHUB_TOKEN: $'.concat(
        '{{ github.token }}` to the step, and `contents: write` to the permissions.',
      ),
    });
  }
  const api = URL.canParse(GITHUB_API_URL) ? new URL(GITHUB_API_URL) : undefined;
  if (api === undefined || !mayCarryCredentials(api)) {
    throw new MpakError(
      'USAGE',
      `GITHUB_API_URL is ${JSON.stringify(GITHUB_API_URL)}, and must be an https URL.`,
    );
  }
  return { api, repository: GITHUB_REPOSITORY, token: GITHUB_TOKEN, userAgent };
}

/** GitHub does not do it now; trying again may help. */
export class GitHubBusy extends Error {
  /** What to say when it does not. */
  readonly error: MpakError;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.error = new MpakError('NETWORK', message, {
      hint: 'Run the job again, or give it longer with `--wait`. If it stays, see https://www.githubstatus.com.',
    });
    this.retryAfterMs = retryAfterMs;
  }
}

export function repositoryUrl({ api, repository }: GitHubRepository, path: string): URL {
  return new URL(`${api.href.replace(/\/+$/, '')}/repos/${repository}/${path}`);
}

/** @param statuses that are an answer @throws GitHubBusy; MpakError UPLOAD_REFUSED */
export async function call(
  { api, token, userAgent }: GitHubRepository,
  wanted: Pick<AuthenticatedRequest, 'method' | 'url'> & Partial<AuthenticatedRequest>,
  statuses: readonly number[],
): Promise<BoundedAnswer> {
  const answer = await sendAuthenticated({
    timeoutMs: TIMEOUT_MS,
    ...wanted,
    token,
    userAgent,
    maxBytes: MAX_BYTES,
    headers: {
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      ...wanted.headers,
    },
  }).catch((error: unknown) => {
    throw new GitHubBusy(`${api.host} cannot be reached (${reasonOf(error)}).`);
  });
  const { status, headers } = answer;
  if (statuses.includes(status)) return answer;
  const parsed = messageSchema.safeParse(jsonOf(answer, [token]));
  const said = `status ${status}${parsed.success ? `: ${oneLine(parsed.data.message, 300)}` : ''}`;
  // GitHub limits rates with 403, too, and then says for how long.
  if (status >= 500 || status === 429 || (status === 403 && headers['retry-after'] !== undefined)) {
    throw new GitHubBusy(`GitHub answered with ${said}.`, retryAfterMs(answer, new Date()));
  }
  throw refused(said, HINTS.get(status));
}

const HINTS = new Map([
  [401, 'Does the step have `env: GITHUB_TOKEN`, and has the job not ended that it is of?'],
  [403, 'Does the job have `permissions: contents: write`?'],
  [404, 'Does the job have `permissions: contents: write`?'],
  [
    422,
    'A release that is immutable takes no more files: attach them while it is a draft. Or did another job upload it?',
  ],
]);

export function refused(what: string, hint = 'Is GITHUB_API_URL that of a GitHub?'): MpakError {
  return new MpakError('UPLOAD_REFUSED', `GitHub answered with ${what}.`, { hint });
}
