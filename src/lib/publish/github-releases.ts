/**
 * Attaching files to a release of GitHub (https://docs.github.com/rest/releases/assets). What is there is never replaced:
 * the same bytes are left as they are, others of the same name are refused.
 */
import { z } from 'zod';
import { MpakError } from '../errors.ts';
import { mayCarryCredentials } from '../remote/authenticated-request.ts';
import { type PublishableBundle, readAgain } from './bundle-file.ts';
import { call, GitHubBusy, type GitHubRepository, refused, repositoryUrl } from './github-api.ts';
import type { Patience } from './patience.ts';
import { jsonOf } from './registry-answer.ts';

const UPLOAD_TIMEOUT_MS = 15 * 60_000;
/** GitHub gives assets other names when theirs have more than that. */
const PLAIN_NAME = /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/;
/** Among how many of the newest releases a draft is looked for: pages of that many. */
const PAGE_LENGTH = 30;
const MOST_PAGES = 10;

const assetSchema = z.object({
  id: z.int(),
  name: z.string(),
  size: z.int(),
  state: z.string().optional(),
  digest: z.string().nullish(),
});
const releaseSchema = z.object({ upload_url: z.string(), assets: z.array(assetSchema) });
const releasesSchema = z.array(releaseSchema.extend({ tag_name: z.string(), draft: z.boolean() }));

type Asset = z.infer<typeof assetSchema>;
type Release = z.infer<typeof releaseSchema>;

export interface UploadedAsset {
  readonly file: string;
  readonly filename: string;
  /** `unchanged` when it was there already. */
  readonly status: 'uploaded' | 'unchanged';
  /** Where GitHub has no digest of what was there, as older servers: it is of the same size. */
  readonly compared?: 'size';
}

/** @throws MpakError RELEASE_UNKNOWN, UPLOAD_REFUSED, ASSET_EXISTS, NETWORK, IO_FAILED when the file is another now */
export async function uploadBundle(
  github: GitHubRepository,
  tag: string,
  bundle: PublishableBundle,
  patience: Patience,
): Promise<UploadedAsset> {
  if (!PLAIN_NAME.test(bundle.filename)) {
    throw new MpakError(
      'UPLOAD_REFUSED',
      `GitHub would give ${JSON.stringify(bundle.filename)} another name.`,
      {
        hint: 'Use letters, digits, dots, hyphens and underscores.',
      },
    );
  }
  for (let failures = 1; ; failures += 1) {
    try {
      // From the start: what an upload leaves that broke off has to go first, and it may have arrived all the same.
      return await tryUpload(github, tag, bundle);
    } catch (error) {
      if (!(error instanceof GitHubBusy)) throw error;
      if (!(await patience.pause(failures, error.retryAfterMs))) throw error.error;
    }
  }
}

async function tryUpload(
  github: GitHubRepository,
  tag: string,
  bundle: PublishableBundle,
): Promise<UploadedAsset> {
  const { file, filename } = bundle;
  const release = await findRelease(github, tag);
  const there = release.assets.find((asset) => asset.name === filename);
  if (there !== undefined) {
    if (isUploaded(there)) return unchanged(there, tag, bundle);
    // What an upload has left that broke off.
    const url = repositoryUrl(github, `releases/assets/${there.id}`);
    await call(github, { method: 'DELETE', url }, [204, 404]);
  }
  const url = uploadUrl(github, release.upload_url, filename);
  const answer = await call(
    github,
    {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/zip' },
      body: readAgain(bundle),
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

/** A registry reads the asset itself: one of the same size and other bytes is found out when it is announced. */
function unchanged(
  there: Asset,
  tag: string,
  { file, filename, sha256, size }: PublishableBundle,
): UploadedAsset {
  const { digest } = there;
  const isSame = there.size === size && (digest == null || digest === `sha256:${sha256}`);
  if (isSame) return { file, filename, status: 'unchanged', ...(digest == null && { compared: 'size' }) };
  throw new MpakError('ASSET_EXISTS', `The release ${tag} has another ${filename} already.`, {
    hint: 'Nothing was replaced. Publish a new version; or delete the asset, when it was never announced.',
  });
}

/** The release of the tag, or else the draft that will be. */
async function findRelease(github: GitHubRepository, tag: string): Promise<Release> {
  const url = repositoryUrl(github, `releases/tags/${encodeURIComponent(tag)}`);
  const answer = await call(github, { method: 'GET', url }, [200, 404]);
  if (answer.status === 404) return findDraft(github, tag);
  const parsed = releaseSchema.safeParse(jsonOf(answer));
  if (parsed.success) return parsed.data;
  throw refused('an answer that is no release');
}

/** GitHub finds no draft by its tag, and lists them to who may write. */
async function findDraft(github: GitHubRepository, tag: string): Promise<Release> {
  const found: Release[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const url = repositoryUrl(github, 'releases');
    url.search = new URLSearchParams({ per_page: String(PAGE_LENGTH), page: String(page) }).toString();
    const answer = await call(github, { method: 'GET', url }, [200, 404]);
    const parsed = releasesSchema.safeParse(answer.status === 404 ? [] : jsonOf(answer));
    if (!parsed.success) throw refused('an answer that is no list of releases');
    found.push(...parsed.data.filter(({ draft, tag_name }) => draft && tag_name === tag));
    if (parsed.data.length < PAGE_LENGTH) break;
  }
  const [draft, ...others] = found;
  if (draft !== undefined && others.length === 0) return draft;
  const problem =
    draft === undefined ? `has no release of the tag ${tag}` : `has several drafts of the tag ${tag}`;
  throw new MpakError('RELEASE_UNKNOWN', `${github.repository} ${problem}.`, {
    hint:
      draft === undefined
        ? 'Make the release first, or a draft of it, which is found by a job with `permissions: contents: write` alone.'
        : 'Delete all but one.',
  });
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
