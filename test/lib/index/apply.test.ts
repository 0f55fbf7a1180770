import type Database from 'better-sqlite3';
import { expect } from 'chai';
import fc from 'fast-check';
import semver from 'semver';
import { covers } from '../../../src/lib/index/apply.ts';
import { compareIndexes } from '../../../src/lib/index/compare.ts';
import { Facets, facetFilter, popularityOf } from '../../../src/lib/index/facets.ts';
import { Kept } from '../../../src/lib/index/kept.ts';
import { openMemoryIndex } from '../../../src/lib/index/open.ts';
import { addPlace, hasBit, newPlaces, ranksOf } from '../../../src/lib/index/places.ts';
import { PostingsReader } from '../../../src/lib/index/postings.ts';
import { EVERYTHING } from '../../../src/lib/index/terms.ts';
import type { Entry, Manifest, PublishEntry } from '../../../src/lib/log/entry.ts';
import {
  AT,
  appendAll,
  certify,
  deprecate,
  digestOf,
  indexOf,
  provenance,
  publish,
  revoke,
  rotateKey,
  rowsOf,
  sha256,
} from './log-entries.ts';

const NAME = '@acme/echo';

const latestOf = (db: Database.Database, name = NAME) =>
  db.prepare('SELECT latest_version FROM packages WHERE name = ?').pluck().get(name);
const levelOf = (db: Database.Database, name = NAME) =>
  db.prepare('SELECT certification_level FROM packages WHERE name = ?').pluck().get(name);
const revokedOf = (db: Database.Database, name = NAME) =>
  Object.fromEntries(
    db
      .prepare(
        'SELECT version, revoked FROM versions WHERE package_id = (SELECT id FROM packages WHERE name = ?)',
      )
      .raw()
      .all(name) as [string, string | null][],
  );
const placesOf = (db: Database.Database, term: string) => {
  const reader = new PostingsReader(db, new Kept(db));
  const places = reader.nowhere();
  reader.add(places, term);
  return places;
};
const found = (db: Database.Database, word: string) => {
  const nameOf = db.prepare<[number], string>('SELECT name FROM packages WHERE rank = ?').pluck();
  return ranksOf(placesOf(db, word).any)
    .map((rank) => nameOf.get(rank))
    .sort();
};

