/** The trusted root that attestations are verified by: loaded when it is first needed, and looked at again now and then. */
import type { Dispatcher } from 'undici';
import { loadTrustedRoot, type TrustedRoot } from '../src/lib/provenance/trusted-root.ts';
import type { TufRepository } from '../src/lib/provenance/tuf.ts';
import { HttpError } from './http.ts';
import { ATTESTATION_LIMITS } from './limits.ts';

export interface TrustOptions {
  /** A file that replaces TUF. */
  readonly trustedRoot: string | undefined;
  readonly tuf: TufRepository;
  /** Where TUF's files are kept. */
  readonly folder: string;
  /** Carries what is asked of TUF. */
  readonly dispatcher: Dispatcher;
  readonly now: () => Date;
  /** Told of a root that could not be had. */
  readonly onProblem: (error: unknown) => void;
}

export class Trust {
  readonly #options: TrustOptions;
  #root: TrustedRoot | undefined;
  #loadedAt = 0;
  #loading: Promise<TrustedRoot> | undefined;

  constructor(options: TrustOptions) {
    this.#options = options;
  }

  /** Reads a configured file, so that one which is no trusted root is found at the start. @throws MpakError TRUSTED_ROOT */
  async start(): Promise<void> {
    if (this.#options.trustedRoot !== undefined) await this.#load();
  }

  /** The newest that is here; a newer one is fetched beside it. @throws HttpError 503 when there is none yet */
  async root(): Promise<TrustedRoot> {
    const age = this.#options.now().getTime() - this.#loadedAt;
    const isFresh = age >= 0 && age < ATTESTATION_LIMITS.rootMs;
    if (this.#root !== undefined) {
      if (!isFresh) this.#load().catch(this.#options.onProblem);
      return this.#root;
    }
    try {
      return await this.#load();
    } catch (error) {
      this.#options.onProblem(error);
      const message = 'The registry has nothing yet to verify attestations by; try again.';
      throw new HttpError(503, 'TRUSTED_ROOT_UNAVAILABLE', message, { 'retry-after': '60' });
    }
  }

  /** Those who ask at once wait for the same. */
  #load(): Promise<TrustedRoot> {
    const options = { ...this.#options, offline: false, userAgent: 'mpak-registry' };
    this.#loading ??= loadTrustedRoot(options)
      .then((root) => {
        this.#root = root;
        return root;
      })
      .finally(() => {
        this.#loading = undefined;
        this.#loadedAt = this.#options.now().getTime();
      });
    return this.#loading;
  }
}
