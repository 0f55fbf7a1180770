import { expect } from 'chai';
import { readEdge, writeEdge } from '../../../src/lib/index/meta.ts';
import { openMemoryIndex } from '../../../src/lib/index/open.ts';
import { appendLeaves, EMPTY_EDGE, leafHash } from '../../../src/lib/log/tree.ts';
import { rowsOf } from './log-entries.ts';

const edge = appendLeaves(
  EMPTY_EDGE,
  ['a', 'b', 'c'].map((text) => leafHash(Buffer.from(text))),
);

describe("the tree's edge in an index", () => {
  it('is that of an empty log in a new index', () => {
    expect(readEdge(openMemoryIndex())).to.deep.equal(EMPTY_EDGE);
  });

  it('is read as it was written, and replaced by the next', () => {
    const db = openMemoryIndex();
    writeEdge(db, appendLeaves(EMPTY_EDGE, [leafHash(Buffer.from('x'))]));
    writeEdge(db, edge);
    expect(readEdge(db)).to.deep.equal(edge);
  });

  it('is a whole number and a blob for those who read it with other tools', () => {
    const db = openMemoryIndex();
    writeEdge(db, edge);
    expect(rowsOf(db, 'SELECT key, typeof(value) AS type FROM meta ORDER BY key')).to.deep.equal([
      { key: 'tree_peaks', type: 'blob' },
      { key: 'tree_size', type: 'integer' },
    ]);
  });

  it('is refused when its size and its peaks do not belong together', () => {
    const db = openMemoryIndex();
    writeEdge(db, edge);
    db.exec("UPDATE meta SET value = 4 WHERE key = 'tree_size'");
    expect(() => readEdge(db)).to.throw(RangeError);
  });
});
