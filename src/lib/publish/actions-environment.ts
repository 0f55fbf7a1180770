/**
 * What a GitHub Actions runner tells a step in its environment
 * (https://docs.github.com/actions/reference/workflows-and-actions/variables).
 */
import { MpakError } from '../errors.ts';
import { mayCarryCredentials } from '../remote/authenticated-request.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a step gets OIDC tokens, and what it shows to get them. */
export interface TokenEndpoint {
  readonly url: URL;
  readonly requestToken: string;
}

/** @throws MpakError NOT_IN_ACTIONS outside of Actions, and in a job without the permission */
export function tokenEndpoint(environment: Environment): TokenEndpoint {
  const { GITHUB_ACTIONS, ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN } = environment;
  if (GITHUB_ACTIONS !== 'true') {
    throw new MpakError(
      'NOT_IN_ACTIONS',
      'This runs in GitHub Actions alone: who publishes is proven by the token of a workflow.',
      { hint: 'Run it in a workflow: docs/publishing.md has one. `--dry-run` prints the request anywhere.' },
    );
  }
  if (!ACTIONS_ID_TOKEN_REQUEST_URL || !ACTIONS_ID_TOKEN_REQUEST_TOKEN) {
    throw new MpakError('NOT_IN_ACTIONS', 'This job may not ask for an OIDC token.', {
      hint: 'Add `permissions: id-token: write` to the job. A pull request from a fork never gets one.',
    });
  }
  const url = URL.canParse(ACTIONS_ID_TOKEN_REQUEST_URL) ? new URL(ACTIONS_ID_TOKEN_REQUEST_URL) : undefined;
  if (url === undefined || !mayCarryCredentials(url)) {
    throw new MpakError('NOT_IN_ACTIONS', 'ACTIONS_ID_TOKEN_REQUEST_URL is not an https URL.', {
      hint: 'The runner sets it. Does a step of the job overwrite it?',
    });
  }
  return { url, requestToken: ACTIONS_ID_TOKEN_REQUEST_TOKEN };
}
