/** What the registry asks GitHub: a release, its attestations, and the bytes of one of its assets, once, unkept. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { ArchiveError, ArchiveManifestReader } from './archive-manifest.ts';
import { type GitHubOptions, GitHubRequests, unavailable } from './github-requests.ts';
import { HttpError } from './http.ts';
import { ATTESTATION_LIMITS, DOWNLOAD_LIMITS } from './limits.ts';
import { Turns } from './turns.ts';

const releaseSchema = z.object({
  html_url: z.url().max(2048),
  prerelease: z.boolean(),
  assets: z.array(
    z.object({
      name: z.string(),
      size: z.int().min(0),
      state: z.string().optional(),
      /** `sha256:` and hex, as GitHub computed it; older servers and older assets have none. */
      digest: z.string().nullish(),
      browser_download_url: z.url().max(2048),
    }),
  ),
});

/** What is in the list is for provenance/document.ts to say. */
const attestationsSchema = z.object({ attestations: z.array(z.unknown()) });

export type Release = z.infer<typeof releaseSchema>;
export type Asset = Release['assets'][number];

/** What the bytes of an asset turned out to be. */
export interface AssetContent {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  /** The bytes of its manifest.json, or why they cannot be read. */
  readonly manifest: Buffer | ArchiveError;
}

export class GitHub {
  readonly #requests: GitHubRequests;
  readonly #limits: GitHubOptions['limits'];
  readonly #downloads = new Turns(DOWNLOAD_LIMITS, tooManyDownloads);

  constructor(options: GitHubOptions) {
    this.#requests = new GitHubRequests(options);
    this.#limits = options.limits;
  }

  /** @returns undefined when there is no such release @throws HttpError 502 or 503 when GitHub does not answer */
  async findRelease(repository: string, tag: string, signal: AbortSignal): Promise<Release | undefined> {
    const path = `/repos/${pathOf(repository)}/releases/tags/${encodeURIComponent(tag)}`;
    const bytes = await this.#requests.api(path, this.#limits.apiAnswerBytes, signal);
    return bytes && parseAnswer(releaseSchema, bytes);
  }

  /**
   * @param sha256 of the artifact, hex
   * @returns GitHub's answer; undefined when it has no attestation @throws HttpError 502 or 503
   */
  async findAttestations(
    repository: string,
    sha256: string,
    signal: AbortSignal,
  ): Promise<Buffer | undefined> {
    // Not more than are looked at, the newest first; other predicates, of which there may be more, are not asked for.
    const query = `predicate_type=provenance&per_page=${ATTESTATION_LIMITS.tried}`;
    const path = `/repos/${pathOf(repository)}/attestations/sha256:${sha256}?${query}`;
    const bytes = await this.#requests.api(path, ATTESTATION_LIMITS.answerBytes, signal);
    if (bytes !== undefined) parseAnswer(attestationsSchema, bytes);
    return bytes;
  }

  /**
   * Streams an asset from where users will download it.
   * @returns undefined when it is not there; of more than `expectedBytes`, nothing is read but that it is more
   * @throws HttpError 502 when it cannot be had, 503 when there are too many downloads
   */
  readAsset(asset: Pick<Asset, 'browser_download_url'>, expectedBytes: number, signal: AbortSignal) {
    return this.#downloads.take('', signal, () =>
      this.#requests.asset(asset.browser_download_url, signal, async (body, declaredBytes = 0) => {
        const hash = createHash('sha256');
        const archive = new ArchiveManifestReader(this.#limits);
        let bytes = 0;
        if (declaredBytes > expectedBytes) bytes = declaredBytes;
        else {
          for await (const chunk of body) {
            bytes += chunk.length;
            if (bytes > expectedBytes) break;
            hash.update(chunk);
            archive.write(chunk);
          }
        }
        const manifest = bytes > expectedBytes ? new ArchiveError('is larger than announced') : read(archive);
        return { bytes, sha256: hash.digest('hex'), manifest } satisfies AssetContent;
      }),
    );
  }

  /**
   * Streams an asset into a file, up to the first byte that is too many. Not counted among the downloads of announcements.
   * @param file is made, or written over
   * @returns undefined when it is not there @throws HttpError 502 or 503 when it cannot be had; what the disk says
   */
  saveAsset(
    url: string,
    expectedBytes: number,
    file: string,
    signal: AbortSignal,
  ): Promise<Pick<AssetContent, 'bytes' | 'sha256'> | undefined> {
    return this.#requests.asset(url, signal, async (body, declaredBytes = 0) => {
      const hash = createHash('sha256');
      if (declaredBytes > expectedBytes) return { bytes: declaredBytes, sha256: '' };
      let bytes = 0;
      const handle = await open(file, 'w', 0o600);
      try {
        for await (const chunk of body) {
          bytes += chunk.length;
          if (bytes > expectedBytes) break;
          hash.update(chunk);
          await handle.writeFile(chunk);
        }
      } finally {
        await handle.close();
      }
      return { bytes, sha256: hash.digest('hex') };
    });
  }

  /** A small asset, whole; undefined when it is not there, 'large' when it has more than `maxBytes`. */
  readSmallAsset(asset: Asset, maxBytes: number, signal: AbortSignal): Promise<Buffer | 'large' | undefined> {
    return this.#downloads.take('', signal, () =>
      this.#requests.asset(asset.browser_download_url, signal, async (body) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        for await (const chunk of body) {
          bytes += chunk.length;
          if (bytes > maxBytes) return 'large';
          chunks.push(chunk);
        }
        return Buffer.concat(chunks);
      }),
    );
  }

  /** Whether anything is where an asset was published. @throws HttpError 502 or 503 when that cannot be told */
  async isThere(url: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#requests.asset(url, signal, async () => true)) ?? false;
  }
}

function parseAnswer<T>(schema: z.ZodType<T>, bytes: Buffer): T {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    throw unavailable('GitHub', 'an unexpected answer');
  }
}

function pathOf(repository: string): string {
  return repository.split('/').map(encodeURIComponent).join('/');
}

function read(archive: ArchiveManifestReader): Buffer | ArchiveError {
  try {
    return archive.end();
  } catch (error) {
    if (error instanceof ArchiveError) return error;
    throw error;
  }
}

function tooManyDownloads(underWay: number): HttpError {
  return new HttpError(
    503,
    'BUSY',
    `The registry has ${underWay} downloads under way; try again when some have ended.`,
    { 'retry-after': '5' },
  );
}
