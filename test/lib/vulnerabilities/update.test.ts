import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { MpakError } from '../../../src/lib/errors.ts';
import { writeZip } from '../../../src/lib/pack/zip-writer.ts';
import { HttpClient } from '../../../src/lib/remote/http-client.ts';
import { vulnerabilityFile } from '../../../src/lib/vulnerabilities/database.ts';
import { FEED_FILES, type FeedName } from '../../../src/lib/vulnerabilities/feeds.ts';
import { openVulnerabilityData } from '../../../src/lib/vulnerabilities/lookup.ts';
import { type Origin, updateVulnerabilities } from '../../../src/lib/vulnerabilities/update.ts';
import {
  affected,
  epssCsv,
  HIGH_VECTOR,
  kevJson,
  osvArchive,
  osvRecord,
  V4_VECTOR,
} from '../../support/osv.ts';
import { rawZip, STORED } from '../../support/raw-zip.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const MIB = 1024 * 1024;
const source = (file: string) => path.join(import.meta.dirname, '../../..', file);
const NOW = new Date('2026-11-24T00:00:00Z');
const LODASH = osvRecord({
  id: 'GHSA-0000-0000-0001',
  aliases: [],
  affected: [affected('Lodash', { ranges: [{ type: 'SEMVER', events: [{ introduced: '1.0.0' }] }] })],
});

const FILES: Readonly<Record<FeedName, Buffer>> = {
  'osv:npm': osvArchive([osvRecord(), LODASH]),
  'osv:pypi': osvArchive([
    osvRecord({
      id: 'PYSEC-2026-1',
      affected: [affected('Flask_X', { ranges: [], versions: ['1.0', '1.1'] }, 'PyPI')],
    }),
  ]),
  epss: epssCsv({ 'CVE-2026-10001': 0.25 }),
  kev: kevJson(['CVE-2026-10001']),
};