describe('a publish entry', () => {
  const full = publish(NAME, '1.0.0', {
    at: '2026-02-03T04:05:06.000Z',
    manifest: {
      display_name: 'Echo',
      description: 'Says it again.',
      author: { name: 'Ada' },
      keywords: ['mirror', 'sound'],
      license: 'MIT',
      homepage: 'https://example.com',
      icon: 'icon.png',
      server: { type: 'node' },
      tools: [{ name: 'say', description: 'says' }, { name: 'shout' }],
    },
    release: { tag: 'v1.0.0', url: 'https://example.com/v1.0.0' },
    artifact: { os: 'linux', arch: 'x64' },
    provenance: provenance('Acme', '42', 'Acme/Echo'),
    attestation: { sha256: sha256('bundle'), predicateType: 'https://slsa.dev/provenance/v1' },
  });

  it('becomes a row in each table that shows it', () => {
    const db = indexOf(full);
    expect(rowsOf(db, 'SELECT * FROM packages')).to.deep.equal([
      {
        id: 1,
        rank: 1,
        recent: 1,
        name: NAME,
        latest_id: 1,
        latest_version: '1.0.0',
        display_name: 'Echo',
        description: 'Says it again.',
        author_name: 'Ada',
        keywords: 'mirror\nsound',
        homepage: 'https://example.com',
        license: 'MIT',
        name_words: 1,
        text_words: 5,
        icon: 'icon.png',
        server_type: 'node',
        repository: 'Acme/Echo',
        commit_sha: 'c'.repeat(40),
        certification_level: null,
        published_at: '2026-02-03T04:05:06.000Z',
        created_at: '2026-02-03T04:05:06.000Z',
        deprecated_at: null,
        downloads: 0,
      },
    ]);
    expect(rowsOf(db, 'SELECT * FROM versions')).to.deep.equal([
      {
        id: 1,
        package_id: 1,
        version: '1.0.0',
        prerelease: 0,
        published_at: '2026-02-03T04:05:06.000Z',
        release_tag: 'v1.0.0',
        release_url: 'https://example.com/v1.0.0',
        publish_method: 'oidc',
        provenance: JSON.stringify(full.provenance),
        revoked: null,
        yanked: null,
        downloads: 0,
      },
    ]);
    expect(rowsOf(db, 'SELECT * FROM artifacts')).to.deep.equal([
      {
        id: 1,
        version_id: 1,
        os: 'linux',
        arch: 'x64',
        filename: 'echo-linux-x64.mcpb',
        sha256: full.artifact.sha256,
        size: 1000,
        url: full.artifact.url,
        attestation_sha256: sha256('bundle'),
        attestation_type: 'https://slsa.dev/provenance/v1',
        certification_level: null,
        state: 'available',
        seq: 0,
      },
    ]);
    expect(rowsOf(db, 'SELECT * FROM tools')).to.deep.equal([
      { package_id: 1, position: 0, name: 'say', description: 'says' },
      { package_id: 1, position: 1, name: 'shout', description: null },
    ]);
    expect(rowsOf(db, 'SELECT * FROM scopes')).to.deep.equal([
      { scope: 'acme', seq: 0, owner: 'Acme', owner_id: '42' },
    ]);
    const manifest = db.prepare('SELECT manifest FROM manifests').pluck().get() as string;
    expect(JSON.parse(manifest)).to.deep.equal(full.manifest);
  });

  it('without provenance is an import, and claims no scope', () => {
    const db = indexOf(publish(NAME, '1.0.0'));
    expect(rowsOf(db, 'SELECT publish_method, provenance FROM versions')).to.deep.equal([
      { publish_method: 'import', provenance: null },
    ]);
    expect(rowsOf(db, 'SELECT * FROM scopes')).to.deep.equal([]);
  });

  it('is found by the words of every field', () => {
    const db = indexOf(full);
    for (const word of ['acme', 'echo', 'again', 'ada', 'mirror', 'sound', 'say', 'shout', 'says']) {
      expect(found(db, word), word).to.deep.equal([NAME]);
    }
  });

  it('for a second platform adds an artifact to its version, and no version', () => {
    const db = indexOf(full, publish(NAME, '1.0.0', { artifact: { os: 'darwin', arch: 'arm64' } }));
    expect(rowsOf(db, 'SELECT os, arch, version_id FROM artifacts ORDER BY id')).to.deep.equal([
      { os: 'linux', arch: 'x64', version_id: 1 },
      { os: 'darwin', arch: 'arm64', version_id: 1 },
    ]);
    expect(rowsOf(db, 'SELECT version FROM versions')).to.deep.equal([{ version: '1.0.0' }]);
  });

  for (const [what, again] of [
    ['the same', full],
    ['another digest', { ...full, artifact: { ...full.artifact, sha256: sha256('other') } }],
    ['another manifest', { ...full, manifest: { ...full.manifest, description: 'malicious' } }],
    ['another owner', { ...full, provenance: provenance('Mallory', '666') }],
  ] as const) {
    it(`for a version and platform that are there changes nothing: ${what}`, () => {
      const db = indexOf(full);
      const { changes, edge } = appendAll(db, [again]);
      expect(changes).to.deep.equal([{ kind: 'none' }]);
      expect(edge.size).to.equal(2);
      const once = indexOf(full, 'not an entry');
      expect(compareIndexes(db, once).filter((line) => !line.startsWith('meta'))).to.deep.equal([]);
    });
  }

  it('keeps the manifest, the times and the flag of the first artifact of a version', () => {
    const later = publish(NAME, '1.0.0', {
      at: '2026-03-01T00:00:00.000Z',
      prerelease: true,
      manifest: { description: 'Another.' },
      artifact: { os: 'win32', arch: 'x64' },
    });
    const db = indexOf(full, later);
    expect(rowsOf(db, 'SELECT prerelease, published_at FROM versions')).to.deep.equal([
      { prerelease: 0, published_at: full.at },
    ]);
    expect(rowsOf(db, 'SELECT description FROM packages')).to.deep.equal([{ description: 'Says it again.' }]);
  });

  it('leaves a scope with the account that was first seen for it', () => {
    const db = indexOf(
      publish('@acme/a', '1.0.0', { provenance: provenance('Acme', '42') }),
      publish('@acme/b', '1.0.0', { provenance: provenance('ACME', '43') }),
      publish('@other/a', '1.0.0', { provenance: provenance('Other', '44') }),
    );
    expect(rowsOf(db, 'SELECT scope, owner, owner_id FROM scopes ORDER BY scope')).to.deep.equal([
      { scope: 'acme', owner: 'Acme', owner_id: '42' },
      { scope: 'other', owner: 'Other', owner_id: '44' },
    ]);
  });

  it('gives each new package the next rank', () => {
    const db = indexOf(publish('@b/b', '1.0.0'), publish('@a/a', '1.0.0'));
    appendAll(db, [publish('@c/c', '1.0.0'), publish('@a/a', '2.0.0')]);
    expect(rowsOf(db, 'SELECT name, rank FROM packages ORDER BY rank')).to.deep.equal([
      { name: '@b/b', rank: 1 },
      { name: '@a/a', rank: 2 },
      { name: '@c/c', rank: 3 },
    ]);
  });

  it('says whether the package is new', () => {
    const { changes } = appendAll(openMemoryIndex(), [publish(NAME, '1.0.0'), publish(NAME, '1.1.0')]);
    expect(changes).to.deep.equal([
      { kind: 'new', package: NAME, version: '1.0.0' },
      { kind: 'updated', package: NAME, version: '1.1.0' },
    ]);
  });
});

