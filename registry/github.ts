/** What the registry asks GitHub: a release, and the bytes of one of its assets, once, without keeping them. */
import { createHash } from 'node:crypto';
import { Agent, type Dispatcher, request } from 'undici';
import { z } from 'zod';
import { ArchiveError, ArchiveManifestReader } from './archive-manifest.ts';
import { HttpError } from './http.ts';
import { ASSET_LIMITS } from './limits.ts';

const releaseSchema = z.object({
  html_url: z.url().max(2048),
  prerelease: z.boolean(),
  assets: z.array(
    z.object({
      name: z.string(),
      size: z.int().min(0),
      state: z.string().optional(),
      browser_download_url: z.url().max(2048),
    }),
  ),
});

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

export interface GitHubOptions {
  /** Base URL of the REST API. Only when it is http itself, http is followed elsewhere. */
  readonly api: string;
  /** For a higher rate limit. Sent to the API and nowhere else. */
  readonly token?: string | undefined;
}

export class GitHub {
  readonly #options: GitHubOptions;
  readonly #agent = new Agent({
    connections: ASSET_LIMITS.connections,
    headersTimeout: ASSET_LIMITS.apiMs,
    bodyTimeout: ASSET_LIMITS.idleMs,
    connect: { timeout: ASSET_LIMITS.apiMs },
  });

  constructor(options: GitHubOptions) {
    this.#options = options;
  }

  /** @returns undefined when there is no such release @throws HttpError 502 when GitHub does not answer */
  async findRelease(repository: string, tag: string, signal: AbortSignal): Promise<Release | undefined> {
    const { api, token } = this.#options;
    const path = repository.split('/').map(encodeURIComponent).join('/');
    const url = `${api}/repos/${path}/releases/tags/${encodeURIComponent(tag)}`;
    return this.#asking('GitHub', async () => {
      const answer = await request(url, {
        dispatcher: this.#agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(ASSET_LIMITS.apiMs)]),
        headers: {
          accept: 'application/vnd.github+json',
          'user-agent': 'mpak-registry',
          'x-github-api-version': '2022-11-28',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
      });
      if (answer.statusCode === 404) {
        await answer.body.dump();
        return undefined;
      }
      if (answer.statusCode !== 200) throw await unexpected(answer);
      return releaseSchema.parse(JSON.parse(await readText(answer.body)));
    });
  }

  /**
   * Streams an asset from where users will download it.
   * @throws HttpError 400 when it is larger than `expectedBytes`, 502 when it cannot be had
   */
  async readAsset(asset: Asset, expectedBytes: number, signal: AbortSignal): Promise<AssetContent> {
    const hash = createHash('sha256');
    const archive = new ArchiveManifestReader(ASSET_LIMITS);
    let bytes = 0;
    await this.#asking('The release asset', async () => {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(ASSET_LIMITS.downloadMs)]);
      const { body } = await this.#download(new URL(asset.browser_download_url), limited);
      for await (const chunk of body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > expectedBytes) break;
        hash.update(chunk);
        archive.write(chunk);
      }
    });
    return {
      bytes,
      sha256: hash.digest('hex'),
      manifest: bytes > expectedBytes ? oversized() : read(archive),
    };
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #download(from: URL, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    let url = from;
    for (let hops = 0; hops <= ASSET_LIMITS.redirects; hops += 1) {
      this.#checkProtocol(url);
      const answer = await request(url, {
        dispatcher: this.#agent,
        signal,
        headers: { accept: 'application/octet-stream', 'user-agent': 'mpak-registry' },
      });
      const { location } = answer.headers;
      if (answer.statusCode === 200) return answer;
      if (![301, 302, 303, 307, 308].includes(answer.statusCode) || typeof location !== 'string') {
        throw await unexpected(answer);
      }
      await answer.body.dump();
      url = new URL(location, url);
    }
    throw new Error('too many redirects');
  }

  #checkProtocol(url: URL): void {
    if (url.protocol === 'https:') return;
    if (url.protocol === 'http:' && new URL(this.#options.api).protocol === 'http:') return;
    throw new Error(`${url.protocol} is not followed`);
  }

  async #asking<T>(what: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof HttpError) throw error;
      const reason = error instanceof z.ZodError ? 'an unexpected answer' : (error as Error).message;
      throw new HttpError(502, 'GITHUB_UNAVAILABLE', `${what} could not be read (${reason}); try again.`, {
        'retry-after': '30',
      });
    }
  }
}

function read(archive: ArchiveManifestReader): Buffer | ArchiveError {
  try {
    return archive.end();
  } catch (error) {
    if (error instanceof ArchiveError) return error;
    throw error;
  }
}

function oversized(): ArchiveError {
  return new ArchiveError('is larger than announced');
}

async function unexpected(answer: Dispatcher.ResponseData): Promise<Error> {
  await answer.body.dump();
  return new Error(`status ${answer.statusCode}`);
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > ASSET_LIMITS.apiAnswerBytes) throw new Error('an answer that is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
