/** Where provenance is looked for and whom to trust: the defaults are the public Sigstore and github.com. */
import path from 'node:path';
import type { Config } from '../config/config.ts';
import { safeUrl, withoutSecret } from '../config/registry-url.ts';
import { MpakError } from '../errors.ts';
import { GITHUB_ISSUER } from './policy.ts';
import { PUBLIC_TUF_URL, type TufRepository } from './tuf.ts';

const GITHUB_API = 'https://api.github.com';

export interface ProvenanceSettings {
  /** The identity provider that certificates must name. */
  readonly issuer: string;
  /** A file that replaces TUF. */
  readonly trustedRoot: string | undefined;
  readonly tuf: TufRepository;
  /** Where TUF's files are kept. */
  readonly folder: string;
  readonly github: GitHubApi;
}

export interface GitHubApi {
  readonly url: URL;
  /** For a higher rate limit and private repositories; sent to this host alone. */
  readonly token: string | undefined;
}

/** @throws MpakError USAGE when a URL is none */
export function provenanceSettings(
  environment: NodeJS.ProcessEnv,
  home: string,
  config: Config,
): ProvenanceSettings {
  const { MPAK_TRUSTED_ROOT, MPAK_TUF_URL, MPAK_TUF_ROOT, MPAK_GITHUB_API } = environment;
  const tuf = parseUrl(MPAK_TUF_URL || PUBLIC_TUF_URL, 'MPAK_TUF_URL');
  const github = parseUrl(MPAK_GITHUB_API || GITHUB_API, 'MPAK_GITHUB_API');
  return {
    issuer: config.certOidcIssuer ?? GITHUB_ISSUER,
    trustedRoot: MPAK_TRUSTED_ROOT || undefined,
    tuf: { url: tuf.href.replace(/\/+$/, ''), rootFile: MPAK_TUF_ROOT || undefined },
    folder: path.join(home, 'sigstore'),
    github: { url: github, token: tokenFor(github, environment) },
  };
}

function parseUrl(text: string, variable: string): URL {
  const url = safeUrl(text);
  if (url !== undefined) return url;
  throw new MpakError(
    'USAGE',
    `${variable} is ${withoutSecret(text)}, which is not a URL that can be used.`,
    {
      hint: 'Give it as https://…; plain http is accepted on this machine only.',
    },
  );
}

/** MPAK_GITHUB_TOKEN is meant for whatever GitHub is configured, GITHUB_TOKEN for the one that its maker means. */
function tokenFor(url: URL, environment: NodeJS.ProcessEnv): string | undefined {
  const { MPAK_GITHUB_TOKEN, GITHUB_TOKEN, GITHUB_API_URL } = environment;
  if (MPAK_GITHUB_TOKEN) return MPAK_GITHUB_TOKEN;
  const isMeant = [GITHUB_API, GITHUB_API_URL].some((meant) => meant && safeUrl(meant)?.href === url.href);
  return (isMeant && GITHUB_TOKEN) || undefined;
}