describe('the latest version', () => {
  const released = (...versions: string[]) => indexOf(...versions.map((version) => publish(NAME, version)));

  it('is the highest, in whatever order they were published', () => {
    expect(latestOf(released('1.9.0', '1.10.0', '1.2.0'))).to.equal('1.10.0');
  });

  it('is a release while there is one, and a higher prerelease is not', () => {
    expect(latestOf(released('1.0.0', '2.0.0-rc.1'))).to.equal('1.0.0');
    expect(latestOf(released('2.0.0-rc.1', '1.0.0'))).to.equal('1.0.0');
  });

  it('is the highest prerelease while there is nothing else', () => {
    expect(latestOf(released('1.0.0-rc.2', '1.0.0-rc.10', '1.0.0-beta.99'))).to.equal('1.0.0-rc.10');
  });

  it('is not one that its release calls a prerelease', () => {
    const db = indexOf(publish(NAME, '1.0.0'), publish(NAME, '2.0.0', { prerelease: true }));
    expect(latestOf(db)).to.equal('1.0.0');
    expect(latestOf(indexOf(publish(NAME, '2.0.0', { prerelease: true })))).to.equal('2.0.0');
  });

  it('gives the package its text, its tools and its words', () => {
    const db = indexOf(
      publish(NAME, '1.0.0', {
        manifest: { description: 'older', tools: [{ name: 'one' }, { name: 'two' }] },
      }),
      publish(NAME, '2.0.0', {
        at: '2026-02-01T00:00:00.000Z',
        manifest: { display_name: 'Newer', tools: [{ name: 'three' }] },
      }),
      publish(NAME, '1.5.0', { manifest: { description: 'backport' } }),
    );
    expect(
      rowsOf(db, 'SELECT display_name, description, published_at, created_at FROM packages'),
    ).to.deep.equal([
      { display_name: 'Newer', description: null, published_at: '2026-02-01T00:00:00.000Z', created_at: AT },
    ]);
    expect(rowsOf(db, 'SELECT position, name FROM tools')).to.deep.equal([{ position: 0, name: 'three' }]);
    expect(
      ['older', 'one', 'backport', 'newer', 'three'].map((word) => found(db, word).length),
    ).to.deep.equal([0, 0, 0, 1, 1]);
    expectWordsToAgree(db);
  });
});

