/** Downloads what is to be scanned from where it was announced, and compares it with the log. */
import type { GitHub } from '../github.ts';
import { HttpError } from '../http.ts';
import type { ScanJob } from './queue.ts';

/** Its bytes are in the file; or they are not where they were announced; or that cannot be told. */
export type Download =
  | { readonly kind: 'saved' }
  | { readonly kind: 'missing' | 'failed'; readonly reason: string; readonly waitMs?: number };

type AssetSource = Pick<GitHub, 'saveAsset'>;

/** Never throws. @param file is made, or written over */
export async function downloadBundle(
  github: AssetSource,
  job: ScanJob,
  file: string,
  signal: AbortSignal,
): Promise<Download> {
  let worst: Download = { kind: 'missing', reason: 'it was announced nowhere' };
  for (const url of job.urls) {
    const download = await downloadFrom(github, url, job, file, signal);
    if (download.kind === 'saved') return download;
    // What cannot be told of one place may be there.
    if (worst.kind !== 'failed') worst = download;
  }
  return worst;
}

async function downloadFrom(
  github: AssetSource,
  url: string,
  { size, sha256 }: ScanJob,
  file: string,
  signal: AbortSignal,
): Promise<Download> {
  try {
    const saved = await github.saveAsset(url, size, file, signal);
    if (saved === undefined) return { kind: 'missing', reason: 'it is gone' };
    if (saved.bytes === size && saved.sha256 === sha256) return { kind: 'saved' };
    return { kind: 'missing', reason: 'it has other bytes than were announced' };
  } catch (error) {
    if (!(error instanceof HttpError)) return { kind: 'failed', reason: (error as Error).message };
    const { code, message, headers } = error;
    if (code === 'GITHUB_REFUSED') return { kind: 'missing', reason: message };
    return {
      kind: 'failed',
      reason: message,
      ...(code === 'GITHUB_BUSY' && { waitMs: Number(headers['retry-after']) * 1000 }),
    };
  }
}
