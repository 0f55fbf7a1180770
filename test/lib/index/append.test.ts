import { expect } from 'chai';
import { append } from '../../../src/lib/index/append.ts';
import { readEdge } from '../../../src/lib/index/meta.ts';
import { openMemoryIndex } from '../../../src/lib/index/open.ts';
import { encodeEntry } from '../../../src/lib/log/entry.ts';
import { appendLeaves, EMPTY_EDGE, leafHash, rootHash } from '../../../src/lib/log/tree.ts';
import { appendAll, encode, indexOf, publish, revoke, rowsOf } from './log-entries.ts';

const lines = [
  encodeEntry(publish('@acme/echo', '1.0.0')),
  Buffer.from('{"kind":"later"}'),
  Buffer.from('no entry'),
  new Uint8Array(),
  encodeEntry(publish('@acme/echo', '1.1.0')),
];

describe('appending lines', () => {
  it('extends the tree by every line, also by those it does not understand', () => {
    const db = openMemoryIndex();
    const edge = db.transaction(() => append(db, lines, { keepLines: false }))();
    const expected = appendLeaves(EMPTY_EDGE, lines.map(leafHash));
    expect(Buffer.from(rootHash(edge))).to.deep.equal(Buffer.from(rootHash(expected)));
    expect(readEdge(db)).to.deep.equal(edge);
    expect(edge.size).to.equal(5);
  });

  it('makes no row of a line that it does not understand, and says why', () => {
    const db = openMemoryIndex();
    const { changes } = appendAll(db, ['{"kind":"later"}', 'no entry', '{"kind":"revoke"}']);
    expect(changes.map((change) => change.kind)).to.deep.equal(['unknown', 'unknown', 'unknown']);
    expect(changes[0]).to.have.property('reason').that.includes('later');
    for (const table of ['packages', 'versions', 'revocations', 'postings', 'log']) {
      expect(rowsOf(db, `SELECT count(*) AS rows FROM ${table}`), table).to.deep.equal([{ rows: 0 }]);
    }
  });

  it('gives an entry the position of its line in the whole log', () => {
    const db = indexOf('{"kind":"later"}', publish('@acme/echo', '1.0.0'));
    appendAll(db, ['no entry', revoke('@acme/echo', '*')]);
    expect(rowsOf(db, 'SELECT seq FROM revocations')).to.deep.equal([{ seq: 3 }]);
  });

  it('keeps the bytes of every line when it is told to, whatever holds them', () => {
    const db = openMemoryIndex();
    const page = Uint8Array.from(Buffer.concat([Buffer.from('before'), ...lines, Buffer.from('after')]));
    let end = 'before'.length;
    const views = lines.map((line) => {
      end += line.length;
      return page.subarray(end - line.length, end);
    });
    db.transaction(() => append(db, views, { keepLines: true }))();
    const kept = db.prepare('SELECT seq, line FROM log ORDER BY seq').raw().all();
    expect(kept).to.deep.equal(lines.map((line, seq) => [seq, Buffer.from(line)]));
  });

  it('leaves nothing behind when the transaction fails', () => {
    const db = indexOf(publish('@acme/echo', '1.0.0'));
    const before = db.serialize();
    const failing = db.transaction(() => {
      append(db, [encode(publish('@acme/other', '1.0.0'))], { keepLines: true });
      throw new Error('killed');
    });
    expect(failing).to.throw('killed');
    expect(readEdge(db).size).to.equal(1);
    expect(db.serialize().equals(before)).to.equal(true);
  });

  it('continues after a transaction that failed as if it had not been', () => {
    const db = openMemoryIndex();
    expect(
      db.transaction(() => {
        append(db, [encode(publish('@acme/lost', '1.0.0')), encode(revoke('@acme/echo', '*'))], {
          keepLines: true,
        });
        throw new Error('killed');
      }),
    ).to.throw('killed');
    appendAll(db, [publish('@acme/echo', '1.0.0')]);
    expect(rowsOf(db, 'SELECT id, name, latest_version FROM packages')).to.deep.equal([
      { id: 1, name: '@acme/echo', latest_version: '1.0.0' },
    ]);
  });

  it('of no lines changes nothing', () => {
    const db = indexOf(publish('@acme/echo', '1.0.0'));
    const { edge, changes } = appendAll(db, []);
    expect([edge.size, changes.length]).to.deep.equal([1, 0]);
  });

  it('refuses to run outside a transaction', () => {
    expect(() => append(openMemoryIndex(), lines, { keepLines: false })).to.throw('transaction');
  });

  it('stores a manifest at the greatest depth that is accepted', () => {
    const line = JSON.stringify(publish('@acme/echo', '1.0.0')).replace(
      '"manifest":{',
      `"manifest":{"toJSON":1,"deep":${'['.repeat(126)}${']'.repeat(126)},`,
    );
    expect(appendAll(openMemoryIndex(), [line]).changes[0]).to.have.property('kind', 'new');
  });
});