describe('a revocation', () => {
  const three = ['1.0.0', '1.1.0', '2.0.0'].map((version) =>
    publish(NAME, version, { manifest: { description: `text${version[0]}${version[2]}` } }),
  );

  it('of the latest version makes the next one the latest, with its words', () => {
    const db = indexOf(...three, revoke(NAME, '2.0.0', 'malicious'));
    expect(latestOf(db)).to.equal('1.1.0');
    expect(revokedOf(db)).to.deep.equal({ '1.0.0': null, '1.1.0': null, '2.0.0': 'malicious' });
    expect([found(db, 'text20'), found(db, 'text11')]).to.deep.equal([[], [NAME]]);
    expectWordsToAgree(db);
  });

  it('of another version leaves the latest as it is', () => {
    const db = indexOf(...three, revoke(NAME, '<1.1.0'));
    expect(latestOf(db)).to.equal('2.0.0');
    expect(revokedOf(db)).to.deep.equal({ '1.0.0': 'vulnerable', '1.1.0': null, '2.0.0': null });
    expectWordsToAgree(db);
  });

  it('of a range covers the prereleases in it', () => {
    const db = indexOf(publish(NAME, '1.5.0-rc.1'), publish(NAME, '2.0.0'), revoke(NAME, '1.x'));
    expect(revokedOf(db)).to.deep.equal({ '1.5.0-rc.1': 'vulnerable', '2.0.0': null });
  });

  it('of all versions takes the package out of search, and keeps its rows', () => {
    const db = indexOf(...three, publish('@acme/other', '1.0.0'), revoke(NAME, '*', 'takedown'));
    expect(rowsOf(db, 'SELECT latest_id, latest_version FROM packages WHERE name = ?', NAME)).to.deep.equal([
      { latest_id: null, latest_version: null },
    ]);
    expect(found(db, 'echo')).to.deep.equal([]);
    expect(rowsOf(db, 'SELECT * FROM tools')).to.deep.equal([]);
    expect(Object.values(revokedOf(db))).to.deep.equal(['takedown', 'takedown', 'takedown']);
    expectWordsToAgree(db);
  });

  it('of all versions covers those to come', () => {
    const db = indexOf(...three, revoke(NAME, '*', 'compromised'), publish(NAME, '3.0.0'));
    expect(latestOf(db)).to.equal(null);
    expect(revokedOf(db)['3.0.0']).to.equal('compromised');
    expect(found(db, 'echo')).to.deep.equal([]);
  });

  it('of a range lets a fixed version back in', () => {
    const db = indexOf(...three, revoke(NAME, '<=2.0.0'), publish(NAME, '2.0.1'));
    expect(latestOf(db)).to.equal('2.0.1');
    expect(found(db, 'echo')).to.deep.equal([NAME]);
    expectWordsToAgree(db);
  });

  it('may come before the package, which then is never shown', () => {
    const db = indexOf(revoke(NAME, '*', 'malicious'), publish(NAME, '1.0.0'));
    expect(latestOf(db)).to.equal(null);
    expect(revokedOf(db)).to.deep.equal({ '1.0.0': 'malicious' });
    expect(found(db, 'echo')).to.deep.equal([]);
    expectWordsToAgree(db);
  });

  it('in an earlier transaction counts as one in the same', () => {
    const db = indexOf(revoke(NAME, '<2.0.0'));
    appendAll(db, [publish(NAME, '1.0.0'), publish(NAME, '2.0.0')]);
    expect(revokedOf(db)).to.deep.equal({ '1.0.0': 'vulnerable', '2.0.0': null });
  });

  it('is given with the reason that was said last, before and after publishing alike', () => {
    const reasons = [revoke(NAME, '*', 'superseded'), revoke(NAME, '1.x', 'malicious')];
    expect(revokedOf(indexOf(publish(NAME, '1.0.0'), ...reasons))).to.deep.equal({ '1.0.0': 'malicious' });
    expect(revokedOf(indexOf(...reasons, publish(NAME, '1.0.0')))).to.deep.equal({ '1.0.0': 'malicious' });
  });

  it('of one package leaves the others', () => {
    const db = indexOf(publish('@acme/other', '1.0.0'), ...three, revoke(NAME, '*'));
    expect(latestOf(db, '@acme/other')).to.equal('1.0.0');
    expect(found(db, 'other')).to.deep.equal(['@acme/other']);
  });

  it('of the latest brings back the certification of the one before', () => {
    const db = indexOf(...three, certify(NAME, '1.1.0', 3), certify(NAME, '2.0.0', 1), revoke(NAME, '2.0.0'));
    expect(levelOf(db)).to.equal(3);
  });

  it('tells what was revoked, and nothing of a package that is not there', () => {
    const { changes } = appendAll(openMemoryIndex(), [
      revoke(NAME, '*'),
      publish(NAME, '1.0.0'),
      revoke(NAME, '1.x'),
    ]);
    expect(changes[0]).to.deep.equal({ kind: 'none' });
    expect(changes[2]).to.deep.equal({ kind: 'revoked', package: NAME, version: '1.x' });
  });
});

