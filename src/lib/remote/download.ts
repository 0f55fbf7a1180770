/**
 * Downloads one published artifact into a file and hashes it while it comes: https only, but for this
 * machine when the registry is on it too; redirects
 * bounded, and never from https to http; the size known beforehand and never exceeded; interruptions resumed where the
 * server vouches that the rest is of the same file (RFC 9110, If-Range with a strong ETag), and retried with growing
 * pauses; slow servers bounded. A file that comes with another digest is fetched once more, from the start, and then
 * refused.
 */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { ARCHIVE_LIMITS } from '../bundle/archive-limits.ts';
import { MpakError } from '../errors.ts';
import type { AssetState } from '../log/entry.ts';
import { systemError } from '../system-error.ts';
import { nextUrl, REDIRECTS } from './next-url.ts';

const MAX_REDIRECTS = 5;
/** Connections that are tried for one file. */
const ATTEMPTS = 5;

/** In milliseconds, but for the rate. */
export interface Timing {
  readonly connect: number;
  readonly headers: number;
  /** Longest silence in the middle of a download. */
  readonly silence: number;
  /** Between the first two attempts; it doubles from one to the next. */
  readonly pause: number;
  /** For the whole download, on top of what its size takes at the slowest rate that is put up with. */
  readonly grace: number;
  /** That rate, in bytes a second. */
  readonly slowest: number;
}

const TIMING: Timing = {
  connect: 10_000,
  headers: 30_000,
  silence: 30_000,
  pause: 250,
  grace: 60_000,
  slowest: 16_384,
};

export interface Download {
  readonly url: string;
  /** Who named that URL: only a registry on this machine may name one of plain http here. */
  readonly registry: URL;
  /** Where it is written, for its owner alone to read; must not exist. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly userAgent: string;
  /** What the registry last found there: for what is said when it fails. */
  readonly state?: AssetState;
  readonly onBytes: (done: number) => void;
  readonly timing?: Partial<Timing>;
}

/** A download on its way. */
interface Transfer {
  readonly wanted: Download;
  readonly timing: Timing;
  readonly agent: Dispatcher;
  readonly file: FileHandle;
  /** Ends it when it takes too long. */
  readonly signal: AbortSignal;
}

/** What has come so far. */
interface Received {
  hash: Hash;
  bytes: number;
  /** A strong ETag: only with one can a download be resumed. */
  validator: string | undefined;
}

/**
 * @throws MpakError ARCHIVE_TOO_LARGE, DOWNLOAD_FAILED, ASSET_GONE, DIGEST_MISMATCH, IO_FAILED; what was written is
 * then of no use
 */
export async function download(wanted: Download): Promise<void> {
  // It would be refused when it is read, after it has filled the disk.
  if (wanted.size > ARCHIVE_LIMITS.archiveBytes) {
    throw new MpakError(
      'ARCHIVE_TOO_LARGE',
      `${wanted.url} is larger than ${ARCHIVE_LIMITS.archiveBytes} bytes: ${wanted.size}.`,
      { hint: 'Nothing was downloaded. Tell the publisher.' },
    );
  }
  const timing = { ...TIMING, ...wanted.timing };
  const file = await openNew(wanted.file);
  const agent = new EnvHttpProxyAgent({
    connect: { timeout: timing.connect },
    headersTimeout: timing.headers,
    bodyTimeout: timing.silence,
  });
  try {
    const signal = AbortSignal.timeout(timing.grace + Math.ceil((wanted.size / timing.slowest) * 1000));
    const transfer = { wanted, timing, agent, file, signal };
    let found = await fetchWhole(transfer).catch(passOver);
    if (found !== wanted.sha256) found = await fetchWhole(transfer);
    if (found === wanted.sha256) return await flush(file);
    const known = wanted.state === 'changed' ? ' The registry found the same.' : '';
    throw mismatch(`${wanted.url} has the sha256 ${found}, and ${wanted.sha256} was published.${known}`);
  } finally {
    await agent.destroy();
    await file.close();
  }
}

/** The same of an artifact whose size nobody says: no larger than any archive may be. @throws MpakError as download does */
export function fetchUnsized(wanted: Omit<Download, 'size' | 'onBytes'>): Promise<void> {
  return download({ ...wanted, size: ARCHIVE_LIMITS.archiveBytes, onBytes: () => undefined });
}

/** What is larger than it should be is wrong like any other, and so is fetched once more. */
function passOver(error: unknown): undefined {
  if (!(error instanceof MpakError && error.code === 'DIGEST_MISMATCH')) throw error;
}

