import { expect } from 'chai';
import { append } from '../../../src/lib/index/append.ts';
import { CrawledApplier } from '../../../src/lib/index/apply-crawled.ts';
import { openMemoryIndex } from '../../../src/lib/index/open.ts';
import { declareSource, sourceOf } from '../../../src/lib/index/read-source.ts';
import { encodeEntry } from '../../../src/lib/log/entry.ts';
import { publishEntry } from '../../support/entries.ts';
import { indexOf } from '../../support/index-of.ts';

describe('the source of an index', () => {
  it('is a signed log unless it says otherwise', () => {
    expect(sourceOf(openMemoryIndex())).to.equal('signed');
    expect(sourceOf(indexOf(publishEntry('@acme/echo')))).to.equal('signed');
  });

  it('keeps everything unsigned out of a signed index, also of one that is empty', () => {
    const signed = indexOf(publishEntry('@acme/echo'));
    for (const db of [signed, openMemoryIndex()]) expect(() => new CrawledApplier(db)).to.throw(/signed log/);
    expect(() => declareSource(signed, 'bundles')).to.throw(/another kind/);
    expect(sourceOf(signed)).to.equal('signed');
  });

  it('keeps the entries of a log out of a crawled index, and one kind out of the other', () => {
    const db = openMemoryIndex();
    declareSource(db, 'bundles');
    declareSource(db, 'bundles');
    expect(sourceOf(db)).to.equal('bundles');
    const line = encodeEntry(publishEntry('@acme/echo'));
    expect(() => db.transaction(() => append(db, [line], { keepLines: false }))()).to.throw(/crawled/);
    expect(() => declareSource(db, 'mcp')).to.throw(/another kind/);
    expect(db.prepare('SELECT count(*) FROM packages').pluck().get()).to.equal(0);
  });

  it('is not taken for signed when it is none that is known', () => {
    const db = openMemoryIndex();
    db.exec("INSERT INTO meta (key, value) VALUES ('source', 'something else')");
    expect(sourceOf(db)).not.to.equal('signed');
  });
});