describe('a deprecation', () => {
  it('is kept in the order of the log, and changes no version', () => {
    const db = indexOf(publish(NAME, '1.0.0'), deprecate(NAME, '*', 'first'), {
      ...deprecate(NAME, '<2.0.0', 'second'),
      successor: '@acme/echo-2',
    });
    expect(
      rowsOf(db, 'SELECT seq, package, versions, message, successor, at FROM deprecations ORDER BY seq'),
    ).to.deep.equal([
      { seq: 1, package: NAME, versions: '*', message: 'first', successor: null, at: AT },
      { seq: 2, package: NAME, versions: '<2.0.0', message: 'second', successor: '@acme/echo-2', at: AT },
    ]);
    expect(latestOf(db)).to.equal('1.0.0');
  });

  it('is kept for a package that is not there yet', () => {
    const db = openMemoryIndex();
    const { changes } = appendAll(db, [deprecate(NAME, '*')]);
    expect(changes).to.deep.equal([{ kind: 'none' }]);
    expect(rowsOf(db, 'SELECT package FROM deprecations')).to.deep.equal([{ package: NAME }]);
  });
});

describe('a certification', () => {
  const linux = { artifact: { os: 'linux', arch: 'x64' } } as const;
  const mac = { artifact: { os: 'darwin', arch: 'arm64' } } as const;
  const linuxDigest = digestOf(NAME, '1.0.0', 'linux', 'x64');
  const macDigest = digestOf(NAME, '1.0.0', 'darwin', 'arm64');

  it('counts for its artifact and its package, and is kept in full', () => {
    const db = indexOf(publish(NAME, '1.0.0'), certify(NAME, '1.0.0', 2));
    expect(levelOf(db)).to.equal(2);
    expect(rowsOf(db, 'SELECT * FROM certifications')).to.deep.equal([
      {
        seq: 1,
        package: NAME,
        version: '1.0.0',
        sha256: digestOf(NAME, '1.0.0'),
        level: 2,
        controls: '{"AI-01":"pass"}',
        scanner: '{"name":"mpak","version":"0.1.0"}',
        at: AT,
      },
    ]);
  });

  it('gives way to a newer one, higher or lower', () => {
    const db = indexOf(publish(NAME, '1.0.0'), certify(NAME, '1.0.0', 4), certify(NAME, '1.0.0', 1));
    expect(levelOf(db)).to.equal(1);
  });

  it('counts for a package only when every artifact of the latest version has one: then the lowest', () => {
    const published = [publish(NAME, '1.0.0', linux), publish(NAME, '1.0.0', mac)];
    const first = certify(NAME, '1.0.0', 3, { sha256: linuxDigest });
    expect(levelOf(indexOf(...published, first))).to.equal(null);
    const second = certify(NAME, '1.0.0', 2, { sha256: macDigest });
    expect(levelOf(indexOf(...published, first, second))).to.equal(2);
  });

  it('no longer counts for a package that adds an artifact without one', () => {
    const certified = [publish(NAME, '1.0.0', linux), certify(NAME, '1.0.0', 3, { sha256: linuxDigest })];
    expect(levelOf(indexOf(...certified))).to.equal(3);
    expect(levelOf(indexOf(...certified, publish(NAME, '1.0.0', mac)))).to.equal(null);
  });

  it('no longer counts for a package whose latest version is another', () => {
    const db = indexOf(publish(NAME, '1.0.0'), certify(NAME, '1.0.0', 3), publish(NAME, '1.1.0'));
    expect(levelOf(db)).to.equal(null);
    expect(rowsOf(db, 'SELECT certification_level AS level FROM artifacts ORDER BY id')).to.deep.equal([
      { level: 3 },
      { level: null },
    ]);
  });

  it('of a version that is not the latest does not count for the package', () => {
    const db = indexOf(publish(NAME, '1.0.0'), publish(NAME, '1.1.0'), certify(NAME, '1.0.0', 3));
    expect(levelOf(db)).to.equal(null);
  });

  for (const [what, entry] of [
    ['package', certify('@acme/other', '1.0.0', 3)],
    ['version', certify(NAME, '9.9.9', 3)],
    ['artifact', certify(NAME, '1.0.0', 3, { sha256: sha256('unknown') })],
  ] as const) {
    it(`of an unknown ${what} means nothing`, () => {
      const db = indexOf(publish(NAME, '1.0.0'));
      expect(appendAll(db, [entry]).changes).to.deep.equal([{ kind: 'none' }]);
      expect(levelOf(db)).to.equal(null);
      expect(rowsOf(db, 'SELECT * FROM certifications')).to.deep.equal([]);
    });
  }

  it('counts for every artifact of the version with that digest', () => {
    const digest = sha256('same for both');
    const db = indexOf(
      publish(NAME, '1.0.0', { artifact: { ...linux.artifact, sha256: digest } }),
      publish(NAME, '1.0.0', { artifact: { ...mac.artifact, sha256: digest } }),
      certify(NAME, '1.0.0', 2, { sha256: digest }),
    );
    expect(levelOf(db)).to.equal(2);
  });
});

