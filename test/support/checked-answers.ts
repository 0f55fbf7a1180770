/**
 * Root hooks: every answer of a registry in any test is compared with the description of its interface. Registries that are
 * processes write theirs into a folder, see recorded-answers.ts; those of this process are seen here.
 */
import { closeSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { SeenAnswer } from './described-answers.ts';
import { type RecordedAnswer, recordAnswers } from './recorded-answers.ts';

/** Paths of programs, whatever else a test has a server answer. */
const API_PATH = /^\/(v1|v0\.1|health|metrics|openapi\.json)([/?]|$)/;

const seenHere: RecordedAnswer[] = [];
const readTo = new Map<string, number>();
let folder = '';

export const mochaHooks = {
  beforeAll() {
    folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-answers-'));
    process.env.MPAK_TEST_ANSWERS = folder;
    recordAnswers((answer) => {
      // Servers of tests answer such paths too, as the test wants it.
      if (answer.isRegistry && API_PATH.test(answer.target)) seenHere.push(answer);
    });
  },
  async afterEach() {
    const answers = [...seenHere.splice(0), ...newRecords()];
    if (answers.length === 0) return;
    const { undescribed } = await import('./described-answers.ts');
    const problems = new Set(answers.map((answer) => undescribed(seen(answer))));
    problems.delete(undefined);
    if (problems.size > 0) throw new Error(`not as /openapi.json has it:\n${[...problems].join('\n')}`);
  },
  afterAll() {
    rmSync(folder, { recursive: true, force: true });
  },
};

/** For the environment of a registry's process. */
export function recordingEnvironment(): Record<string, string> {
  const { MPAK_TEST_ANSWERS: records, MPAK_TEST_PROGRAM: executable } = process.env;
  if (!records || executable) return {};
  const preloaded = pathToFileURL(path.join(import.meta.dirname, 'recorded-answers.ts')).href;
  return { MPAK_TEST_ANSWERS: records, MPAK_TEST_RECORDS: '1', NODE_OPTIONS: `--import=${preloaded}` };
}

/** What was written since it was last asked for; a line that is not whole is left for the next time. */
function newRecords(): RecordedAnswer[] {
  return readdirSync(folder).flatMap((name) => {
    const from = readTo.get(name) ?? 0;
    const text = readFrom(path.join(folder, name), from);
    const whole = text.subarray(0, text.lastIndexOf(0x0a) + 1);
    readTo.set(name, from + whole.length);
    const lines = whole.toString('utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as RecordedAnswer);
  });
}

function readFrom(file: string, from: number): Buffer {
  const handle = openSync(file, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let at = from; ; ) {
      const chunk = Buffer.alloc(1024 * 1024);
      const bytes = readSync(handle, chunk, 0, chunk.length, at);
      if (bytes === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, bytes));
      at += bytes;
    }
  } finally {
    closeSync(handle);
  }
}

function seen({ method, target, status, type, coding, body }: RecordedAnswer): SeenAnswer {
  if (body === null || method === 'HEAD' || status === 304) return { method, target, status, type };
  const bytes = Buffer.from(body, 'base64');
  const plain = coding === 'zstd' ? zstdDecompressSync(bytes) : coding === 'gzip' ? gunzipSync(bytes) : bytes;
  return { method, target, status, type, json: JSON.parse(plain.toString('utf8')) };
}
