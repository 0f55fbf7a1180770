import { existsSync, rmSync } from 'node:fs';
import { expect } from 'chai';
import { parsePackageName } from '../../../src/lib/bundle/name.ts';
import { BundleCache } from '../../../src/lib/cache/bundle-cache.ts';
import { MpakError } from '../../../src/lib/errors.ts';
import { findOutdated } from '../../../src/lib/install/outdated.ts';
import { rollback } from '../../../src/lib/install/rollback.ts';
import { refuseRevoked, standingOf } from '../../../src/lib/install/standing.ts';
import type { Entry } from '../../../src/lib/log/entry.ts';
import { IndexStore } from '../../../src/lib/sync/store.ts';
import { publishEntry } from '../../support/entries.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { putVersion } from '../cache/installed.ts';
import { REGISTRY, storeOf } from './store-of.ts';

const named = (text: string) => parsePackageName(text) ?? expect.fail(text);
const ECHO = named('@acme/echo');
const WEB = named('@acme/web');
const revoke = (versions: string, name: string = ECHO): Entry => ({
  kind: 'revoke',
  package: name,
  versions,
  reason: 'compromised',
  at: '2026-06-01T12:00:00.000Z',
});

const home = temporaryFolder();
let cache: BundleCache;
beforeEach(() => {
  cache = new BundleCache(home());
});

const index = (...entries: Entry[]) => storeOf(home(), entries);
const echo = (...versions: string[]) => versions.map((version) => publishEntry(ECHO, version));
const codeOf = (error: unknown) => (error instanceof MpakError ? error.code : String(error));

describe('how an installed version stands', () => {
  it('is not known without an index, and it runs', () => {
    const store = new IndexStore(home(), new URL(REGISTRY));
    expect(standingOf(store, ECHO, '1.0.0')).to.equal(undefined);
    refuseRevoked(undefined, ECHO, '1.0.0');
    expect(existsSync(store.folder)).to.equal(false);
  });

  it('is good when the index does not know it', () => {
    const store = index(...echo('1.0.0'));
    expect(standingOf(store, '@other/thing', '1.0.0')).to.include({ revoked: null, latest: null });
    expect(standingOf(store, ECHO, '0.0.1')).to.include({ revoked: null, latest: '1.0.0' });
  });

  it('is bad when it is revoked, whatever is the latest', () => {
    const store = index(...echo('1.0.0', '2.0.0'), revoke('1.0.0'));
    expect(standingOf(store, ECHO, '1.0.0')).to.include({ revoked: 'compromised', latest: '2.0.0' });
    expect(() => refuseRevoked(standingOf(store, ECHO, '1.0.0'), ECHO, '1.0.0'))
      .to.throw(MpakError, 'compromised')
      .that.satisfies((error: MpakError) => error.code === 'REVOKED' && error.exitStatus === 32);
    refuseRevoked(standingOf(store, ECHO, '2.0.0'), ECHO, '2.0.0');
  });
});

describe('what is outdated', () => {
  const found = (...entries: Entry[]) => findOutdated(cache, index(...entries));

  it('is nothing when nothing is installed, or all is the latest', async () => {
    expect(found(...echo('1.0.0'))).to.deep.equal([]);
    await putVersion(cache, ECHO, '1.0.0');
    expect(found(...echo('1.0.0'))).to.deep.equal([]);
  });

  it('is what has a newer version', async () => {
    await putVersion(cache, ECHO, '1.0.0');
    await putVersion(cache, WEB, '1.0.0');
    expect(found(...echo('1.0.0', '1.1.0'), publishEntry(WEB))).to.deep.equal([
      { name: ECHO, current: '1.0.0', latest: '1.1.0', revoked: null },
    ]);
  });

  it('goes by what runs, not by what is there', async () => {
    await putVersion(cache, ECHO, '1.0.0');
    await putVersion(cache, ECHO, '1.1.0');
    expect(found(...echo('1.0.0', '1.1.0'))).to.deep.equal([]);
    cache.setCurrent(ECHO, '1.0.0');
    expect(found(...echo('1.0.0', '1.1.0'))).to.have.length(1);
  });

  it('is no prerelease ahead of the latest release', async () => {
    await putVersion(cache, ECHO, '2.0.0-rc.1');
    expect(found(...echo('1.0.0', '2.0.0-rc.1', '2.0.0-rc.2'))).to.deep.equal([]);
  });

  it('is what is revoked, also when there is only something older, or nothing', async () => {
    await putVersion(cache, ECHO, '2.0.0');
    const outdated = { name: ECHO, current: '2.0.0', revoked: 'compromised' };
    expect(found(...echo('1.0.0', '2.0.0'), revoke('2.0.0'))).to.deep.equal([
      { ...outdated, latest: '1.0.0' },
    ]);
    expect(found(...echo('1.0.0', '2.0.0'), revoke('*'))).to.deep.equal([{ ...outdated, latest: null }]);
  });

  it('is nothing that the index does not know', async () => {
    await putVersion(cache, ECHO, '1.0.0');
    expect(found(publishEntry(WEB))).to.deep.equal([]);
  });

  it('needs an index', () => {
    expect(() => findOutdated(cache, new IndexStore(home(), new URL(REGISTRY))))
      .to.throw(MpakError)
      .that.satisfies((error: MpakError) => error.code === 'INDEX_MISSING');
  });
});