describe('a key rotation', () => {
  it('is kept with its place in the log and its public key alone', () => {
    const entry = rotateKey();
    const db = indexOf(publish(NAME, '1.0.0'), entry);
    expect(rowsOf(db, 'SELECT * FROM rotations')).to.deep.equal([
      { seq: 1, old_kid: entry.old_kid, new_key: JSON.stringify(entry.new_key), signature: 'a.b.c', at: AT },
    ]);
  });
});

describe('a range', () => {
  for (const [range, version, expected] of [
    ['*', '1.0.0', true],
    ['*', '1.0.0-rc.1', true],
    ['1.0.0', '1.0.0', true],
    ['1.0.0', '1.0.0-rc.1', false],
    ['<2.0.0', '2.0.0-rc.1', true],
    ['^1.2.0', '1.3.0-beta.1', true],
    ['1.x || 3.x', '2.0.0', false],
  ] as const) {
    it(`${range} ${expected ? 'covers' : 'does not cover'} ${version}`, () => {
      expect(covers(range, version)).to.equal(expected);
    });
  }
});

/** That the posting lists are as if only the latest versions had ever been published. */
function expectWordsToAgree(db: Database.Database): void {
  const latest = rowsOf(
    db,
    `SELECT p.name, p.latest_version, m.manifest FROM packages p JOIN manifests m ON m.version_id = p.latest_id
     ORDER BY p.name`,
  );
  const fresh = indexOf(
    ...latest.map((row) =>
      publish(row.name as string, row.latest_version as string, {
        manifest: JSON.parse(row.manifest as string) as Manifest,
      }),
    ),
  );
  expect(found(db, EVERYTHING)).to.have.length(latest.length);
  expect(termsOf(db)).to.deep.equal(termsOf(fresh));
  fresh.close();
  expectFacetsToAgree(db);
}

