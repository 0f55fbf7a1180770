import { existsSync, rmSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { parsePackageName } from '../../../src/lib/bundle/name.ts';
import { BundleCache } from '../../../src/lib/cache/bundle-cache.ts';
import { MpakError } from '../../../src/lib/errors.ts';
import { MIGRATIONS } from '../../../src/lib/index/schema.ts';
import { findOutdated } from '../../../src/lib/install/outdated.ts';
import { rollback } from '../../../src/lib/install/rollback.ts';
import { refuseRevoked, standingOf } from '../../../src/lib/install/standing.ts';
import type { Entry, PublishEntry } from '../../../src/lib/log/entry.ts';
import { IndexStore } from '../../../src/lib/sync/store.ts';
import { publishEntry } from '../../support/entries.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { putVersion } from '../cache/installed.ts';
import { REGISTRY, storeOf } from './store-of.ts';

const OTHER = 'https://other.example.com';

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

describe('an index that cannot be read', () => {
  for (const [what, damage, code] of [
    [
      'is no database',
      (file: string) => writeFileSync(file, 'no database at all'.repeat(100)),
      'INDEX_UNREADABLE',
    ],
    [
      'has no tables',
      (file: string) => inside(file, 'DROP TABLE deprecations; DROP TABLE packages'),
      'INDEX_UNREADABLE',
    ],
    [
      'is of an older mpak',
      (file: string) => inside(file, `PRAGMA user_version = ${MIGRATIONS.length - 1}`),
      'INDEX_UNREADABLE',
    ],
    ['is of a newer mpak', (file: string) => inside(file, 'PRAGMA user_version = 99'), 'SCHEMA_NEWER'],
  ] as const) {
    it(`stops what came from its registry when it ${what}, and says what to do`, () => {
      const store = storeOf(home(), echo('1.0.0'), OTHER);
      damage(store.current() as string);
      try {
        standingOf(store, ECHO, '1.0.0');
      } catch (error) {
        expect(codeOf(error)).to.equal(code);
        const { message, hint = '' } = error as MpakError;
        expect(hint).to.include('nobody knows what is revoked');
        expect(message).to.include(OTHER);
        if (code === 'INDEX_UNREADABLE') expect(hint).to.include(`mpak sync --full --registry ${OTHER}`);
        return;
      }
      expect.fail('it stands');
    });
  }
});

function inside(file: string, sql: string): void {
  const db = new Database(file);
  db.pragma('foreign_keys = OFF');
  db.exec(sql);
  db.close();
}

describe('what is outdated', () => {
  const found = (...entries: Entry[]) => {
    index(...entries);
    const { outdated, unknown } = findOutdated(cache);
    expect(unknown).to.deep.equal([]);
    return outdated;
  };

  it('is nothing when nothing is installed, or all is the latest', async () => {
    expect(found(...echo('1.0.0'))).to.deep.equal([]);
    await putVersion(cache, ECHO, '1.0.0');
    expect(found(...echo('1.0.0'))).to.deep.equal([]);
  });

  it('is what has a newer version', async () => {
    await putVersion(cache, ECHO, '1.0.0');
    await putVersion(cache, WEB, '1.0.0');
    expect(found(...echo('1.0.0', '1.1.0'), publishEntry(WEB))).to.deep.equal([
      { name: ECHO, current: '1.0.0', latest: '1.1.0', revoked: null, yanked: null, registry: REGISTRY },
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
    const outdated = {
      name: ECHO,
      current: '2.0.0',
      revoked: 'compromised',
      yanked: null,
      registry: REGISTRY,
    };
    expect(found(...echo('1.0.0', '2.0.0'), revoke('2.0.0'))).to.deep.equal([
      { ...outdated, latest: '1.0.0' },
    ]);
    expect(found(...echo('1.0.0', '2.0.0'), revoke('*'))).to.deep.equal([{ ...outdated, latest: null }]);
  });

  it('is nothing that the index does not know', async () => {
    await putVersion(cache, ECHO, '1.0.0');
    expect(found(publishEntry(WEB))).to.deep.equal([]);
  });

  it('is unknown without an index, and another package is not', async () => {
    await putVersion(cache, ECHO, '1.0.0', { registry: OTHER });
    await putVersion(cache, WEB, '1.0.0');
    index(publishEntry(WEB), publishEntry(WEB, '2.0.0'));
    const { outdated, unknown } = findOutdated(cache);
    expect(outdated.map(({ name }) => name)).to.deep.equal([WEB]);
    expect(unknown.map(({ name, version, error }) => [name, version, error.code])).to.deep.equal([
      [ECHO, '1.0.0', 'INDEX_MISSING'],
    ]);
    expect(unknown[0]?.error.hint).to.include(`mpak sync --registry ${OTHER}`);
  });

  it('is unknown when its receipt is damaged, and another package is not', async () => {
    await putVersion(cache, ECHO, '1.0.0');
    await putVersion(cache, WEB, '1.0.0');
    index(publishEntry(WEB), publishEntry(WEB, '2.0.0'));
    writeFileSync(cache.receiptFile(ECHO, '1.0.0'), '{');
    const { outdated, unknown } = findOutdated(cache);
    expect(outdated.map(({ name }) => name)).to.deep.equal([WEB]);
    expect(unknown.map(({ name, error }) => [name, error.code])).to.deep.equal([[ECHO, 'CACHE_DAMAGED']]);
  });

  it('is what its own registry says, and not what another one says of the same name', async () => {
    await putVersion(cache, ECHO, '1.0.0');
    await putVersion(cache, WEB, '1.0.0', { registry: OTHER });
    index(...echo('1.0.0'), publishEntry(WEB), publishEntry(WEB, '9.0.0'), revoke('1.0.0', WEB));
    storeOf(home(), [...echo('9.0.0'), publishEntry(WEB), publishEntry(WEB, '1.1.0')], OTHER);
    const web = {
      name: WEB,
      current: '1.0.0',
      latest: '1.1.0',
      revoked: null,
      yanked: null,
      registry: OTHER,
    };
    expect(findOutdated(cache)).to.deep.equal({ outdated: [web], unknown: [] });
    expect(findOutdated(cache, OTHER).outdated).to.deep.equal([web]);
    expect(findOutdated(cache, REGISTRY).outdated).to.deep.equal([]);
  });
});

describe('rollback', () => {
  const back = (wanted?: string, minimumLevel?: number) => rollback(cache, ECHO, wanted, minimumLevel);
  const refused = (wanted?: string) => back(wanted).then(() => expect.fail('rolled back'), codeOf);
  const runs = () => cache.findCurrent(ECHO)?.version;

  it('runs the version before, and that one again', async () => {
    index(...echo('1.0.0', '2.0.0'));
    await putVersion(cache, ECHO, '1.0.0');
    await putVersion(cache, ECHO, '2.0.0');
    expect(await back()).to.deep.equal({ from: '2.0.0', to: '1.0.0' });
    expect(runs()).to.equal('1.0.0');
    expect(cache.versionNames(ECHO)).to.deep.equal(['2.0.0', '1.0.0']);
    expect(await back()).to.deep.equal({ from: '1.0.0', to: '2.0.0' });
  });

  it('runs the one that is named', async () => {
    index(...echo('1.0.0', '2.0.0', '3.0.0'));
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) await putVersion(cache, ECHO, version);
    expect(await back('1.0.0')).to.deep.equal({ from: '3.0.0', to: '1.0.0' });
    expect(await back('1.0.0')).to.deep.equal({ from: '1.0.0', to: '1.0.0' });
    expect(cache.current(ECHO)?.previous).to.deep.equal(['3.0.0', '2.0.0']);
  });

  it('passes over a version that is gone', async () => {
    index(...echo('1.0.0'));
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) await putVersion(cache, ECHO, version);
    rmSync(cache.versionFolder(ECHO, '2.0.0'), { recursive: true });
    expect((await back()).to).to.equal('1.0.0');
  });

  it('needs no index', async () => {
    await putVersion(cache, ECHO, '1.0.0');
    await putVersion(cache, ECHO, '2.0.0');
    expect((await back()).to).to.equal('1.0.0');
  });

  it('refuses what is revoked, and changes nothing', async () => {
    index(...echo('1.0.0', '2.0.0'), revoke('1.0.0'));
    await putVersion(cache, ECHO, '1.0.0');
    await putVersion(cache, ECHO, '2.0.0');
    expect(await refused()).to.equal('REVOKED');
    expect(await refused('1.0.0')).to.equal('REVOKED');
    expect(runs()).to.equal('2.0.0');
  });

  it('asks the registry that the version came from', async () => {
    await putVersion(cache, ECHO, '1.0.0', { registry: OTHER });
    await putVersion(cache, ECHO, '2.0.0');
    index(...echo('1.0.0', '2.0.0'));
    storeOf(home(), [...echo('1.0.0'), revoke('1.0.0')], OTHER);
    expect(await refused()).to.equal('REVOKED');
    expect(runs()).to.equal('2.0.0');
  });

  it('refuses what is below policy.minimumLevel now, and changes nothing', async () => {
    const [one, two] = echo('1.0.0', '2.0.0') as [PublishEntry, PublishEntry];
    const certify = (entry: PublishEntry, level: number): Entry => ({
      ...{ kind: 'certify', package: ECHO, version: entry.version, sha256: entry.artifact.sha256, level },
      ...{ controls: {}, scanner: { name: 'mpak', version: '1' }, at: entry.at },
    });
    index(one, two, certify(one, 3), certify(one, 1));
    const put = ({ version, artifact }: PublishEntry) =>
      putVersion(cache, ECHO, version, { artifact, certification_level: 3 });
    await put(one);
    await put(two);
    for (const wanted of [undefined, '1.0.0']) {
      const error = await back(wanted, 2).catch((thrown: unknown) => thrown);
      expect(codeOf(error)).to.equal('BELOW_LEVEL');
    }
    expect(runs()).to.equal('2.0.0');
    // What runs already runs on.
    expect(await back('2.0.0', 4)).to.deep.equal({ from: '2.0.0', to: '2.0.0' });
    expect((await back(undefined, 1)).to).to.equal('1.0.0');
  });

  it('goes by the level that it was installed with where there is no index', async () => {
    await putVersion(cache, ECHO, '1.0.0', { certification_level: 2 });
    await putVersion(cache, ECHO, '2.0.0');
    expect(codeOf(await back(undefined, 3).catch((thrown: unknown) => thrown))).to.equal('BELOW_LEVEL');
    expect((await back(undefined, 2)).to).to.equal('1.0.0');
    expect(codeOf(await back(undefined, 1).catch((thrown: unknown) => thrown))).to.equal('BELOW_LEVEL');
  });

  it('refuses what is not there', async () => {
    index(...echo('1.0.0'));
    expect(await refused()).to.equal('NOT_FOUND');
    expect(existsSync(cache.packageFolder(ECHO)), 'a folder was made').to.equal(false);
    await putVersion(cache, ECHO, '1.0.0');
    for (const wanted of [undefined, '2.0.0', 'latest', '^1', '../x'])
      expect(await refused(wanted)).to.equal('NOT_FOUND');
    expect(runs()).to.equal('1.0.0');
  });
});
