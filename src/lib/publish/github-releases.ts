/**
 * Attaching files to a release of GitHub (https://docs.github.com/rest/releases/assets). What is there is never replaced:
 * the same bytes are left as they are, others of the same name are refused.
 */
import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { MpakError } from '../errors.ts';
import {
  type AuthenticatedRequest,
  type BoundedAnswer,
  mayCarryCredentials,
  sendAuthenticated,
} from '../remote/authenticated-request.ts';
import { reasonOf } from '../remote/http-client.ts';
import type { Environment } from './actions-environment.ts';
import type { PublishableBundle } from './bundle-file.ts';
import { jsonOf } from './registry-answer.ts';

const API_TIMEOUT_MS = 60_000;
const UPLOAD_TIMEOUT_MS = 15 * 60_000;
/** A release has at most 1000 assets. */
const MAX_BYTES = 8 * 1024 * 1024;
const REPOSITORY = /^(?!\.{1,2}\/)[A-Za-z0-9_.-]{1,100}\/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}$/;
/** GitHub gives assets other names when theirs have more than that. */
const PLAIN_NAME = /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/;

const assetSchema = z.object({
  id: z.int(),
  name: z.string(),
  size: z.int(),
  state: z.string().optional(),
  digest: z.string().nullish(),
});
const releaseSchema = z.object({ upload_url: z.string(), assets: z.array(assetSchema) });
const messageSchema = z.object({ message: z.string() });

type Asset = z.infer<typeof assetSchema>;

export interface GitHubRepository {
  /** Base URL of the REST API. */
  readonly api: URL;
  /** `Owner/repo`. */
  readonly repository: string;
  readonly token: string;
  readonly userAgent: string;
}

export interface UploadedAsset {
  readonly file: string;
  readonly filename: string;
  /** `unchanged` when it was there already. */
  readonly status: 'uploaded' | 'unchanged';
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

/** @throws MpakError RELEASE_UNKNOWN, UPLOAD_REFUSED, ASSET_EXISTS, NETWORK */
export async function uploadBundle(
  github: GitHubRepository,
  tag: string,
  bundle: PublishableBundle,
): Promise<UploadedAsset> {
  const { file, filename, sha256, size } = bundle;
  if (!PLAIN_NAME.test(filename)) {
    throw new MpakError('UPLOAD_REFUSED', `GitHub would give ${JSON.stringify(filename)} another name.`, {
      hint: 'Use letters, digits, dots, hyphens and underscores.',
    });
  }
  const release = await findRelease(github, tag);
  const there = release.assets.find((asset) => asset.name === filename);
  if (there !== undefined) {
    if (isUploaded(there)) {
      if (there.size === size && there.digest === `sha256:${sha256}`)
        return { file, filename, status: 'unchanged' };
      throw new MpakError('ASSET_EXISTS', `The release ${tag} has another ${filename} already.`, {
        hint: 'Nothing was replaced. Publish a new version; or delete the asset, when it was never announced.',
      });
    }
    // What an upload has left that broke off.
    await call(
      github,
      { method: 'DELETE', url: repositoryUrl(github, `releases/assets/${there.id}`) },
      [204, 404],
    );
  }
  const url = uploadUrl(github, release.upload_url, filename);
  const answer = await call(
    github,
    {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/zip', 'content-length': String(size) },
      body: createReadStream(file),
      timeoutMs: UPLOAD_TIMEOUT_MS,
    },
    [201],
  );
  const uploaded = assetSchema.safeParse(jsonOf(answer));
  if (uploaded.success && uploaded.data.name === filename) return { file, filename, status: 'uploaded' };
  throw new MpakError('UPLOAD_REFUSED', `GitHub does not call the asset ${filename}, as it was told.`, {
    hint: 'Rename the file, delete the asset, and upload it again.',
  });
}

function isUploaded(asset: Asset): boolean {
  return (asset.state ?? 'uploaded') === 'uploaded';
}

async function findRelease(github: GitHubRepository, tag: string): Promise<z.infer<typeof releaseSchema>> {
  const url = repositoryUrl(github, `releases/tags/${encodeURIComponent(tag)}`);
  const answer = await call(github, { method: 'GET', url }, [200, 404]);
  if (answer.status === 404) {
    throw new MpakError('RELEASE_UNKNOWN', `${github.repository} has no release of the tag ${tag}.`, {
      hint: 'Publish the release first: `on: release: types: [published]` runs after that. A draft has no tag yet.',
    });
  }
  const parsed = releaseSchema.safeParse(jsonOf(answer));
  if (parsed.success) return parsed.data;
  throw refused('an answer that is no release');
}

/** Where GitHub says that assets go: its own host for that, and no other. */
function uploadUrl({ api }: GitHubRepository, template: string, filename: string): URL {
  const plain = template.replace(/\{.*$/, '');
  const url = URL.canParse(plain) ? new URL(plain) : undefined;
  const hosts = [api.host, api.host.replace(/^api\./, 'uploads.')];
  if (
    url === undefined ||
    !mayCarryCredentials(url) ||
    url.protocol !== api.protocol ||
    !hosts.includes(url.host)
  ) {
    throw refused('an upload URL that is not its own');
  }
  url.search = '';
  url.searchParams.set('name', filename);
  return url;
}

function repositoryUrl({ api, repository }: GitHubRepository, path: string): URL {
  return new URL(`${api.href.replace(/\/+$/, '')}/repos/${repository}/${path}`);
}

async function call(
  { api, token, userAgent }: GitHubRepository,
  wanted: Pick<AuthenticatedRequest, 'method' | 'url'> & Partial<AuthenticatedRequest>,
  statuses: readonly number[],
): Promise<BoundedAnswer> {
  const answer = await sendAuthenticated({
    timeoutMs: API_TIMEOUT_MS,
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
    throw new MpakError('NETWORK', `${api.host} cannot be reached (${reasonOf(error)}).`, {
      hint: 'Run the job again. If it stays, see https://www.githubstatus.com.',
    });
  });
  if (statuses.includes(answer.status)) return answer;
  const parsed = messageSchema.safeParse(jsonOf(answer));
  const said = parsed.success ? `: ${parsed.data.message.replace(/\s+/g, ' ').slice(0, 300)}` : '';
  throw refused(`status ${answer.status}${said}`);
}

function refused(what: string): MpakError {
  return new MpakError('UPLOAD_REFUSED', `GitHub answered with ${what}.`, {
    hint: 'Does the job have `permissions: contents: write`? A release that is immutable takes no more files.',
  });
}