describe('rollback', () => {
  const back = (store: IndexStore, wanted?: string) => rollback(cache, store, ECHO, wanted);
  const refused = (store: IndexStore, wanted?: string) =>
    back(store, wanted).then(() => expect.fail('rolled back'), codeOf);
  const runs = () => cache.findCurrent(ECHO)?.version;

  it('runs the version before, and that one again', async () => {
    const store = index(...echo('1.0.0', '2.0.0'));
    await putVersion(cache, ECHO, '1.0.0');
    await putVersion(cache, ECHO, '2.0.0');
    expect(await back(store)).to.deep.equal({ from: '2.0.0', to: '1.0.0' });
    expect(runs()).to.equal('1.0.0');
    expect(cache.versionNames(ECHO)).to.deep.equal(['2.0.0', '1.0.0']);
    expect(await back(store)).to.deep.equal({ from: '1.0.0', to: '2.0.0' });
  });

  it('runs the one that is named', async () => {
    const store = index(...echo('1.0.0', '2.0.0', '3.0.0'));
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) await putVersion(cache, ECHO, version);
    expect(await back(store, '1.0.0')).to.deep.equal({ from: '3.0.0', to: '1.0.0' });
    expect(await back(store, '1.0.0')).to.deep.equal({ from: '1.0.0', to: '1.0.0' });
    expect(cache.current(ECHO)?.previous).to.deep.equal(['3.0.0', '2.0.0']);
  });

  it('passes over a version that is gone', async () => {
    const store = index(...echo('1.0.0'));
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) await putVersion(cache, ECHO, version);
    rmSync(cache.versionFolder(ECHO, '2.0.0'), { recursive: true });
    expect((await back(store)).to).to.equal('1.0.0');
  });

  it('needs no index', async () => {
    await putVersion(cache, ECHO, '1.0.0');
    await putVersion(cache, ECHO, '2.0.0');
    expect((await back(new IndexStore(home(), new URL(REGISTRY)))).to).to.equal('1.0.0');
  });

  it('refuses what is revoked, and changes nothing', async () => {
    const store = index(...echo('1.0.0', '2.0.0'), revoke('1.0.0'));
    await putVersion(cache, ECHO, '1.0.0');
    await putVersion(cache, ECHO, '2.0.0');
    expect(await refused(store)).to.equal('REVOKED');
    expect(await refused(store, '1.0.0')).to.equal('REVOKED');
    expect(runs()).to.equal('2.0.0');
  });

  it('refuses what is not there', async () => {
    const store = index(...echo('1.0.0'));
    expect(await refused(store)).to.equal('NOT_FOUND');
    expect(existsSync(cache.packageFolder(ECHO)), 'a folder was made').to.equal(false);
    await putVersion(cache, ECHO, '1.0.0');
    for (const wanted of [undefined, '2.0.0', 'latest', '^1', '../x'])
      expect(await refused(store, wanted)).to.equal('NOT_FOUND');
    expect(runs()).to.equal('1.0.0');
  });
});
