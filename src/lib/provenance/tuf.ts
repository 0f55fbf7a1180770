/**
 * The TUF repository of a Sigstore: where its trusted root is published, signed, and how it changes over the years.
 * tuf-js does the updating (https://theupdateframework.github.io/specification/); here are its network, its folder and
 * its pace.
 *
 *   <folder>/<repository>/trusted_root.json   as last verified: replaced in one step
 *   <folder>/<repository>/metadata/           tuf-js's own files
 *   <folder>/<repository>/attempt             when a refresh was last tried: its modification time
 *   <folder>/<repository>/lock                held by the one process that refreshes
 */
import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };
import { BaseFetcher, Updater } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import type { Dispatcher } from 'undici';
import { MpakError } from '../errors.ts';
import { writeFileAtomic } from '../files.ts';
import { withLock } from '../lock.ts';
import { HttpClient } from '../remote/http-client.ts';

/** The public-good Sigstore's. */
export const PUBLIC_TUF_URL = 'https://tuf-repo-cdn.sigstore.dev';

const TARGET = 'trusted_root.json';
/** How old a trusted root may be before TUF is asked again. */
const REFRESH_AFTER_MS = 24 * 3_600_000;
/** After a failure, commands do not wait for the network again for this long. */
const RETRY_AFTER_MS = 10 * 60_000;
/** Longest that a whole refresh may take. */
const REFRESH_TIMEOUT_MS = 10_000;

export interface TufRepository {
  readonly url: string;
  /** The first root.json, for a repository other than the public one. */
  readonly rootFile: string | undefined;
}

export class TufStore {
  readonly #repository: TufRepository;
  readonly #folder: string;

  constructor(folder: string, repository: TufRepository) {
    const { host, pathname } = new URL(repository.url);
    this.#repository = repository;
    this.#folder = path.join(folder, encodeURIComponent(host + pathname.replace(/\/+$/, '')));
  }

  get trustedRootFile(): string {
    return path.join(this.#folder, TARGET);
  }

  /** As it was last verified; undefined when it never was. */
  trustedRoot(): Buffer | undefined {
    return readIfThere(this.trustedRootFile);
  }

  /** The copy that @sigstore/tuf ships; undefined for another repository. */
  shipped(): Buffer | undefined {
    const seed = this.#seed();
    return seed && Buffer.from(seed.targets[TARGET], 'base64');
  }

  /**
   * Asks the repository when it is time. A failure leaves what is there as it is.
   * @param dispatcher carries the requests, in place of connections of its own
   * @returns what went wrong, in words; undefined when all is well
   * @throws MpakError TRUSTED_ROOT when there is nothing to start from
   */
  async refresh(userAgent: string, now: Date, dispatcher?: Dispatcher): Promise<string | undefined> {
    const fresh = (file: string, milliseconds: number) => {
      const age = now.getTime() - (modified(path.join(this.#folder, file)) ?? 0);
      return age >= 0 && age < milliseconds;
    };
    if (fresh(TARGET, REFRESH_AFTER_MS)) return undefined;
    const canWait = this.trustedRoot() !== undefined || this.shipped() !== undefined;
    if (canWait && fresh('attempt', RETRY_AFTER_MS)) return undefined;
    mkdirSync(path.join(this.#folder, 'metadata'), { recursive: true, mode: 0o700 });
    try {
      const lock = { waitMs: canWait ? 0 : REFRESH_TIMEOUT_MS, holder: 'Another mpak' };
      await withLock(path.join(this.#folder, 'lock'), lock, async () => {
        if (fresh(TARGET, REFRESH_AFTER_MS)) return;
        const attempt = path.join(this.#folder, 'attempt');
        writeFileSync(attempt, '');
        utimesSync(attempt, now, now);
        const text = await this.#fetchTrustedRoot(userAgent, dispatcher);
        writeFileAtomic(this.trustedRootFile, text);
        utimesSync(this.trustedRootFile, now, now);
      });
      return undefined;
    } catch (error) {
      if (error instanceof MpakError && error.code === 'TRUSTED_ROOT') throw error;
      return (error as Error).message;
    }
  }

  async #fetchTrustedRoot(userAgent: string, dispatcher: Dispatcher | undefined): Promise<string> {
    const client = new HttpClient({ userAgent, retries: 0, dispatcher });
    try {
      const updater = this.#updater(new Fetcher(client));
      const target = await updater.getTargetInfo(TARGET);
      if (target === undefined) throw new Error(`it holds no ${TARGET}`);
      const file = (await updater.findCachedTarget(target)) ?? (await updater.downloadTarget(target));
      return readFileSync(file, 'utf8');
    } finally {
      await client.close();
    }
  }

  #updater(fetcher: Fetcher): Updater {
    const metadataDir = path.join(this.#folder, 'metadata');
    const rootFile = path.join(metadataDir, 'root.json');
    const base = this.#repository.url.replace(/\/+$/, '');
    const options = {
      metadataDir,
      metadataBaseUrl: base,
      targetDir: metadataDir,
      targetBaseUrl: `${base}/targets`,
      fetcher,
    };
    try {
      return new Updater(options);
    } catch {
      // There is no root yet, or a crash left half of one.
      writeFileAtomic(rootFile, this.#firstRoot().toString('utf8'));
      return new Updater(options);
    }
  }

  #firstRoot(): Buffer {
    const { rootFile, url } = this.#repository;
    if (rootFile !== undefined) return readFileSync(rootFile);
    const seed = this.#seed();
    if (seed !== undefined) return Buffer.from(seed['root.json'], 'base64');
    throw new MpakError('TRUSTED_ROOT', `There is no root to trust ${url} by.`, {
      hint: 'Give the first root.json of the TUF repository as MPAK_TUF_ROOT, or a trusted root as `--trusted-root`.',
    });
  }

  #seed(): (typeof seeds)[typeof PUBLIC_TUF_URL] | undefined {
    return this.#repository.url === PUBLIC_TUF_URL ? seeds[PUBLIC_TUF_URL] : undefined;
  }
}

/** tuf-js's downloads over our client, so that proxies and timeouts are the same everywhere. tuf-js bounds the sizes. */
class Fetcher extends BaseFetcher {
  readonly #client: HttpClient;
  readonly #deadline = AbortSignal.timeout(REFRESH_TIMEOUT_MS);

  constructor(client: HttpClient) {
    super();
    this.#client = client;
  }

  override async fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const { statusCode, body } = await this.#client.get(new URL(url), { signal: this.#deadline });
    if (statusCode === 200) return Readable.toWeb(body) as ReadableStream<Uint8Array<ArrayBuffer>>;
    await body.dump();
    // What tells tuf-js that there is no newer root.
    throw new DownloadHTTPError(`${url} answered with status ${statusCode}`, statusCode);
  }
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function modified(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}