/** One whole file, over as many connections as it takes. @returns its sha256 in hex */
async function fetchWhole(transfer: Transfer): Promise<string> {
  const { wanted, timing, signal } = transfer;
  const received: Received = { hash: createHash('sha256'), bytes: 0, validator: undefined };
  await startAnew(transfer, received);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await receive(transfer, received);
      return received.hash.digest('hex');
    } catch (error) {
      if (error instanceof MpakError) throw error;
      // Cut off behind the last byte: nothing is missing.
      if (received.bytes === wanted.size && received.bytes > 0) return received.hash.digest('hex');
      if (signal.aborted) throw failed(wanted.url, new Error('it takes too long'));
      if (attempt === ATTEMPTS) throw failed(wanted.url, error);
    }
    await sleep(timing.pause * 2 ** (attempt - 1));
  }
}

async function receive(transfer: Transfer, received: Received): Promise<void> {
  const { wanted } = transfer;
  const { validator } = received;
  const start = validator === undefined ? 0 : received.bytes;
  const answer = await follow(transfer, {
    'user-agent': wanted.userAgent,
    accept: 'application/octet-stream',
    'accept-encoding': 'identity',
    ...(start > 0 && { range: `bytes=${start}-`, 'if-range': validator as string }),
  });
  const { statusCode, headers, body } = answer;
  if (statusCode !== 200) {
    const isRest =
      statusCode === 206 && start > 0 && String(headers['content-range']).startsWith(`bytes ${start}-`);
    if (!isRest) {
      // Another part than asked for, or none: what is here cannot be continued.
      await discard(body);
      await startAnew(transfer, received);
      throw new Error(`status ${statusCode} for another part`);
    }
  } else if (received.bytes > 0) await startAnew(transfer, received);
  received.validator =
    typeof headers.etag === 'string' && headers.etag.startsWith('"') ? headers.etag : undefined;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (received.bytes + chunk.length > wanted.size)
      throw mismatch(`${wanted.url} is larger than the ${wanted.size} bytes published.`);
    await write(transfer.file, chunk, received.bytes);
    received.hash.update(chunk);
    received.bytes += chunk.length;
    wanted.onBytes(received.bytes);
  }
}

/** @returns an answer of 200, 206 or 416 @throws MpakError for an answer that will not change, and others for one that may */
async function follow(
  { wanted, agent, signal }: Transfer,
  headers: Record<string, string>,
): Promise<Dispatcher.ResponseData> {
  let url = URL.canParse(wanted.url) ? nextUrl(wanted.registry, wanted.url) : undefined;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    if (url === undefined) throw failed(wanted.url, new Error('it leads to where https does not'));
    const answer = await request(url, { dispatcher: agent, headers, signal });
    const { statusCode } = answer;
    if ([200, 206, 416].includes(statusCode)) return answer;
    await discard(answer.body);
    const { location } = answer.headers;
    if (REDIRECTS.has(statusCode) && typeof location === 'string') {
      url = nextUrl(url, location);
    } else if (statusCode === 404 || statusCode === 410) {
      const known = wanted.state === 'gone' ? ' The registry found the same.' : '';
      throw new MpakError('ASSET_GONE', `${wanted.url} is no longer available.${known}`, {
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

async function openNew(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx', 0o600);
  } catch (error) {
    throw systemError(error) ?? error;
  }
}

async function startAnew({ file }: Transfer, received: Received): Promise<void> {
  received.hash = createHash('sha256');
  received.validator = undefined;
  received.bytes = 0;
  await file.truncate(0);
}

/** All of it: a disk that is nearly full takes a part without complaint. @throws MpakError IO_FAILED */
async function write(file: FileHandle, chunk: Buffer, position: number): Promise<void> {
  try {
    for (let done = 0; done < chunk.length; ) {
      done += (await file.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
    }
  } catch (error) {
    throw systemError(error) ?? error;
  }
}

/** So that a rename afterwards does not outlive the content. @throws MpakError IO_FAILED */
async function flush(file: FileHandle): Promise<void> {
  try {
    await file.sync();
  } catch (error) {
    throw systemError(error) ?? error;
  }
}

/** The status has said all that there is to know. */
async function discard(body: Dispatcher.ResponseData['body']): Promise<void> {
  await body.dump({ limit: 16_384 }).catch(() => undefined);
}

function mismatch(message: string): MpakError {
  return new MpakError('DIGEST_MISMATCH', message, {
    hint: 'Nothing was installed. What is there now is not what was announced: tell the publisher.',
  });
}

function failed(url: string, error: unknown): MpakError {
  const { code, message } = error as { code?: unknown; message: string };
  return new MpakError(
    'DOWNLOAD_FAILED',
    `${url} cannot be downloaded (${typeof code === 'string' ? code : message}).`,
    {
      hint: 'Nothing was installed. Are you offline? What is installed already runs without a network.',
      cause: error,
    },
  );
}
