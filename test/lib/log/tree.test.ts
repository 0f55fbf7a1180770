import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  appendLeaves,
  decodeEdge,
  EMPTY_EDGE,
  encodePeaks,
  leafHash,
  nodeHash,
  rootHash,
} from '../../../src/lib/log/tree.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** The tree of Certificate Transparency's own tests: eight leaves, and the roots over the first n of them. */
const PUBLISHED_LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((text) => Buffer.from(text, 'hex'));
const PUBLISHED_ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** MTH of RFC 6962 section 2.1, as it is written there. */
function treeHash(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length === 0) return createHash('sha256').digest();
  if (entries.length === 1) return leafHash(entries[0] as Uint8Array);
  let split = 1;
  while (split * 2 < entries.length) split *= 2;
  return nodeHash(treeHash(entries.slice(0, split)), treeHash(entries.slice(split)));
}

const entries = fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 70 });

describe('the Merkle tree', () => {
  for (const [size, root] of PUBLISHED_ROOTS.entries()) {
    it(`has the published root over the first ${size} published leaves`, () => {
      const leaves = PUBLISHED_LEAVES.slice(0, size).map(leafHash);
      expect(hex(rootHash(appendLeaves(EMPTY_EDGE, leaves)))).to.equal(root);
    });
  }

  it('has the root that RFC 6962 defines, for any entries in any batches', () => {
    fc.assert(
      fc.property(entries, fc.array(fc.nat(20), { maxLength: 20 }), (all, batches) => {
        let edge = EMPTY_EDGE;
        let rest = all.map(leafHash);
        for (const length of [...batches, rest.length]) {
          edge = appendLeaves(edge, rest.slice(0, length));
          rest = rest.slice(length);
        }
        expect(edge.size).to.equal(all.length);
        expect(hex(rootHash(edge))).to.equal(hex(treeHash(all)));
      }),
    );
  });

  it('leaves the edge that it extends as it was', () => {
    const edge = appendLeaves(EMPTY_EDGE, PUBLISHED_LEAVES.slice(0, 3).map(leafHash));
    appendLeaves(edge, PUBLISHED_LEAVES.slice(3).map(leafHash));
    expect(hex(rootHash(edge))).to.equal(PUBLISHED_ROOTS[3]);
  });

  it('keeps a peak for each set bit of the size, and reads back what it wrote', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const edge = appendLeaves(EMPTY_EDGE, all.map(leafHash));
        const bytes = encodePeaks(edge);
        expect(bytes.length / 32).to.equal(all.length.toString(2).replaceAll('0', '').length);
        const decoded = decodeEdge(edge.size, bytes);
        expect(decoded.size).to.equal(edge.size);
        expect(decoded.peaks.map(hex)).to.deep.equal(edge.peaks.map(hex));
      }),
    );
  });

  it('continues at sizes beyond 32 bits', () => {
    const size = 2 ** 40 + 2 ** 33 + 1;
    const peaks = [1, 2, 3].map((byte) => Buffer.alloc(32, byte));
    const edge = appendLeaves(decodeEdge(size, Buffer.concat(peaks)), [Buffer.alloc(32, 4)]);
    expect(edge.size).to.equal(size + 1);
    expect(edge.peaks.map(hex)).to.deep.equal(
      [peaks[0] as Buffer, peaks[1] as Buffer, nodeHash(peaks[2] as Buffer, Buffer.alloc(32, 4))].map(hex),
    );
  });

  for (const [size, bytes] of [
    [0, 32],
    [1, 0],
    [1, 31],
    [1, 33],
    [3, 32],
    [4, 64],
    [-1, 0],
    [1.5, 32],
    [2 ** 53, 32],
    [Number.NaN, 0],
  ] as const) {
    it(`refuses ${bytes} bytes as the peaks of a tree of ${size}`, () => {
      expect(() => decodeEdge(size, new Uint8Array(bytes))).to.throw(RangeError);
    });
  }
});