/** Every term with its packages and places. */
function termsOf(db: Database.Database): [string, string[]][] {
  const nameOf = db.prepare<[number], string>('SELECT name FROM packages WHERE rank = ?').pluck();
  const terms = db.prepare<[], string>('SELECT DISTINCT term FROM postings ORDER BY term').pluck().all();
  return terms.map((term) => {
    const { named, text, any } = placesOf(db, term);
    const ranks = ranksOf(any);
    expect(new PostingsReader(db, new Kept(db)).count(term), term).to.equal(ranks.length);
    const place = (rank: number) => [named, text, any].findIndex((bits) => hasBit(bits, rank));
    return [term, ranks.map((rank) => `${nameOf.get(rank)} ${place(rank)}`).sort()];
  });
}

/** That filters find what the tables say. */
function expectFacetsToAgree(db: Database.Database): void {
  const ranks = db.prepare<[], number>('SELECT rank FROM packages ORDER BY rank').pluck().all();
  const all = newPlaces(Math.max(0, ...ranks) + 1);
  for (const rank of ranks) addPlace(all, rank, 0);
  const queries = [
    { sql: "server_type = 'node'", filter: { type: 'node' } },
    { sql: 'certification_level >= 2', filter: { certified: 2 } },
    { sql: 'certification_level >= 1', filter: { certified: 1 } },
    {
      sql: "EXISTS (SELECT 1 FROM artifacts WHERE version_id = latest_id AND os IN ('linux', 'any') AND arch IN ('x64', 'any'))",
      filter: { os: 'linux', arch: 'x64' },
    },
    {
      sql: "EXISTS (SELECT 1 FROM artifacts WHERE version_id = latest_id AND os IN ('darwin', 'any'))",
      filter: { os: 'darwin' },
    },
  ] as const;
  for (const { sql, filter } of queries) {
    const expected = db
      .prepare(`SELECT rank FROM packages WHERE latest_id IS NOT NULL AND ${sql} ORDER BY rank`)
      .pluck()
      .all();
    const passing = all.any.slice();
    facetFilter(filter, () => new Facets(db))?.(passing);
    expect(ranksOf(passing), sql).to.deep.equal(expected);
  }
  const facets = new Facets(db);
  const rows = db
    .prepare<[], Record<'rank' | 'downloads' | 'name_words' | 'text_words', number>>(
      'SELECT * FROM packages WHERE latest_id IS NOT NULL',
    )
    .all();
  for (const { rank, downloads, name_words, text_words } of rows) {
    const stored = [facets.popularity(rank), facets.nameWords(rank), facets.textWords(rank)];
    expect(stored).to.deep.equal([popularityOf(downloads), name_words, text_words]);
  }
}

