/**
 * Asks for the attestations of an artifact: a registry (API.md, "Index") and GitHub
 * (https://docs.github.com/rest/repos/attestations). Answers are bounded, and are only bytes here.
 */
import { MpakError } from '../errors.ts';
import { decoded, readBody, reasonOf } from './http-body.ts';
import { HttpClient } from './http-client.ts';

/** Longest that one answer may take, in milliseconds. */
const TIMEOUT_MS = 60_000;

export class AttestationsClient {
  readonly #http: HttpClient;
  readonly #maxBytes: number;

  /** @param userAgent how mpak names itself; @param maxBytes of an answer, decompressed */
  constructor(userAgent: string, maxBytes: number) {
    this.#http = new HttpClient({ userAgent });
    this.#maxBytes = maxBytes;
  }

  /**
   * @param sha256 of the artifact, lower-case hex
   * @returns the answer; undefined when the registry has none
   * @throws MpakError NETWORK, REGISTRY_ANSWER
   */
  fromRegistry(registry: URL, sha256: string): Promise<Uint8Array | undefined> {
    return this.#get(new URL(`${base(registry)}/v1/attestations/sha256:${sha256}`), {});
  }

  /**
   * @param repository `Owner/repo`
   * @returns the answer; undefined when GitHub has none
   * @throws MpakError NETWORK, REGISTRY_ANSWER
   */
  fromGitHub(
    github: { readonly url: URL; readonly token: string | undefined },
    repository: string,
    sha256: string,
  ): Promise<Uint8Array | undefined> {
    const path = repository.split('/').map(encodeURIComponent).join('/');
    const url = new URL(`${base(github.url)}/repos/${path}/attestations/sha256:${sha256}?per_page=100`);
    return this.#get(url, {
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      ...(github.token !== undefined && { authorization: `Bearer ${github.token}` }),
    });
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  async #get(url: URL, headers: Readonly<Record<string, string>>): Promise<Uint8Array | undefined> {
    try {
      const {
        statusCode,
        headers: answered,
        body,
      } = await this.#http.get(url, {
        headers: { ...headers, 'accept-encoding': 'gzip' },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (statusCode !== 200) {
        await body.dump();
        if (statusCode === 404) return undefined;
        throw badAnswer(url, `status ${statusCode}`);
      }
      const bytes = await readBody(decoded(body, answered['content-encoding']), this.#maxBytes);
      if (bytes === undefined) throw badAnswer(url, `more than ${this.#maxBytes} bytes`);
      return bytes;
    } catch (error) {
      if (error instanceof MpakError) throw error;
      throw new MpakError('NETWORK', `${url.origin} cannot be asked for attestations (${reasonOf(error)}).`, {
        hint: 'Are you offline? An attestation in a file can be passed with `--attestation`.',
        cause: error,
      });
    }
  }
}

function badAnswer(url: URL, what: string): MpakError {
  return new MpakError('REGISTRY_ANSWER', `${url.origin} answered a request for attestations with ${what}.`, {
    hint: 'Try again later. With 401, 403 or 429 of GitHub, a token in GITHUB_TOKEN may help.',
  });
}

function base(url: URL): string {
  return url.href.replace(/\/+$/, '');
}
