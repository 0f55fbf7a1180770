/**
 * The index side of a registry over HTTP (API.md, "Index"). Answers are bounded in size and time and are only bytes
 * here: what they mean, and whether they are true, is decided by who asked.
 */

import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { type Dispatcher, EnvHttpProxyAgent, interceptors } from 'undici';
import { MpakError } from '../errors.ts';

/** Largest checkpoint and key set, in bytes. */
const MAX_SMALL_BYTES = 64 * 1024;
/** Largest page of the log when decompressed, in bytes: 256 entries of the largest size. */
const MAX_PAGE_BYTES = 128 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 20_000;
/** Longest silence in the middle of an answer. */
const BODY_TIMEOUT_MS = 30_000;
const MAX_REDIRECTIONS = 3;
const RETRIES = 2;

export type CheckpointAnswer =
  | { readonly unchanged: true }
  | { readonly unchanged: false; readonly jws: string; readonly etag: string | null };

export class RegistryClient {
  readonly #base: string;
  readonly #agent: EnvHttpProxyAgent;
  readonly #dispatcher: Dispatcher;
  #bytesReceived = 0;
  #requests = 0;

  /** @param registry its URL; @param userAgent how mpak names itself */
  constructor(registry: URL, userAgent: string) {
    this.#base = registry.href.replace(/\/+$/, '');
    this.#agent = new EnvHttpProxyAgent({
      connect: { timeout: CONNECT_TIMEOUT_MS },
      headersTimeout: HEADERS_TIMEOUT_MS,
      bodyTimeout: BODY_TIMEOUT_MS,
    });
    this.#dispatcher = this.#agent.compose(
      interceptors.redirect({ maxRedirections: MAX_REDIRECTIONS, throwOnMaxRedirect: true }),
      interceptors.retry({
        maxRetries: RETRIES,
        minTimeout: 200,
        maxTimeout: 5_000,
        statusCodes: [429, 502, 503, 504],
        errorCodes: ['ECONNRESET', 'ENETDOWN', 'EHOSTDOWN', 'UND_ERR_SOCKET'],
      }),
      (dispatch) => (options, handler) =>
        dispatch(
          { ...options, headers: { ...headersOf(options.headers), 'user-agent': userAgent } },
          handler,
        ),
    );
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
    if (response.statusCode === 304) {
      await response.body.dump();
      return { unchanged: true };
    }
    if (response.statusCode === 404) {
      await response.body.dump();
      throw new MpakError('REGISTRY_WITHOUT_INDEX', `${this.#base} serves no signed index.`, {
        hint: 'Is the URL that of an mpak registry? This version syncs signed indexes only.',
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

  /** A page of the log. @throws MpakError NETWORK, REGISTRY_ANSWER */
  async page(number: number): Promise<Uint8Array> {
    const response = await this.#get(`/v1/index/log/${number}`, { 'accept-encoding': 'zstd, gzip' });
    return this.#bytes(response, MAX_PAGE_BYTES);
  }

  /**
   * A file of the registry as it is stored: a snapshot.
   * @returns its bytes; the reader stops when there are too many
   * @throws MpakError NETWORK, REGISTRY_ANSWER
   */
  async *download(filePath: string): AsyncGenerator<Uint8Array> {
    const response = await this.#get(`/${filePath.replace(/^\//, '')}`, { 'accept-encoding': 'identity' });
    await this.#expectOk(response);
    try {
      for await (const chunk of response.body as AsyncIterable<Buffer>) {
        this.#bytesReceived += chunk.length;
        yield chunk;
      }
    } catch (error) {
      throw this.#networkError(error);
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #get(requestPath: string, headers: Record<string, string>): Promise<Dispatcher.ResponseData> {
    this.#requests += 1;
    const url = new URL(`${this.#base}${requestPath}`);
    try {
      return await this.#dispatcher.request({
        origin: url.origin,
        path: url.pathname,
        method: 'GET',
        headers,
      });
    } catch (error) {
      throw this.#networkError(error);
    }
  }

  async #expectOk(response: Dispatcher.ResponseData): Promise<void> {
    if (response.statusCode === 200) return;
    await response.body.dump({ limit: MAX_SMALL_BYTES }).catch(() => undefined);
    throw new MpakError('REGISTRY_ANSWER', `${this.#base} answered with status ${response.statusCode}.`, {
      hint: 'Nothing was changed. Try again later; check the URL when it stays.',
    });
  }

  /** The whole body, decompressed. */
  async #bytes(response: Dispatcher.ResponseData, limit: number): Promise<Uint8Array> {
    await this.#expectOk(response);
    const counted = this.#count(response.body);
    const encoding = String(response.headers['content-encoding'] ?? 'identity');
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of decoded(counted, encoding)) {
        length += chunk.length;
        if (length > limit)
          throw new MpakError('REGISTRY_ANSWER', `${this.#base} sent more than ${limit} bytes.`);
        chunks.push(chunk);
      }
    } catch (error) {
      throw this.#networkError(error);
    }
    return Buffer.concat(chunks, length);
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
    const reason = typeof code === 'string' ? code : (error as Error).message;
    if (typeof code === 'string' && /^(Z_|ZSTD_|ERR_)/.test(code)) {
      return new MpakError('REGISTRY_ANSWER', `${this.#base} sent an answer that cannot be decompressed.`, {
        hint: 'Nothing was changed. Try again.',
        cause: error,
      });
    }
    return new MpakError('NETWORK', `${this.#base} cannot be reached (${reason}).`, {
      hint: 'Are you offline? The index on this machine stays usable: search and show need no network.',
      cause: error,
    });
  }
}

function decoded(body: AsyncIterable<Buffer>, encoding: string): AsyncIterable<Buffer> {
  const decoders: Record<string, () => Transform> = { zstd: createZstdDecompress, gzip: createGunzip };
  const decoder = decoders[encoding]?.();
  if (decoder === undefined) return body;
  // An error of either side reaches the reader of the decoder.
  pipeline(Readable.from(body), decoder, () => undefined);
  return decoder;
}

function headersOf(headers: unknown): Record<string, string> {
  return (headers ?? {}) as Record<string, string>;
}