describe('vulnerability data', () => {
  const temporary = temporaryFolder();
  const http = new HttpClient({ userAgent: 'mpak/test', retries: 0 });
  let server: Server;
  let answer: RequestListener;

  before(async () => {
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    await http.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const base = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const update = (origin: Origin, only?: readonly FeedName[]) =>
    updateVulnerabilities({
      file: vulnerabilityFile(temporary()),
      origin,
      http,
      now: NOW,
      ...(only !== undefined && { only }),
    });
  const opened = () => openVulnerabilityData(vulnerabilityFile(temporary()), { now: NOW, maxAgeDays: 30 });
  const found = (purl: string) => {
    const data = opened();
    try {
      return data?.vulnerabilities?.affecting(purl)?.map(({ id }) => id) ?? null;
    } finally {
      data?.close();
    }
  };
  /** A folder with them. */
  const folderOf = (files: Partial<Record<FeedName, Buffer>>): Origin => {
    const folder = path.join(temporary(), `feeds-${readdirSync(temporary()).length}`);
    for (const [feed, content] of Object.entries(files)) {
      const file = path.join(folder, FEED_FILES[feed as FeedName]);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    return { folder };
  };
  const codeOf = async (work: Promise<unknown>) => {
    try {
      await work;
      return 'nothing was thrown';
    } catch (error) {
      if (!(error instanceof MpakError)) throw error;
      return `${error.code} ${error.message}`;
    }
  };

  it('comes from a mirror, and is looked up by any spelling of a name', async () => {
    answer = ({ url }, response) => {
      const feed = Object.entries(FEED_FILES).find(([, file]) => url === `/mirror/${file}`)?.[0];
      response.end(FILES[feed as FeedName]);
    };
    const result = await update({ mirror: new URL(`${base()}/mirror/`) });
    expect(result.map(({ feed, records, asOf, replaced }) => [feed, records, asOf, replaced])).to.deep.equal([
      ['osv:npm', 2, '2026-11-20T10:00:00.000Z', true],
      ['osv:pypi', 1, '2026-11-20T10:00:00.000Z', true],
      ['epss', 1, '2026-11-23T12:00:00.000Z', true],
      ['kev', 1, '2026-11-22T15:00:00.000Z', true],
    ]);
    expect(found('pkg:npm/zod@4.6.7')).to.deep.equal(['GHSA-aaaa-bbbb-cccc']);
    expect(found('pkg:npm/zod@4.7.0')).to.deep.equal([]);
    expect(found('pkg:npm/LODASH@1.0.0')).to.deep.equal(['GHSA-0000-0000-0001']);
    expect(found('pkg:pypi/flask-x@1.1.0')).to.deep.equal(['PYSEC-2026-1']);
    expect(found('pkg:pypi/flask.x@1.2')).to.deep.equal([]);
    expect(found('pkg:deb/zod@4.6.7')).to.equal(null);
    expect(found('pkg:npm/zod@unknown')).to.equal(null);
    const data = opened();
    expect(data?.epss?.score('CVE-2026-10001')).to.equal(0.25);
    expect([data?.kev?.has('CVE-2026-10001'), data?.kev?.has('CVE-2026-10002')]).to.deep.equal([true, false]);
    expect([data?.vulnerabilities?.isStale, data?.kev?.isStale]).to.deep.equal([false, false]);
    data?.close();
  });

  it('comes from its own places, each configured', async () => {
    const asked: string[] = [];
    answer = ({ url = '' }, response) => {
      asked.push(url);
      response.end(url === '/osv/npm/all.zip' ? FILES['osv:npm'] : FILES.kev);
    };
    const feeds = { osv: `${base()}/osv`, epss: `${base()}/e.csv`, kev: `${base()}/k.json` };
    await update({ feeds }, ['osv:npm', 'kev']);
    expect(asked).to.deep.equal(['/osv/npm/all.zip', '/k.json']);
  });

  it('comes from a folder, packed or not, as far as it is there', async () => {
    const folder = path.join(temporary(), 'unpacked');
    mkdirSync(path.join(folder, 'npm'), { recursive: true });
    writeFileSync(path.join(folder, 'npm', 'GHSA-aaaa-bbbb-cccc.json'), JSON.stringify(osvRecord()));
    writeFileSync(path.join(folder, 'npm', 'notes.txt'), 'not a record');
    expect((await update({ folder })).map(({ feed }) => feed)).to.deep.equal(['osv:npm']);
    expect(found('pkg:npm/zod@4.6.7')).to.deep.equal(['GHSA-aaaa-bbbb-cccc']);
    expect(found('pkg:pypi/flask-x@1.0')).to.equal(null);
    expect(await codeOf(update({ folder: path.join(temporary(), 'none') }))).to.contain('NOT_FOUND');
  });

  it('is none when nothing was fetched', () => {
    expect(opened()).to.equal(undefined);
  });

  it('scores vectors of CVSS 3 and 4, takes the database’s word without one, and malware for the worst', async () => {
    const record = (id: string, changes: object) => osvRecord({ id, severity: undefined, ...changes });
    const records = [
      record('GHSA-1', { severity: [{ type: 'CVSS_V4', score: V4_VECTOR }] }),
      record('GHSA-2', { severity: [{ type: 'CVSS_V3', score: HIGH_VECTOR }] }),
      record('GHSA-3', { database_specific: { severity: 'MODERATE' } }),
      record('GHSA-4', { severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N' }] }),
      record('GHSA-5', { severity: [{ type: 'CVSS_V3', score: 'x'.repeat(4000) }] }),
      record('MAL-2026-6', {}),
      record('GHSA-7', {
        affected: [affected('zod', { severity: [{ type: 'CVSS_V3', score: HIGH_VECTOR }] })],
      }),
    ];
    await update(folderOf({ 'osv:npm': osvArchive(records) }));
    const data = opened();
    const scores = data?.vulnerabilities?.affecting('pkg:npm/zod@4.6.7')?.map(({ id, cvss }) => [id, cvss]);
    data?.close();
    expect(Object.fromEntries(scores ?? [])).to.deep.equal({
      'GHSA-1': 9.3,
      'GHSA-2': 7.5,
      'GHSA-3': 4,
      'GHSA-4': null,
      'GHSA-5': null,
      'MAL-2026-6': 10,
      'GHSA-7': 7.5,
    });
  });

  it('prints nothing of a vector that nobody can read', async () => {
    const printed: unknown[] = [];
    const { warn } = console;
    console.warn = (...words: unknown[]) => printed.push(words);
    try {
      const vectors = [
        'CVSS:3.1/AV:\u001b[31m/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
        'CVSS:4.0/ZZ:Z',
        'AV:N/X:\u0007',
      ];
      const severity = vectors.map((score) => ({ type: 'CVSS_V3', score }));
      const temporal = { type: 'CVSS_V3', score: `${HIGH_VECTOR}/E:U/ZZ:\u001b[2J` };
      const records = [osvRecord({ severity }), osvRecord({ id: 'GHSA-2', severity: [temporal] })];
      await update(folderOf({ 'osv:npm': osvArchive(records) }));
      const data = opened();
      const scores = data?.vulnerabilities?.affecting('pkg:npm/zod@4.6.7')?.map(({ cvss }) => cvss);
      data?.close();
      expect(scores).to.have.members([null, 7.5]);
    } finally {
      console.warn = warn;
    }
    expect(printed).to.deep.equal([]);
  });

  it('leaves out what was withdrawn', async () => {
    const withdrawn = osvRecord({ withdrawn: '2026-11-01T00:00:00Z' });
    await update(folderOf({ 'osv:npm': osvArchive([withdrawn]) }));
    expect(found('pkg:npm/zod@4.6.7')).to.deep.equal([]);
  });

  it('grows old, by the oldest of it', async () => {
    const old = osvArchive([osvRecord({ modified: '2026-10-01T00:00:00Z' })]);
    await update(folderOf({ ...FILES, 'osv:npm': old }));
    const data = opened();
    expect(data?.vulnerabilities).to.include({ asOf: '2026-10-01T00:00:00.000Z', isStale: true });
    expect(data?.kev?.isStale).to.equal(false);
    data?.close();
  });

  it('is of no later day than today, whatever it says', async () => {
    const archive = osvArchive([osvRecord({ modified: '2099-01-01T00:00:00Z' })]);
    const [feed] = await update(folderOf({ 'osv:npm': archive }));
    expect(feed?.asOf).to.equal(NOW.toISOString());
  });

  it('is not replaced by what is older', async () => {
    await update(folderOf({ kev: FILES.kev }));
    const [feed] = await update(folderOf({ kev: kevJson(['CVE-2020-0001'], '2026-11-01T00:00:00Z') }));
    expect(feed?.replaced).to.equal(false);
    const data = opened();
    expect(data?.kev?.has('CVE-2026-10001')).to.equal(true);
    data?.close();
  });

  const jsonZip = (content: string) =>
    writeZip([{ path: 'a.json', content: Buffer.from(content) }], new Date('2026-01-01T00:00:00Z'));
  const bad: [string, Partial<Record<FeedName, Buffer>>, RegExp][] = [
    ['no archive', { 'osv:npm': Buffer.from('<html>') }, /ARCHIVE_NOT_ZIP/],
    ['an archive that was cut off', { 'osv:npm': FILES['osv:npm'].subarray(0, 300) }, /ARCHIVE_/],
    ['an archive without records', { 'osv:npm': jsonZip('{}').subarray(0) }, /"a.json" is no record/],
    [
      'an archive of other files',
      { 'osv:npm': writeZip([{ path: 'a.txt', content: Buffer.from('') }], NOW) },
      /no record in it/,
    ],
    ['a record that is no JSON', { 'osv:npm': jsonZip('{"id":') }, /no record of OSV/],
    [
      'a record without an id',
      { 'osv:npm': jsonZip(JSON.stringify(osvRecord({ id: undefined }))) },
      /no record of OSV/,
    ],
    [
      'a record that is nested 100,000 deep',
      { 'osv:npm': jsonZip('['.repeat(100_000) + ']'.repeat(100_000)) },
      /no record of OSV|ARCHIVE_/,
    ],
    [
      'ranges that are none',
      { 'osv:npm': jsonZip(JSON.stringify(osvRecord({ affected: [affected('zod', { ranges: 'all' })] }))) },
      /no record of OSV/,
    ],
    ['scores that are none', { epss: epssCsv({ 'CVE-2026-10001': 2 }) }, /no score of a CVE/],
    [
      'scores twice',
      { epss: Buffer.from('#score_date:2026-11-01\ncve,epss\nCVE-2026-1000,0.1\nCVE-2026-1000,0.2\n') },
      /twice/,
    ],
    ['scores of no day', { epss: Buffer.from('cve,epss,percentile\nCVE-2026-10001,0.1,0.1\n') }, /which day/],
    ['no scores', { epss: epssCsv({}) }, /no score in it/],
    ['scores that were cut off', { epss: FILES.epss.subarray(0, 60) }, /decompressed/],
    [
      'a line without an end',
      { epss: Buffer.from(`#score_date:2026-11-01\ncve,epss\n${'x'.repeat(100_000)}`) },
      /too long|no score/,
    ],
    ['a web page for scores', { epss: Buffer.from('<html>\n') }, /cve,epss/],
    ['a catalogue that is none', { kev: Buffer.from('{"vulnerabilities": []}') }, /no catalogue/],
    ['an empty catalogue', { kev: kevJson([]) }, /nothing in it/],
    ['names that are none', { kev: kevJson(["CVE-2026-1'; DROP TABLE kev; --"]) }, /no catalogue/],
  ];
  for (const [what, files, message] of bad) {
    it(`refuses ${what}, and keeps what was there`, async () => {
      await update(folderOf(FILES));
      const said = await codeOf(update(folderOf(files)));
      expect(said).to.contain('FEED_INVALID').and.match(message);
      expect(found('pkg:npm/zod@4.6.7')).to.deep.equal(['GHSA-aaaa-bbbb-cccc']);
      const data = opened();
      expect(data?.epss?.score('CVE-2026-10001')).to.equal(0.25);
      expect(data?.kev?.has('CVE-2026-10001')).to.equal(true);
      data?.close();
    });
  }

  it('takes no key of a record for what it stands for', async () => {
    const hostile = JSON.stringify(osvRecord()).replace(
      '{',
      '{"__proto__":{"withdrawn":"2026-01-01T00:00:00Z","polluted":1},"constructor":{},',
    );
    const events = '{"__proto__":{"fixed":"1.0.0"},"introduced":"0"}';
    await update(folderOf({ 'osv:npm': jsonZip(hostile.replace('{"introduced":"0"}', events)) }));
    expect(found('pkg:npm/zod@4.6.7')).to.deep.equal(['GHSA-aaaa-bbbb-cccc']);
    expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
  });

  it('refuses an answer that is none, and keeps what was there', async () => {
    await update(folderOf(FILES));
    answer = (_request, response) => response.writeHead(404).end('gone');
    expect(await codeOf(update({ mirror: new URL(base()) })))
      .to.contain('FEED_INVALID')
      .and.contain('404');
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half of it');
      setTimeout(() => response.destroy(), 20);
    };
    expect(await codeOf(update({ mirror: new URL(base()) }))).to.contain('NETWORK');
    answer = (_request, response) => response.writeHead(302, { location: 'http://example.com/x' }).end();
    expect(await codeOf(update({ mirror: new URL(base()) }))).to.contain('NETWORK');
    expect(found('pkg:npm/zod@4.6.7')).to.deep.equal(['GHSA-aaaa-bbbb-cccc']);
    expect(readdirSync(temporary()).filter((name) => name.includes('.fetch-'))).to.deep.equal([]);
  });

  it('clears away what an update left that was killed, and not what another one fetches', async () => {
    const [old, young] = ['old', 'young'].map((name) => `${vulnerabilityFile(temporary())}.fetch-${name}`);
    for (const folder of [old, young] as string[]) mkdirSync(folder);
    utimesSync(old as string, new Date('2026-11-01'), new Date('2026-11-01'));
    await update(folderOf(FILES));
    expect([existsSync(old as string), existsSync(young as string)]).to.deep.equal([false, true]);
  });

  it('does not wait at a pipe that stands for a file', async () => {
    for (const feed of ['osv:npm', 'epss', 'kev'] as const) {
      const { folder } = folderOf({ [feed]: Buffer.from('') }) as { folder: string };
      const file = path.join(folder, FEED_FILES[feed]);
      rmSync(file);
      execFileSync('mkfifo', [file]);
      expect(await codeOf(update({ folder }))).to.contain('USAGE');
    }
  });

  it('does not hold an archive in memory', () => {
    const content = Buffer.alloc(15 * MIB);
    const padding = Array.from({ length: 24 }, (_, at) => ({ name: `${at}.bin`, content, method: STORED }));
    const record = { name: 'a.json', content: JSON.stringify(LODASH) };
    const file = path.join(temporary(), 'npm', 'all.zip');
    mkdirSync(path.dirname(file));
    writeFileSync(file, rawZip([...padding, record]));
    const program = `
      const { updateVulnerabilities } = await import(${JSON.stringify(source('src/lib/vulnerabilities/update.ts'))});
      const { peakMemory } = await import(${JSON.stringify(source('test/support/peak-memory.ts'))});
      const [file, folder] = process.argv.slice(1);
      const [{ records }] = await updateVulnerabilities({ file, origin: { folder }, now: new Date() });
      console.log(JSON.stringify({ records, peak: peakMemory() }));`;
    const args = ['--input-type=module', '-e', program, vulnerabilityFile(temporary()), temporary()];
    const { records, peak } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
    expect(records).to.equal(1);
    expect(peak).to.be.below(250 * MIB);
  });

  it('refuses a database that is another', async () => {
    const file = vulnerabilityFile(temporary());
    const other = new Database(file);
    other.exec('CREATE TABLE mine (a)');
    other.close();
    expect(await codeOf(update(folderOf(FILES)))).to.contain('INDEX_UNREADABLE');
    expect(() => opened())
      .to.throw(MpakError)
      .with.property('code', 'INDEX_UNREADABLE');
  });
});
