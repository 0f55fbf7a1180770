/**
 * OpenSSF Scorecards as a source of a scan: results in the JSON that `scorecard --format json` writes and
 * api.scorecard.dev serves, from a file, from a folder with a file for each repository, or by a URL for each. Whatever
 * comes is bounded, and of the repository that was asked for.
 */
import { statSync } from 'node:fs';
import path from 'node:path';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { safeUrl, withoutSecret } from '../config/registry-url.ts';
import { MpakError } from '../errors.ts';
import { readRegularFile } from '../regular-file.ts';
import { decoded, readBody, reasonOf } from '../remote/http-body.ts';
import { HttpClient } from '../remote/http-client.ts';
import type { Scorecard, ScorecardAnswer, ScorecardSource } from './context.ts';

/** Largest result, in bytes: that of a large repository has about 100 kB. */
const MAX_BYTES = 8 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
/** What a URL has in the place of `github.com/Owner/repo`. */
const PLACEHOLDER = '{repository}';

const scoreSchema = z.number().min(-1).max(10);
const resultSchema = z.object({
  repo: z.object({ name: z.string().max(512) }),
  score: scoreSchema,
  checks: z.array(z.object({ name: z.string().max(128), score: scoreSchema })).max(200),
});
const fileSchema = z.union([resultSchema, z.array(resultSchema).max(1000)]);

/**
 * @param from a URL, a folder or a file, as `--scorecard` has it
 * @param dispatcher carries the requests, in place of connections of its own
 * @throws MpakError USAGE when it is none of them, and what the file system says
 */
export function scorecardsFrom(from: string, userAgent: string, dispatcher?: Dispatcher): ScorecardSource {
  if (/^https?:/.test(from)) return scorecardsAt(from, userAgent, dispatcher);
  const isFolder = statSync(from, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? scorecardsIn(from) : scorecardsOfFile(from);
}

/** @param folder the result of `github.com/Owner/repo` is its `github.com/owner/repo.json`, in lower case */
export function scorecardsIn(folder: string): ScorecardSource {
  return {
    of(repository) {
      const names = repository.toLowerCase().split('/');
      if (!names.every((name) => /^(?!\.+$)[\w.-]+$/.test(name))) return null;
      const file = `${path.join(folder, ...names)}.json`;
      if (statSync(file, { throwIfNoEntry: false }) === undefined) return null;
      try {
        return scorecardsOfFile(file).of(repository);
      } catch (error) {
        return { unavailable: `The Scorecard of ${repository} cannot be read (${reasonOf(error)}).` };
      }
    },
  };
}

/**
 * @param file one result, or a list of them
 * @throws MpakError USAGE when it is none, and what the file system says
 */
export function scorecardsOfFile(file: string): ScorecardSource {
  const wrong = (what: string) =>
    new MpakError('USAGE', `${file} ${what}.`, {
      hint: 'It is what `scorecard --repo=github.com/OWNER/REPO --format=json` writes.',
    });
  const tooLarge = () => wrong(`is larger than ${MAX_BYTES} bytes`);
  const read = fileSchema.safeParse(jsonOf(readRegularFile(file, { most: MAX_BYTES, tooLarge })));
  if (!read.success) throw wrong('is no result of Scorecard');
  const results = [read.data].flat();
  return {
    of(repository) {
      const result = results.find(({ repo }) => isOf(repo.name, repository));
      return result === undefined ? null : scorecardOf(result);
    },
  };
}

/**
 * @param template such as `https://api.scorecard.dev/projects/{repository}`
 * @throws MpakError USAGE when it is no URL, or does not say where the repository goes
 */
export function scorecardsAt(template: string, userAgent: string, dispatcher?: Dispatcher): ScorecardSource {
  const [before = '', after, ...more] = template.split(PLACEHOLDER);
  const isSafe = safeUrl(before) !== undefined && before.endsWith('/');
  if (!isSafe || after === undefined || more.length > 0 || !/^[\w./-]*$/.test(after)) {
    throw new MpakError(
      'USAGE',
      `${withoutSecret(template)} is no URL that Scorecards can be asked for at.`,
      { hint: `Such as https://api.scorecard.dev/projects/${PLACEHOLDER}.` },
    );
  }
  return {
    async of(repository) {
      const name = repository.split('/').map(encodeURIComponent).join('/');
      const url = new URL(before + name + after);
      const client = new HttpClient({ userAgent, dispatcher });
      try {
        return await ask(client, url, repository);
      } catch (error) {
        return { unavailable: `${url.origin} cannot be asked for Scorecards (${reasonOf(error)}).` };
      } finally {
        await client.close();
      }
    },
  };
}

async function ask(client: HttpClient, url: URL, repository: string): Promise<ScorecardAnswer> {
  const { statusCode, headers, body } = await client.get(url, {
    headers: { accept: 'application/json', 'accept-encoding': 'gzip' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (statusCode !== 200) {
    await body.dump();
    return statusCode === 404 ? null : bad(url, `status ${statusCode}`);
  }
  const bytes = await readBody(decoded(body, headers['content-encoding']), MAX_BYTES);
  if (bytes === undefined) return bad(url, `more than ${MAX_BYTES} bytes`);
  const read = resultSchema.safeParse(jsonOf(bytes));
  if (!read.success) return bad(url, 'no result of Scorecard');
  if (!isOf(read.data.repo.name, repository)) return bad(url, 'the result of another repository');
  return scorecardOf(read.data);
}

function bad(url: URL, what: string): ScorecardAnswer {
  return { unavailable: `${url.origin} answered a request for a Scorecard with ${what}.` };
}

/** A check that is there twice counts as the worse of the two. */
function scorecardOf({ score, checks }: z.infer<typeof resultSchema>): Scorecard {
  const byName = new Map<string, number>();
  for (const { name, score: value } of checks) {
    byName.set(name, Math.min(value, byName.get(name) ?? value));
  }
  return { score, checks: byName };
}

function isOf(name: string, repository: string): boolean {
  return name.toLowerCase() === repository.toLowerCase();
}

/** Undefined when it is none. */
function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
