/**
 * Downloads one file whose size and sha256 are known beforehand. It is hashed while it streams; a connection that
 * breaks is resumed where it stopped, a wrong digest is tried once more from the start, and then refused.
 */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { isLoopback } from '../config/registry-url.ts';
import { MpakError } from '../errors.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 30_000;
/** Longest silence in the middle of a download. */
const BODY_TIMEOUT_MS = 30_000;
const MAX_REDIRECTS = 5;
/** Connections that are tried for one file; the pause doubles in between. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 250;

export interface Download {
  readonly url: string;
  /** Where it is written; made or replaced. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly userAgent: string;
  readonly onBytes: (done: number) => void;
}

/**
 * @throws MpakError DOWNLOAD_FAILED, ASSET_GONE, DIGEST_MISMATCH; what was written is then of no use
 */
export async function download(wanted: Download): Promise<void> {
  const agent = new EnvHttpProxyAgent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: HEADERS_TIMEOUT_MS,
    bodyTimeout: BODY_TIMEOUT_MS,
  });
  try {
    if ((await fetchWhole(wanted, agent)) === wanted.sha256) return;
    const found = await fetchWhole(wanted, agent);
    if (found === wanted.sha256) return;
    throw new MpakError(
      'DIGEST_MISMATCH',
      `${wanted.url} has the sha256 ${found}, and ${wanted.sha256} was published.`,
      { hint: 'Nothing was installed. What is there now is not what was announced: tell the publisher.' },
    );
  } finally {
    await agent.destroy();
  }
}

/** One whole file, over as many connections as it takes. @returns its sha256 in hex */
async function fetchWhole(wanted: Download, agent: Dispatcher): Promise<string> {
  const handle = await open(wanted.file, 'w', 0o600);
  try {
    const state: Received = { hash: createHash('sha256'), bytes: 0, validator: undefined };
    let pause = FIRST_PAUSE_MS;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await receive(wanted, agent, handle, state);
        return state.hash.digest('hex');
      } catch (error) {
        if (error instanceof MpakError) throw error;
        if (attempt === ATTEMPTS) throw failed(wanted.url, error);
      }
      await sleep(pause);
      pause *= 2;
    }
  } finally {
    await handle.close();
  }
}

/** What has come so far. */
interface Received {
  hash: Hash;
  bytes: number;
  /** A strong ETag: only with one can a download be resumed. */
  validator: string | undefined;
}

async function receive(
  wanted: Download,
  agent: Dispatcher,
  handle: FileHandle,
  state: Received,
): Promise<void> {
  const resume = state.bytes > 0 && state.validator !== undefined;
  const answer = await follow(wanted, agent, {
    'user-agent': wanted.userAgent,
    accept: 'application/octet-stream',
    'accept-encoding': 'identity',
    ...(resume && { range: `bytes=${state.bytes}-`, 'if-range': state.validator as string }),
  });
  const resumed = answer.statusCode === 206 && isRangeFrom(answer.headers['content-range'], state.bytes);
  if (!resumed) {
    state.hash = createHash('sha256');
    state.bytes = 0;
    await handle.truncate(0);
  }
  const etag = answer.headers.etag;
  state.validator = typeof etag === 'string' && etag.startsWith('"') ? etag : undefined;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    if (state.bytes + chunk.length > wanted.size) {
      throw new MpakError('DIGEST_MISMATCH', `${wanted.url} is larger than the ${wanted.size} bytes published.`, {
        hint: 'Nothing was installed. What is there now is not what was announced: tell the publisher.',
      });
    }
    await handle.write(chunk, 0, chunk.length, state.bytes);
    state.hash.update(chunk);
    state.bytes += chunk.length;
    wanted.onBytes(state.bytes);
  }
}

/** Follows redirects, each of which must be as safe as the first. @throws MpakError for an answer that will not change */
async function follow(
  wanted: Download,
  agent: Dispatcher,
  headers: Record<string, string>,
): Promise<Dispatcher.ResponseData> {
  let url = new URL(wanted.url);
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
      throw failed(wanted.url, new Error(`${url.origin} is not reached by https`));
    }
    const answer = await request(url, { dispatcher: agent, headers });
    const { statusCode } = answer;
    if (statusCode === 200 || statusCode === 206) return answer;
    await answer.body.dump();
    const { location } = answer.headers;
    if ([301, 302, 303, 307, 308].includes(statusCode) && typeof location === 'string') {
      url = new URL(location, url);
    } else if (statusCode === 404 || statusCode === 410) {
      throw new MpakError('ASSET_GONE', `${wanted.url} is no longer available.`, {
        hint: 'Its publisher has removed it. Try another version: `mpak bundle show` lists them.',
      });
    } else if (statusCode >= 500 || statusCode === 429 || statusCode === 408) {
      throw new Error(`status ${statusCode}`);
    } else {
      throw failed(wanted.url, new Error(`status ${statusCode}`));
    }
  }
  throw failed(wanted.url, new Error('too many redirects'));
}

function isRangeFrom(header: unknown, start: number): boolean {
  return typeof header === 'string' && header.startsWith(`bytes ${start}-`);
}

function failed(url: string, error: unknown): MpakError {
  const { code, message } = error as { code?: unknown; message: string };
  return new MpakError('DOWNLOAD_FAILED', `${url} cannot be downloaded (${typeof code === 'string' ? code : message}).`, {
    hint: 'Nothing was installed. Are you offline? What is installed already runs without a network.',
    cause: error,
  });
}