describe('any log', () => {
  const name = fc.constantFrom('@a/one', '@a/two', '@b/one');
  const version = fc.constantFrom('1.0.0', '1.1.0', '1.2.0-rc.1', '2.0.0-beta.1', '2.0.0', '10.0.0');
  const platform = fc.constantFrom<Partial<PublishEntry['artifact']>>(
    { os: 'any', arch: 'any' },
    { os: 'linux', arch: 'x64' },
    { os: 'darwin', arch: 'arm64' },
  );
  const words = fc.constantFrom(
    'alpha',
    'beta gamma',
    'Alpha delta',
    'ÉPÉE',
    '日本語',
    'C++ c#',
    'x\ud800y\0z',
    '',
  );
  const manifest = fc.record(
    {
      description: words,
      display_name: words,
      keywords: fc.array(words, { maxLength: 2 }),
      author: words.map((text) => ({ name: text })),
      tools: fc.array(fc.record({ name: words, description: words }, { requiredKeys: ['name'] }), {
        maxLength: 3,
      }),
    },
    { requiredKeys: [] },
  );
  const range = fc.constantFrom('*', '1.x', '<2.0.0', '2.0.0', '>=1.1.0', '1.2.0-rc.1');
  const published = fc
    .tuple(name, version, platform, manifest, fc.boolean(), fc.option(fc.constantFrom('1', '2')))
    .map(([of, number, artifact, text, prerelease, owner]) =>
      publish(of, number, {
        artifact,
        manifest: text,
        prerelease,
        provenance: owner === null ? null : provenance(`Owner${owner}`, owner),
      }),
    );
  const entry: fc.Arbitrary<Entry | string> = fc.oneof(
    { weight: 6, arbitrary: published },
    {
      weight: 2,
      arbitrary: fc
        .tuple(name, version, platform, fc.integer({ min: 0, max: 4 }))
        .map(([of, number, { os, arch }, level]) =>
          certify(of, number, level, { sha256: digestOf(of, number, os, arch) }),
        ),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(name, range, fc.constantFrom('malicious' as const, 'superseded' as const))
        .map(([of, versions, reason]) => revoke(of, versions, reason)),
    },
    { weight: 1, arbitrary: fc.tuple(name, range).map(([of, versions]) => deprecate(of, versions)) },
    { weight: 1, arbitrary: fc.constantFrom<Entry | string>(rotateKey(), '{"kind":"later"}', 'no entry') },
  );
  const log = fc.array(entry, { maxLength: 40 });

  it('gives the same tables entry by entry, in any batches and at once', () => {
    fc.assert(
      fc.property(log, fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 10 }), (entries, batches) => {
        const once = indexOf(...entries);
        const single = openMemoryIndex();
        for (const one of entries) appendAll(single, [one]);
        const batched = openMemoryIndex();
        let rest = entries;
        for (const length of [...batches, rest.length]) {
          appendAll(batched, rest.slice(0, length));
          rest = rest.slice(length);
        }
        expect(compareIndexes(single, once)).to.deep.equal([]);
        expect(compareIndexes(batched, once)).to.deep.equal([]);
        for (const db of [once, single, batched]) {
          expectWordsToAgree(db);
          db.close();
        }
      }),
      { numRuns: 150 },
    );
  });

  it('shows what follows from its entries by the rules alone', () => {
    fc.assert(
      fc.property(log, (entries) => {
        const db = indexOf(...entries);
        const actual = rowsOf(
          db,
          'SELECT name, latest_version, certification_level FROM packages ORDER BY name',
        );
        expect(actual).to.deep.equal(naivePackages(entries));
        db.close();
      }),
      { numRuns: 150 },
    );
  });
});

/** The latest version and the level of every package, straight from the list of entries. */
function naivePackages(log: readonly (Entry | string)[]) {
  const entries = log.filter((entry) => typeof entry !== 'string');
  const publishes = entries.filter((entry) => entry.kind === 'publish');
  const names = [...new Set(publishes.map((entry) => entry.package))].sort();
  return names.map((name) => {
    const ofPackage = publishes.filter((entry) => entry.package === name);
    const revocations = entries.filter((entry) => entry.kind === 'revoke' && entry.package === name);
    const versions = [...new Set(ofPackage.map((entry) => entry.version))].filter(
      (version) =>
        !revocations.some((revocation) => 'versions' in revocation && covers(revocation.versions, version)),
    );
    const first = (version: string) => ofPackage.find((entry) => entry.version === version) as PublishEntry;
    const isRelease = (version: string) => !first(version).prerelease && semver.prerelease(version) === null;
    const releases = versions.filter(isRelease);
    const latest = semver.rsort(releases.length > 0 ? [...releases] : [...versions])[0] ?? null;
    const digests = new Set(
      ofPackage.filter((entry) => entry.version === latest).map((entry) => entry.artifact.sha256),
    );
    const levels = [...digests].map((digest) => levelOfArtifact(entries, name, latest, digest));
    const level = latest === null || levels.includes(null) ? null : Math.min(...(levels as number[]));
    return { name, latest_version: latest, certification_level: level };
  });
}

/** The newest level that was given after the artifact was published. */
function levelOfArtifact(entries: readonly Entry[], name: string, version: string | null, digest: string) {
  let known = false;
  let level: number | null = null;
  for (const entry of entries) {
    if (!('package' in entry) || entry.package !== name) continue;
    if (entry.kind === 'publish' && entry.artifact.sha256 === digest) known = true;
    if (entry.kind === 'certify' && known && entry.version === version && entry.sha256 === digest) {
      level = entry.level;
    }
  }
  return level;
}
