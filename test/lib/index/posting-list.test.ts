import { expect } from 'chai';
import fc from 'fast-check';
import { MpakError } from '../../../src/lib/errors.ts';
import { openMemoryIndex } from '../../../src/lib/index/open.ts';
import {
  decodePostings,
  encodePostings,
  intersect,
  keepIn,
  type Place,
  type Postings,
  postingOf,
  rankOf,
  union,
  without,
} from '../../../src/lib/index/posting-list.ts';
import { PostingsReader, PostingsWriter } from '../../../src/lib/index/postings.ts';

const place = fc.constantFrom<Place>(0, 1, 2);
/** Far apart, close together, and so many that they fill blocks. */
const placesByRank = fc
  .array(fc.tuple(fc.oneof(fc.nat(40), fc.nat(3000), fc.nat(2 ** 24 - 1)), place), {
    maxLength: 3000,
    size: 'max',
  })
  .map((pairs) => new Map(pairs));

type Places = ReadonlyMap<number, Place>;

const listOf = (places: Places): Postings =>
  Uint32Array.from(places, ([rank, where]) => postingOf(rank, where)).sort();
const decode = (blocks: ReturnType<typeof encodePostings>) =>
  decodePostings(blocks.map(({ first, block }) => [first, block] as const));

describe('a posting list', () => {
  it('comes back from its blocks, none of which is longer than 900 bytes', () => {
    fc.assert(
      fc.property(placesByRank, (places) => {
        const list = listOf(places);
        const blocks = encodePostings(list);
        expect(decode(blocks)).to.deep.equal(list);
        expect(blocks.reduce((sum, { count }) => sum + count, 0)).to.equal(list.length);
        for (const { block } of blocks) expect(block.length).to.be.within(1, 900);
      }),
      { numRuns: 50 },
    );
  });

  it('takes no rank that has no room in it', () => {
    expect(() => encodePostings([postingOf(2 ** 24, 0)])).to.throw(RangeError);
  });

  it('has each package once in unions, with its best place, and in intersections with its worst', () => {
    fc.assert(
      fc.property(fc.array(placesByRank, { minLength: 1, maxLength: 4 }), (all) => {
        const lists = all.map(listOf);
        const either = new Map<number, Place>();
        for (const [rank, where] of all.flatMap((one) => [...one])) {
          either.set(rank, Math.min(where, either.get(rank) ?? 2) as Place);
        }
        expect(union(lists)).to.deep.equal(listOf(either));
        const [one, other] = [all[0] as Places, all.at(-1) as Places];
        const both = [...one].filter(([rank]) => other.has(rank));
        const worse = both.map(
          ([rank, where]) => [rank, Math.max(where, other.get(rank) as number)] as const,
        );
        const [first, last] = [lists[0] as Postings, lists.at(-1) as Postings];
        expect(intersect(first, last)).to.deep.equal(listOf(new Map(worse as [number, Place][])));
        expect(keepIn(first, last)).to.deep.equal(listOf(new Map(both)));
        const rest = [...one].filter(([rank]) => !other.has(rank));
        expect(without(first, last)).to.deep.equal(listOf(new Map(rest)));
      }),
      { numRuns: 50 },
    );
  });

  it('of many packages has a union, too', () => {
    const even = Uint32Array.from({ length: 20_000 }, (_, i) => postingOf(i * 2, 2));
    const third = Uint32Array.from({ length: 20_000 }, (_, i) => postingOf(i * 3, 1));
    const all = union([even, third]);
    expect(Array.from(all.subarray(0, 5))).to.deep.equal(
      [
        [0, 1],
        [2, 2],
        [3, 1],
        [4, 2],
        [6, 1],
      ].map(([rank = 0, where = 0]) => postingOf(rank, where)),
    );
    expect(new Set(Array.from(all, rankOf)).size).to.equal(all.length);
  });

  for (const [what, blocks] of Object.entries({
    'a number that does not end': [[1, [0xff]]],
    'a number that is too long': [[1, [0xff, 0xff, 0xff, 0xff, 0xff, 0x01]]],
    'a rank that is too large': [[2 ** 24, [0]]],
    'a rank below zero': [[-5, [0]]],
    'the same rank twice': [[1, [0, 1]]],
    'blocks that overlap': [
      [1, [0, 8, 8]],
      [3, [0]],
    ],
  } as Record<string, [number, number[]][]>)) {
    it(`is refused with ${what}`, () => {
      const stored = blocks.map(([first, bytes]) => [first, Uint8Array.from(bytes)] as const);
      expect(() => decodePostings(stored))
        .to.throw(MpakError)
        .with.property('code', 'INDEX_UNREADABLE');
    });
  }

  it('never takes long or much of any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer(), fc.uint8Array({ maxLength: 900 }))), (blocks) => {
        try {
          const list = decodePostings(blocks);
          expect([...list].map(rankOf)).to.deep.equal(
            [...new Set([...list].map(rankOf))].sort((a, b) => a - b),
          );
        } catch (error) {
          expect(error).to.be.instanceOf(MpakError);
        }
      }),
    );
  });
});

describe('the table of posting lists', () => {
  it('is what all changes made of it, in whichever order and batches they came', () => {
    const change = fc.tuple(fc.nat(6000), fc.option(place, { nil: undefined }));
    const batches = fc.array(fc.array(change, { maxLength: 2000, size: 'max' }), { maxLength: 5 });
    fc.assert(
      fc.property(batches, (all) => {
        const db = openMemoryIndex();
        const writer = new PostingsWriter(db);
        const expected = new Map<number, Place>();
        for (const batch of all) {
          writer.change('word', new Map(batch));
          for (const [rank, where] of batch) {
            if (where === undefined) expected.delete(rank);
            else expected.set(rank, where);
          }
        }
        const reader = new PostingsReader(db);
        expect(reader.read('word')).to.deep.equal(listOf(expected));
        expect(reader.count('word')).to.equal(expected.size);
        expect(reader.counts(['word', 'other']).get('word')).to.equal(expected.size || undefined);
        db.close();
      }),
      { numRuns: 40 },
    );
  });

  it('keeps the lists of neighbouring words apart', () => {
    const db = openMemoryIndex();
    const writer = new PostingsWriter(db);
    for (const [rank, word] of ['mail', 'mailbox', 'mails', 'main', '*mai'].entries()) {
      writer.change(word, new Map([[rank + 1, 0]]));
    }
    const lists = new PostingsReader(db).readBeginning('mail');
    expect(lists.map((list) => Array.from(list, rankOf))).to.deep.equal([[1], [2], [3]]);
    db.close();
  });
});
