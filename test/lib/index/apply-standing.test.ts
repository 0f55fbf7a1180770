/** What becomes of packages after they were published: taken back, deprecated for a time, gone, handed over, reserved. */
import type Database from 'better-sqlite3';
import { expect } from 'chai';
import { openMemoryIndex } from '../../../src/lib/index/open.ts';
import { artifactsOf } from '../../../src/lib/index/read-artifact.ts';
import { ownerOf, reservationOf } from '../../../src/lib/index/read-scope.ts';
import { packageStatus } from '../../../src/lib/index/read-status.ts';
import { searchBundles } from '../../../src/lib/index/search.ts';
import {
  appendAll,
  asset,
  certify,
  deprecate,
  indexOf,
  provenance,
  publish,
  reserve,
  revoke,
  rowsOf,
  transferScope,
  yank,
} from './log-entries.ts';

const NAME = '@acme/echo';

const latestOf = (db: Database.Database) =>
  db.prepare('SELECT latest_version FROM packages WHERE name = ?').pluck().get(NAME);
const found = (db: Database.Database) =>
  searchBundles(db, { q: 'echo', limit: 20, offset: 0 }).bundles.map(({ name }) => name);

describe('a yank', () => {
  it('takes back one version: the one before is the latest again', () => {
    const db = indexOf(publish(NAME, '1.0.0'), publish(NAME, '1.1.0'), yank(NAME, '1.1.0'));
    expect(latestOf(db)).to.equal('1.0.0');
    expect(packageStatus(db, NAME)?.versions.map(({ version, yanked }) => [version, yanked])).to.deep.equal([
      ['1.1.0', 'It does not start.'],
      ['1.0.0', null],
    ]);
  });

  it('of the only version takes the package out of search', () => {
    const db = indexOf(publish(NAME, '1.0.0'), yank(NAME, '1.0.0'));
    expect([latestOf(db), found(db)]).to.deep.equal([null, []]);
  });

  it('of what is not there, or again, does nothing', () => {
    const db = indexOf(publish(NAME, '1.0.0'));
    const { changes } = appendAll(db, [
      yank(NAME, '2.0.0'),
      yank('@acme/none', '1.0.0'),
      yank(NAME, '1.0.0', 'first'),
      yank(NAME, '1.0.0', 'second'),
    ]);
    expect(changes.map(({ kind }) => kind)).to.deep.equal(['none', 'none', 'yanked', 'none']);
    expect(packageStatus(db, NAME)?.versions[0]?.yanked).to.equal('first');
  });

  it('lets a later version be the latest', () => {
    const db = indexOf(publish(NAME, '1.0.0'), yank(NAME, '1.0.0'), publish(NAME, '1.0.1'));
    expect([latestOf(db), found(db)]).to.deep.equal(['1.0.1', [NAME]]);
  });
});

