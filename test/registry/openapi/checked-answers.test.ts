import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { type SeenAnswer, undescribed } from '../../support/described-answers.ts';
import { publishEntry } from '../../support/entries.ts';
import type { RecordedAnswer } from '../../support/recorded-answers.ts';
import { startRegistry } from '../../support/registry.ts';
import { writeRegistryFolder } from '../../support/registry-folder.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const HEALTH: SeenAnswer = {
  method: 'GET',
  target: '/health',
  status: 200,
  type: 'application/json; charset=utf-8',
  json: { status: 'ok', size: 3, root: 'cm9vdA==' },
};
const LIST: SeenAnswer = {
  method: 'GET',
  target: '/v1/bundles/@acme/echo/versions?x=1',
  status: 200,
  type: 'application/json',
  json: { name: '@acme/echo', latest: null, versions: [] },
};

describe('an answer', () => {
  it('is as it is described', () => {
    expect(undescribed(HEALTH)).to.equal(undefined);
    expect(undescribed(LIST)).to.equal(undefined);
    expect(undescribed({ ...LIST, target: '/v1/bundles/@acme%2Fecho/versions' })).to.equal(undefined);
    expect(undescribed({ ...LIST, status: 304, type: '', json: undefined })).to.equal(undefined);
    const error = { error: { code: 'NOT_FOUND', message: 'There is no such thing.' } };
    expect(undescribed({ ...LIST, status: 404, json: error })).to.equal(undefined);
    expect(undescribed({ ...LIST, target: '/none', status: 404, json: error })).to.equal(undefined);
  });

  const wrong: Readonly<Record<string, [SeenAnswer, RegExp]>> = {
    'lacks a field': [{ ...LIST, json: { name: '@acme/echo', latest: null } }, /versions/],
    'has a field more': [
      { ...LIST, json: { ...(LIST.json as object), secret: 1 } },
      /additional properties.*secret/,
    ],
    'has a field of another type': [{ ...LIST, json: { ...(LIST.json as object), latest: 1 } }, /latest/],
    'has a status that is not described': [{ ...LIST, status: 418 }, /418, a status/],
    'has a type that is not described': [{ ...LIST, type: 'text/plain' }, /text\/plain, a type/],
    'is an error of another shape': [{ ...LIST, status: 404, json: { error: 'none' } }, /no Error/],
    'is of no path, and no error': [{ ...LIST, target: '/none', status: 404, json: {} }, /no Error/],
  };
  for (const [what, [answer, message]] of Object.entries(wrong)) {
    it(`that ${what} is found`, () => expect(undescribed(answer)).to.match(message));
  }
});

describe('the answers of a registry that is a process', () => {
  const folder = temporaryFolder();

  it('are all seen, before their end is sent', async () => {
    const records = process.env.MPAK_TEST_ANSWERS as string;
    const data = path.join(folder(), 'data');
    writeRegistryFolder(data, [publishEntry('@acme/echo')]);
    const before = new Set(readdirSync(records));
    const registry = await startRegistry({ data });
    try {
      const gzip = { 'accept-encoding': 'gzip' };
      for (const target of ['/health', '/v1/bundles/@acme/echo', '/v1/bundles/none', '/', '/metrics']) {
        await (await fetch(registry.url + target, { headers: gzip })).text();
      }
      const [file = ''] = readdirSync(records).filter((name) => !before.has(name));
      const lines = readFileSync(path.join(records, file), 'utf8').trim().split('\n');
      const seen = lines.map((line) => JSON.parse(line) as RecordedAnswer);
      expect(seen.map(({ target, status }) => `${status} ${target}`)).to.deep.equal([
        '200 /health',
        '200 /v1/bundles/@acme/echo',
        '404 /v1/bundles/none',
        '200 /',
        '200 /metrics',
      ]);
      expect(seen.every(({ isRegistry }) => isRegistry)).to.equal(true);
      expect(Buffer.from(seen[0]?.body ?? '', 'base64').toString()).to.match(/^\{"status":"ok"/);
    } finally {
      await registry.stop();
    }
  });
});
