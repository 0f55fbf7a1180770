import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { FEED_FILES, type FeedName } from '../../src/lib/vulnerabilities/feeds.ts';
import { mpak } from '../support/cli.ts';
import { epssCsv, kevJson, osvArchive, osvRecord } from '../support/osv.ts';
import { temporaryFolder } from '../support/temporary.ts';

describe('mpak vuln update', () => {
  const home = temporaryFolder();
  const feeds = (files: Partial<Record<FeedName, Buffer>>) => {
    const folder = path.join(home(), 'feeds');
    for (const [feed, content] of Object.entries(files)) {
      const file = path.join(folder, FEED_FILES[feed as FeedName]);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    return folder;
  };
  const update = (...args: string[]) => mpak(home(), ['vuln', 'update', ...args]);

  it('takes data from a folder, and says of which day it is', async () => {
    const folder = feeds({
      'osv:npm': osvArchive([osvRecord()]),
      epss: epssCsv({ 'CVE-2026-10001': 0.5 }),
      kev: kevJson(['CVE-2026-10001']),
    });
    const { status, stdout } = await update('--from', folder);
    expect({ status, stdout }).to.deep.equal({
      status: 0,
      stdout: 'osv:npm: 1 record of 2026-11-20\nepss: 1 record of 2026-11-23\nkev: 1 record of 2026-11-22\n',
    });
    const other = path.join(home(), 'other', 'data.db');
    const json = JSON.parse(
      (await update('--from', folder, '--only', 'kev', '--data', other, '--json')).stdout,
    );
    expect(json).to.deep.equal({
      file: other,
      feeds: [{ feed: 'kev', asOf: '2026-11-22T15:00:00.000Z', records: 1, replaced: true }],
    });
    expect(existsSync(other)).to.equal(true);
  });

  it('says what is wrong with data, and where it may be from', async () => {
    const folder = feeds({ kev: Buffer.from('{}') });
    const bad = await update('--from', folder);
    expect(bad.status).to.equal(60);
    expect(bad.stderr)
      .to.contain('no catalogue of known exploited')
      .and.not.match(/^\s+at /m);
    expect((await update('--from', 'http://example.com')).status).to.equal(2);
    expect((await update('--from', path.join(home(), 'none'))).status).to.equal(3);
  });

  it('goes by what is configured', async () => {
    const set = (...args: string[]) => mpak(home(), ['config', 'set', ...args]);
    expect((await set('vulnerabilities.kev', 'http://127.0.0.1:9/kev.json')).status).to.equal(0);
    const { status, stderr } = await update('--only', 'kev');
    expect(status).to.equal(10);
    expect(stderr).to.contain('http://127.0.0.1:9/kev.json');
    expect((await set('vulnerabilities.maxAgeDays', '0')).status).to.equal(2);
    expect((await set('vulnerabilities.maxAgeDays', '7')).status).to.equal(0);
    expect((await set('sources.npm', 'ftp://example.com')).status).to.equal(2);
    await set('sources.npm', 'https://a.example/npm');
    await set('sources.npm', 'https://b.example/npm');
    const get = async (key: string) => (await mpak(home(), ['config', 'get', key])).stdout;
    expect(await get('sources.npm')).to.equal('https://a.example/npm\nhttps://b.example/npm\n');
    expect(await get('vulnerabilities.maxAgeDays')).to.equal('7\n');
    await mpak(home(), ['config', 'unset', 'sources.npm', 'https://a.example/npm']);
    expect(await get('sources.npm')).to.equal('https://b.example/npm\n');
    await mpak(home(), ['config', 'unset', 'vulnerabilities.maxAgeDays']);
    expect(await get('vulnerabilities.maxAgeDays')).to.equal('30\n');
  });
});
