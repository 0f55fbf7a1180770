import { expect } from 'chai';
import { CrawledApplier } from '../../../src/lib/index/apply-crawled.ts';
import { takeOverDigests } from '../../../src/lib/index/apply-crawled-sql.ts';
import { Facets, popularityOf } from '../../../src/lib/index/facets.ts';
import { openMemoryIndex } from '../../../src/lib/index/open.ts';
import { declareSource } from '../../../src/lib/index/read-source.ts';
import { crawledArtifact, crawledPackage } from '../../support/crawled.ts';

const NAME = '@acme/echo';
const AT = '2026-03-01T00:00:00.000Z';

describe('the first digest of a version', () => {
  function index() {
    const db = openMemoryIndex();
    declareSource(db, 'bundles');
    return db;
  }
  type Index = ReturnType<typeof index>;

  function apply(db: Index, work: (applier: CrawledApplier) => void): void {
    db.transaction(() => {
      const applier = new CrawledApplier(db);
      work(applier);
      applier.flush();
    })();
  }

  const listed = (db: Index, version: string) =>
    apply(db, (applier) => applier.apply(crawledPackage(NAME, version), { pass: 1, round: 1 }));
  const said = (version: string) => ({ version, published_at: AT, downloads: 0 });
  const detailed = (db: Index, version: string, digit: string) =>
    apply(db, (applier) =>
      applier.applyDetails(
        NAME,
        {
          ...said(version),
          manifest: { name: NAME, version },
          artifacts: [crawledArtifact(digit)],
          release: null,
          provenance: null,
        },
        AT,
      ),
    );
  const digests = (db: Index) => db.prepare('SELECT sha256 FROM artifacts').pluck().all();

  it('stands when another is said later', () => {
    const db = index();
    listed(db, '1.0.0');
    detailed(db, '1.0.0', 'a');
    detailed(db, '1.0.0', 'b');
    expect(digests(db)).to.deep.equal(['a'.repeat(64)]);
  });

  it('stands when the version was not listed in between', () => {
    const db = index();
    listed(db, '2.0.0');
    detailed(db, '1.0.0', 'a');
    apply(db, (applier) => applier.applyVersions(NAME, [said('2.0.0')], AT));
    expect(digests(db)).to.deep.equal([]);
    detailed(db, '1.0.0', 'b');
    expect(digests(db)).to.deep.equal(['a'.repeat(64)]);
  });

  it('stands when the package was gone in between', () => {
    const db = index();
    listed(db, '1.0.0');
    detailed(db, '1.0.0', 'a');
    apply(db, (applier) => applier.remove(NAME));
    listed(db, '1.0.0');
    detailed(db, '1.0.0', 'b');
    expect(digests(db)).to.deep.equal(['a'.repeat(64)]);
  });

  it('stands in an index that is made anew', () => {
    const [before, db] = [index(), index()];
    listed(before, '1.0.0');
    detailed(before, '1.0.0', 'a');
    apply(before, (applier) => applier.applyVersions(NAME, [said('1.0.0'), said('0.9.0')], AT));
    detailed(before, '0.9.0', 'c');
    apply(before, (applier) => applier.applyVersions(NAME, [said('1.0.0')], AT));
    takeOverDigests(db, before);
    listed(db, '1.0.0');
    detailed(db, '1.0.0', 'b');
    detailed(db, '0.9.0', 'b');
    expect(digests(db)).to.have.members(['a'.repeat(64), 'c'.repeat(64)]);
  });
});

describe('downloads alone', () => {
  it('are what search scores by from then on', () => {
    const db = openMemoryIndex();
    declareSource(db, 'bundles');
    for (const downloads of [0, 4_000, 70]) {
      db.transaction(() => {
        const applier = new CrawledApplier(db);
        applier.apply({ ...crawledPackage(NAME), downloads }, { pass: 1, round: 1 });
        applier.flush();
      })();
      expect(new Facets(db).popularity(1), String(downloads)).to.equal(popularityOf(downloads));
    }
    db.close();
  });
});
