/**
 * The index side of a registry over HTTP (API.md, "Index"). Answers are bounded in size and time and are only bytes
 * here: what they mean, and whether they are true, is decided by who asked.
 */
import type { IncomingMessage } from 'node:http';
import { MpakError } from '../errors.ts';
import { PAGE_SIZE } from '../log/checkpoint-form.ts';
import { MAX_ENTRY_BYTES } from '../log/page.ts';
import { decoded, readBody, reasonOf } from './http-body.ts';
import { isBroken, NodeHttp, type Proxies, pauseBefore } from './node-http.ts';

/** Largest checkpoint and key set, in bytes. */
const MAX_SMALL_BYTES = 64 * 1024;
/** Largest page of the log when decompressed, in bytes: 256 entries of the largest size, each with its newline. */
const MAX_PAGE_BYTES = PAGE_SIZE * (MAX_ENTRY_BYTES + 1);
/** How often a download goes on after its connection broke. */
const MAX_RESUMPTIONS = 4;

export type CheckpointAnswer =
  | { readonly unchanged: true }
  | { readonly unchanged: false; readonly jws: string; readonly etag: string | null };

export class RegistryClient {
  readonly #base: string;
  readonly #http: NodeHttp;
  #bytesReceived = 0;
  #requests = 0;

  /** @param registry its URL; @param userAgent how mpak names itself; @param proxies default: none */
  constructor(registry: URL, userAgent: string, proxies: Proxies = {}) {
    this.#base = registry.href.replace(/\/+$/, '');
    this.#http = new NodeHttp(userAgent, proxies);
  }

  /** Bytes of all bodies so far, as they came over the wire. */
  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  get requests(): number {
    return this.#requests;
  }

  /**
   * The signed checkpoint.
   * @param etag of the one that is known; the answer then may be `unchanged`
   * @throws MpakError REGISTRY_WITHOUT_INDEX, NETWORK, REGISTRY_ANSWER
   */
  async checkpoint(etag: string | undefined): Promise<CheckpointAnswer> {
    const response = await this.#get(
      '/v1/index/checkpoint',
      etag === undefined ? {} : { 'if-none-match': etag },
    );
    // Unasked, it says nothing: the registry's answer is then as odd as any other status.
    if (response.statusCode === 304 && etag !== undefined) {
      response.resume();
      return { unchanged: true };
    }
    if (response.statusCode === 404) {
      response.resume();
      throw new MpakError('REGISTRY_WITHOUT_INDEX', `${this.#base} serves no signed index.`, {
        hint: 'Is the URL that of a registry that signs a log? `mpak sync` crawls one that signs nothing.',
      });
    }
    const jws = Buffer.from(await this.#bytes(response, MAX_SMALL_BYTES))
      .toString('utf8')
      .trim();
    const tag = response.headers.etag;
    return { unchanged: false, jws, etag: typeof tag === 'string' ? tag : null };
  }