describe('the time of a deprecation', () => {
  const deprecatedAt = (db: Database.Database) =>
    db.prepare('SELECT deprecated_at FROM packages WHERE name = ?').pluck().get(NAME);
  const on = (day: string, versions: string, message = 'Old.') => ({
    ...deprecate(NAME, versions, message),
    at: `2026-03-${day}T00:00:00.000Z`,
  });

  it('is that of the newest one which covers the latest version', () => {
    const db = indexOf(publish(NAME, '1.0.0'), on('01', '*'), on('02', '>=2'));
    expect(deprecatedAt(db)).to.equal('2026-03-01T00:00:00.000Z');
    appendAll(db, [publish(NAME, '2.0.0')]);
    expect(deprecatedAt(db)).to.equal('2026-03-02T00:00:00.000Z');
  });

  it('is none when the latest version is not deprecated, or no longer', () => {
    const db = indexOf(publish(NAME, '1.0.0'), on('01', '<1'));
    expect(deprecatedAt(db)).to.equal(null);
    appendAll(db, [on('02', '*'), on('03', '*', '')]);
    expect(deprecatedAt(db)).to.equal(null);
    expect(packageStatus(db, NAME)?.versions[0]?.deprecated).to.equal(null);
  });

  it('is that of the operator’s, which no publisher takes back or starts again', () => {
    const byPublisher = (day: string, message: string) => ({
      ...on(day, '*', message),
      provenance: provenance('Acme', '42'),
    });
    const db = indexOf(publish(NAME, '1.0.0'), byPublisher('01', 'Mine.'), on('02', '<2'));
    const deprecated = () => packageStatus(db, NAME)?.versions[0]?.deprecated?.message;
    for (const entry of [byPublisher('03', ''), byPublisher('04', 'Not so old.')]) {
      appendAll(db, [entry]);
      expect([deprecatedAt(db), deprecated()]).to.deep.equal(['2026-03-02T00:00:00.000Z', 'Old.']);
    }
    appendAll(db, [publish(NAME, '2.0.0')]);
    expect([deprecatedAt(db), deprecated()]).to.deep.equal(['2026-03-04T00:00:00.000Z', 'Not so old.']);
    appendAll(db, [on('05', '*', '')]);
    expect([deprecatedAt(db), deprecated()]).to.deep.equal([null, undefined]);
    appendAll(db, [byPublisher('06', 'Again.')]);
    expect([deprecatedAt(db), deprecated()]).to.deep.equal(['2026-03-06T00:00:00.000Z', 'Again.']);
  });

  it('follows the latest version when another one is revoked', () => {
    const db = indexOf(
      publish(NAME, '1.0.0'),
      publish(NAME, '2.0.0'),
      on('01', '1.x'),
      revoke(NAME, '2.0.0'),
    );
    expect(deprecatedAt(db)).to.equal('2026-03-01T00:00:00.000Z');
  });
});

describe('what was found at an artifact’s URL', () => {
  it('is kept with the artifact, and changes nothing else', () => {
    const db = indexOf(publish(NAME, '1.0.0'), certify(NAME, '1.0.0', 2), asset(NAME, '1.0.0', 'gone'));
    const states = () =>
      artifactsOf(db, 1).map(({ state, certification_level }) => [state, certification_level]);
    expect(states()).to.deep.equal([['gone', 2]]);
    expect(latestOf(db)).to.equal('1.0.0');
    appendAll(db, [asset(NAME, '1.0.0', 'available')]);
    expect(states()).to.deep.equal([['available', 2]]);
  });

  it('of another digest says nothing', () => {
    const { changes } = appendAll(indexOf(publish(NAME, '1.0.0')), [
      { ...asset(NAME, '1.0.0', 'gone'), sha256: '0'.repeat(64) },
    ]);
    expect(changes).to.deep.equal([{ kind: 'none' }]);
  });
});

describe('the owner of a scope', () => {
  it('is the first seen until it is transferred, at each position of the log', () => {
    const db = indexOf(
      publish(NAME, '1.0.0', { provenance: provenance('Acme', '42') }),
      publish(NAME, '1.1.0', { provenance: provenance('Acme', '99') }),
      transferScope('acme', 'Acme', '99'),
      publish(NAME, '1.2.0', { provenance: provenance('Acme', '99') }),
    );
    expect([0, 1, 2, 3].map((seq) => ownerOf(db, 'acme', seq)?.owner_id)).to.deep.equal([
      '42',
      '42',
      '99',
      '99',
    ]);
    expect(ownerOf(db, 'acme')).to.deep.equal({ owner: 'Acme', owner_id: '99' });
    expect(ownerOf(db, 'other')).to.equal(undefined);
  });

  it('may be named before anything is published', () => {
    const db = indexOf(
      transferScope('acme', 'Acme', '7'),
      publish(NAME, '1.0.0', { provenance: provenance('Acme', '42') }),
    );
    expect(ownerOf(db, 'acme')?.owner_id).to.equal('7');
    expect(rowsOf(db, 'SELECT * FROM scopes')).to.have.length(1);
  });
});

describe('a reservation', () => {
  it('is the newest one, until it is lifted', () => {
    const db = openMemoryIndex();
    appendAll(db, [reserve('microsoft', null), reserve('microsoft', '6154722')]);
    expect(reservationOf(db, 'microsoft')?.owner_id).to.equal('6154722');
    appendAll(db, [reserve('microsoft', undefined)]);
    expect(reservationOf(db, 'microsoft')).to.equal(undefined);
  });
});
