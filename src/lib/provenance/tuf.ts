/**
 * The TUF repository of a Sigstore: where its trusted root is published, signed, and how it changes over the years.
 * tuf-js does the updating (https://theupdateframework.github.io/specification/); here are its network, its folder and
 * its pace.
 *
 *   <folder>/<repository>/trusted_root.json   as last verified: replaced in one step
 *   <folder>/<repository>/metadata/           tuf-js's own files
 *   <folder>/<repository>/attempt             when a refresh was last tried: its modification time
 *   <folder>/<repository>/failing             since when none succeeded, and why the first did not
 *   <folder>/<repository>/lock                held by the one process that refreshes
 *
 * A repository is its URL and the first root that it is trusted by: with another root, nothing is known of it.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };
import { BaseFetcher, Updater } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import type { Dispatcher } from 'undici';
import { MpakError } from '../errors.ts';
import { readIfThere, readTextIfThere, writeFileAtomic } from '../files.ts';
import { withLock } from '../lock.ts';
import { readRegularFile } from '../regular-file.ts';
import { HttpClient } from '../remote/http-client.ts';
import { systemError } from '../system-error.ts';

/** The public-good Sigstore's. */
export const PUBLIC_TUF_URL = 'https://tuf-repo-cdn.sigstore.dev';

const TARGET = 'trusted_root.json';
/** How old a trusted root may be before TUF is asked again. */
const REFRESH_AFTER_MS = 24 * 3_600_000;
/** After a failure, commands do not wait for the network again for this long. */
const RETRY_AFTER_MS = 10 * 60_000;
/** Longest that a whole refresh may take. */
const REFRESH_TIMEOUT_MS = 10_000;
/** A trusted root that could not be refreshed for this long is worth a word: keys are replaced over the years. */
const STALE_AFTER_MS = 30 * 24 * 3_600_000;
const MAX_ROOT_BYTES = 4 * 1024 * 1024;

export interface TufRepository {
  readonly url: string;
  /** The first root.json, for a repository other than the public one. */
  readonly rootFile: string | undefined;
}

export class TufStore {
  readonly #repository: TufRepository;
  readonly #folder: string;
  /** Undefined: the shipped one, where there is one. */
  readonly #given: Buffer | undefined;

  /** @throws MpakError TRUSTED_ROOT when the first root cannot be read */
  constructor(folder: string, repository: TufRepository) {
    const { host, pathname } = new URL(repository.url);
    const { rootFile } = repository;
    this.#repository = repository;
    this.#given = rootFile === undefined ? undefined : readRoot(rootFile);
    const name = encodeURIComponent(host + pathname.replace(/\/+$/, ''));
    const by = this.#given && createHash('sha256').update(this.#given).digest('hex').slice(0, 16);
    this.#folder = path.join(folder, by === undefined ? name : `${name}-${by}`);
  }

  get trustedRootFile(): string {
    return path.join(this.#folder, TARGET);
  }

  /** As it was last verified; undefined when it never was. */
  trustedRoot(): Buffer | undefined {
    return readIfThere(this.trustedRootFile);
  }

  /** When TUF last said it; undefined when it never did. */
  refreshedAt(): Date | undefined {
    const time = modified(this.trustedRootFile);
    return time === undefined ? undefined : new Date(time);
  }

  /**
   * What to tell a user of a trusted root that is old because it cannot be refreshed; undefined when all is well.
   * @param problem of the refresh just tried; undefined: as it was last
   */
  stale(now: Date, problem: string | undefined): string | undefined {
    const failing = path.join(this.#folder, 'failing');
    const why = problem ?? readTextIfThere(failing);
    const since = modified(this.trustedRootFile) ?? modified(failing);
    if (why === undefined || since === undefined || now.getTime() - since < STALE_AFTER_MS) return undefined;
    const days = Math.floor((now.getTime() - since) / (24 * 3_600_000));
    return `The trusted root of ${this.#repository.url} could not be refreshed for ${days} days: ${why}`;
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
    const failing = path.join(this.#folder, 'failing');
    try {
      mkdirSync(path.join(this.#folder, 'metadata'), { recursive: true, mode: 0o700 });
      const lock = { waitMs: canWait ? 0 : REFRESH_TIMEOUT_MS, holder: 'Another mpak' };
      await withLock(path.join(this.#folder, 'lock'), lock, async () => {
        if (fresh(TARGET, REFRESH_AFTER_MS)) return;
        const attempt = path.join(this.#folder, 'attempt');
        writeFileSync(attempt, '');
        utimesSync(attempt, now, now);
        const text = await this.#fetchTrustedRoot(userAgent, dispatcher);
        writeFileAtomic(this.trustedRootFile, text);
        utimesSync(this.trustedRootFile, now, now);
        rmSync(failing, { force: true });
      });
      return undefined;
    } catch (error) {
      if (error instanceof MpakError && error.code === 'TRUSTED_ROOT') throw error;
      const problem = reason(error);
      if (!(error instanceof MpakError && error.code === 'BUSY')) remember(failing, problem, now);
      return problem;
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
    const { url } = this.#repository;
    if (this.#given !== undefined) return this.#given;
    const seed = this.#seed();
    if (seed !== undefined) return Buffer.from(seed['root.json'], 'base64');
    throw new MpakError('TRUSTED_ROOT', `There is no root to trust ${url} by.`, {
      hint: 'Give the first root.json of the TUF repository as MPAK_TUF_ROOT, or a trusted root as `--trusted-root`.',
    });
  }

  #seed(): (typeof seeds)[typeof PUBLIC_TUF_URL] | undefined {
    return this.#repository.url === PUBLIC_TUF_URL && this.#given === undefined
      ? seeds[PUBLIC_TUF_URL]
      : undefined;
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

/** @throws MpakError TRUSTED_ROOT */
function readRoot(file: string): Buffer {
  const fail = (cause?: unknown) =>
    new MpakError('TRUSTED_ROOT', `${file}, the first root of the TUF repository, cannot be read.`, {
      hint: 'Check what is set as MPAK_TUF_ROOT.',
      cause,
    });
  try {
    return readRegularFile(file, { most: MAX_ROOT_BYTES, tooLarge: fail });
  } catch (error) {
    throw fail(error);
  }
}

function reason(error: unknown): string {
  const { statusCode, message } = (systemError(error) ?? error) as { statusCode?: unknown; message: string };
  return typeof statusCode === 'number' ? `it answered with status ${statusCode}` : message;
}

/** Since when refreshes fail, unless that is known already. On a disk that may not be written, nobody knows. */
function remember(failing: string, problem: string, now: Date): void {
  try {
    writeFileSync(failing, problem, { flag: 'wx' });
    utimesSync(failing, now, now);
  } catch {
    // Known already, or not to be kept.
  }
}

function modified(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}