  /** The registry's keys, a JWKS, unparsed. @throws MpakError NETWORK, REGISTRY_ANSWER */
  async keys(): Promise<string> {
    const response = await this.#get('/v1/index/keys.json', {});
    return Buffer.from(await this.#bytes(response, MAX_SMALL_BYTES)).toString('utf8');
  }

  /** A page of the log; `fresh`: not out of a cache. @throws MpakError NETWORK, REGISTRY_ANSWER */
  async page(number: number, { fresh }: { fresh: boolean } = { fresh: false }): Promise<Uint8Array> {
    const response = await this.#get(`/v1/index/log/${number}`, {
      'accept-encoding': 'zstd, gzip',
      ...(fresh && { 'cache-control': 'no-cache' }),
    });
    return this.#bytes(response, MAX_PAGE_BYTES);
  }

  /**
   * The entries of a page behind its first ones. A registry or a mirror may not know how to, and answer the whole page.
   * @returns how many entries of the page are left out before the ones that came; undefined when there is nothing
   *   behind the first ones
   * @throws MpakError NETWORK, REGISTRY_ANSWER
   */
  async restOfPage(
    number: number,
    first: number,
  ): Promise<{ readonly skipped: number; readonly bytes: Uint8Array } | undefined> {
    const response = await this.#get(`/v1/index/log/${number}`, {
      'accept-encoding': 'zstd, gzip',
      range: `entries=${first}-`,
    });
    if (response.statusCode === 416) {
      response.resume();
      return undefined;
    }
    const range = /^entries (\d{1,3})-/.exec(String(response.headers['content-range']))?.[1];
    const isRest = response.statusCode === 206 && Number(range) === first;
    const bytes = await this.#bytes(response, MAX_PAGE_BYTES, isRest ? 206 : 200);
    return { skipped: isRest ? first : 0, bytes };
  }

  /**
   * A file of the registry as it is stored, and never changes: a snapshot. Goes on where a connection broke.
   * @returns its bytes; the reader stops when there are too many, and knows their hash
   * @throws MpakError NETWORK, REGISTRY_ANSWER
   */
  async *download(filePath: string): AsyncGenerator<Uint8Array> {
    const requestPath = `/${filePath.replace(/^\//, '')}`;
    let received = 0;
    for (let resumptions = 0; ; resumptions += 1) {
      const isRest = received > 0;
      const response = await this.#get(requestPath, {
        'accept-encoding': 'identity',
        ...(isRest && { range: `bytes=${received}-` }),
      });
      if (response.statusCode !== (isRest ? 206 : 200)) response.destroy();
      this.#expect(response.statusCode, isRest ? 206 : 200);
      try {
        for await (const chunk of this.#count(response)) {
          received += chunk.length;
          yield chunk;
        }
        return;
      } catch (error) {
        if (resumptions === MAX_RESUMPTIONS || !isBroken(error)) throw this.#networkError(error);
      }
      await pauseBefore(resumptions);
    }
  }

  close(): void {
    this.#http.close();
  }

  async #get(requestPath: string, headers: Record<string, string>): Promise<IncomingMessage> {
    this.#requests += 1;
    try {
      return await this.#http.get(new URL(`${this.#base}${requestPath}`), headers);
    } catch (error) {
      throw this.#networkError(error);
    }
  }

  #expect(status: number | undefined, expected: number): void {
    if (status === expected) return;
    throw new MpakError('REGISTRY_ANSWER', `${this.#base} answered with status ${status}.`, {
      hint: 'Nothing was changed. Try again later; check the URL when it stays.',
    });
  }

  /** The whole body, decompressed. */
  async #bytes(response: IncomingMessage, limit: number, expected = 200): Promise<Uint8Array> {
    if (response.statusCode !== expected) response.destroy();
    this.#expect(response.statusCode, expected);
    const body = decoded(this.#count(response), response.headers['content-encoding']);
    const bytes = await readBody(body, limit).catch((error: unknown) => {
      throw this.#networkError(error);
    });
    if (bytes !== undefined) return bytes;
    throw new MpakError('REGISTRY_ANSWER', `${this.#base} sent more than ${limit} bytes.`);
  }

  async *#count(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of body) {
      this.#bytesReceived += chunk.length;
      yield chunk;
    }
  }

  #networkError(error: unknown): unknown {
    if (error instanceof MpakError) return error;
    const code = (error as { code?: unknown }).code;
    // Not ERR_ of Node itself: a certificate of another host, a proxy that refuses.
    if (typeof code === 'string' && /^(Z_|ZSTD_)/.test(code)) {
      return new MpakError('REGISTRY_ANSWER', `${this.#base} sent an answer that cannot be decompressed.`, {
        hint: 'Nothing was changed. Try again.',
        cause: error,
      });
    }
    return new MpakError('NETWORK', `${this.#base} cannot be reached (${reasonOf(error)}).`, {
      hint: 'Are you offline? The index on this machine stays usable: search and show need no network.',
      cause: error,
    });
  }
}
