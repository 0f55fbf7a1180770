/** Takes in EPSS, the CSV of FIRST, and KEV, the JSON of CISA. All of it, or nothing. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type Database from 'better-sqlite3';
import { z } from 'zod';
import { readRegularFile, requireRegularFile } from '../regular-file.ts';
import { feedInvalid } from './feed-invalid.ts';
import type { Imported } from './import-osv.ts';

const MIB = 1024 * 1024;
const MAX_EPSS_BYTES = 512 * MIB;
const MAX_KEV_BYTES = 64 * MIB;
const LONGEST_LINE = 4096;
const GZIP = 0x1f8b;

const CVE = /^CVE-\d{4}-\d{4,19}$/;

/** Within a transaction of the caller's. @throws MpakError FEED_INVALID */
export async function importEpss(db: Database.Database, file: string, label: string): Promise<Imported> {
  db.prepare('DELETE FROM epss').run();
  const insert = db.prepare('INSERT INTO epss (cve, score) VALUES (?, ?)');
  let asOf: Date | undefined;
  let hasHeader = false;
  let records = 0;
  for await (const line of linesOf(file, label)) {
    if (line.startsWith('#')) {
      const date = /score_date:([^,\s]+)/.exec(line)?.[1] ?? '';
      asOf ??= dateOf(date.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
    } else if (!hasHeader) {
      if (!/^cve,epss(?:,|$)/.test(line)) throw feedInvalid(label, 'It does not begin with cve,epss.');
      hasHeader = true;
    } else if (line !== '') {
      const [cve = '', score = ''] = line.split(',');
      const isScore = /^(?:0|1)?(?:\.\d+)?(?:e-\d+)?$/i.test(score) && Number(score) <= 1 && score !== '';
      if (!CVE.test(cve) || !isScore) {
        throw feedInvalid(label, `Line ${JSON.stringify(line.slice(0, 80))} is no score of a CVE.`);
      }
      // One that is there twice fails at the primary key.
      insert.run(cve, Number(score));
      records += 1;
    }
  }
  if (asOf === undefined) throw feedInvalid(label, 'It does not say of which day it is.');
  if (records === 0) throw feedInvalid(label, 'There is no score in it.');
  return { asOf, records };
}

/** With or without compression, whatever the file is called. */
async function* linesOf(file: string, label: string): AsyncGenerator<string> {
  requireRegularFile(file);
  const raw = createReadStream(file);
  let stream: Readable = raw;
  if (await isGzip(file)) stream = pipeline(raw, createGunzip(), () => undefined);
  let bytes = 0;
  let rest = '';
  try {
    for await (const chunk of stream) {
      bytes += (chunk as Buffer).length;
      if (bytes > MAX_EPSS_BYTES) throw feedInvalid(label, `It is larger than ${MAX_EPSS_BYTES} bytes.`);
      const lines = (rest + (chunk as Buffer).toString('latin1')).split('\n');
      rest = lines.pop() as string;
      if (rest.length > LONGEST_LINE) throw feedInvalid(label, 'It has a line that is too long.');
      for (const line of lines) yield line.replace(/\r$/, '');
    }
  } catch (error) {
    if (/^Z_|^ERR_/.test(String((error as { code?: unknown }).code))) {
      throw feedInvalid(label, 'It cannot be decompressed.', error);
    }
    throw error;
  } finally {
    raw.destroy();
  }
  if (rest !== '') yield rest.replace(/\r$/, '');
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.readUInt16BE(0) === GZIP;
  } finally {
    await handle.close();
  }
}

const catalogue = z.object({
  dateReleased: z.string(),
  vulnerabilities: z.array(z.object({ cveID: z.string().regex(CVE) })).max(1_000_000),
});

/** Within a transaction of the caller's. @throws MpakError FEED_INVALID */
export function importKev(db: Database.Database, file: string, label: string): Imported {
  const tooLarge = () => feedInvalid(label, `It is larger than ${MAX_KEV_BYTES} bytes.`);
  const bytes = readRegularFile(file, { most: MAX_KEV_BYTES, tooLarge });
  const parsed = catalogue.safeParse(jsonOf(bytes)).data;
  const asOf = dateOf(parsed?.dateReleased ?? '');
  if (parsed === undefined || asOf === undefined) {
    throw feedInvalid(label, 'It is no catalogue of known exploited vulnerabilities.');
  }
  if (parsed.vulnerabilities.length === 0) throw feedInvalid(label, 'There is nothing in it.');
  db.prepare('DELETE FROM kev').run();
  const insert = db.prepare('INSERT OR IGNORE INTO kev (cve) VALUES (?)');
  for (const { cveID } of parsed.vulnerabilities) insert.run(cveID);
  return { asOf, records: parsed.vulnerabilities.length };
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

function dateOf(words: string): Date | undefined {
  const date = new Date(words);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
