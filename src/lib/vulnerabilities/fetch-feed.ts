/** Fetches the file of a feed into a folder: whatever comes, no more of it than fits. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { MpakError } from '../errors.ts';
import { reasonOf } from '../remote/http-body.ts';
import type { HttpClient } from '../remote/http-client.ts';
import { systemError } from '../system-error.ts';
import { feedInvalid } from './feed-invalid.ts';

const MAX_BYTES = 1536 * 1024 * 1024;

/**
 * @param folder to put it in
 * @returns the file
 * @throws MpakError NETWORK, FEED_INVALID, IO_FAILED
 */
export async function fetchFeed(
  http: HttpClient,
  url: URL,
  folder: string,
  options: { readonly signal?: AbortSignal; readonly progress: (bytes: number) => void },
): Promise<string> {
  const file = path.join(folder, 'feed');
  const { signal, progress } = options;
  const handle = await open(file, 'w', 0o600).catch((error: unknown) => {
    throw systemError(error) ?? error;
  });
  try {
    const headers = { 'accept-encoding': 'identity' };
    const answer = await http.get(url, { headers, ...(signal && { signal }) });
    if (answer.statusCode !== 200) {
      await answer.body.dump({ limit: 16_384 }).catch(() => undefined);
      throw feedInvalid(url.href, `The answer has status ${answer.statusCode}.`);
    }
    let bytes = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw feedInvalid(url.href, `It is larger than ${MAX_BYTES} bytes.`);
      await handle.writeFile(chunk);
      progress(bytes);
    }
    return file;
  } catch (error) {
    if (error instanceof MpakError) throw error;
    throw (
      systemError(error) ??
      new MpakError('NETWORK', `${url.href} cannot be reached (${reasonOf(error)}).`, {
        hint: 'What was known before is kept. Offline: `mpak vuln update --from FOLDER`.',
        cause: error,
      })
    );
  } finally {
    await handle.close();
  }
}
