import type Database from 'better-sqlite3';
import { expect } from 'chai';
import fc from 'fast-check';
import { MpakError } from '../../../src/lib/errors.ts';
import { Kept } from '../../../src/lib/index/kept.ts';
import { openMemoryIndex } from '../../../src/lib/index/open.ts';
import {
  addBoth,
  addPlace,
  addPlaces,
  bitCount,
  clearPlaces,
  countBits,
  hasBit,
  haveCommon,
  newPlaces,
  type Place,
  type Places,
  ranksOf,
} from '../../../src/lib/index/places.ts';
import { addBlock, decodeBlock, encodeBlocks } from '../../../src/lib/index/posting-blocks.ts';
import { PostingsReader } from '../../../src/lib/index/postings.ts';
import { PostingsWriter } from '../../../src/lib/index/postings-writer.ts';

const place = fc.constantFrom<Place>(0, 1, 2);
const LAST = 20_000;

/** Far apart, close together, and so many that they fill windows. */
const placeByRank = fc
  .tuple(
    fc.array(fc.tuple(fc.oneof(fc.nat(40), fc.nat(3000), fc.nat(LAST)), place), {
      maxLength: 3000,
      size: 'max',
    }),
    fc.option(fc.tuple(fc.nat(LAST - 5000), fc.nat(5000), place)),
  )
  .map(([some, run]) => {
    const places = new Map<number, Place>(some);
    if (run !== null) for (let i = 0; i < run[1]; i += 1) places.set(run[0] + i, ((run[2] + i) % 3) as Place);
    return new Map([...places].sort(([a], [b]) => a - b));
  });

type PlaceByRank = ReadonlyMap<number, Place>;

const listOf = (places: PlaceByRank) => [...places].map(([rank, where]) => ({ rank, place: where }));

function placesOf(places: PlaceByRank): Places {
  const all = newPlaces(LAST + 1);
  for (const [rank, where] of places) addPlace(all, rank, where);
  return all;
}

describe('blocks of postings', () => {
  it('say what they were made of, in little room', () => {
    fc.assert(
      fc.property(placeByRank, (places) => {
        const blocks = encodeBlocks(listOf(places));
        expect(blocks.flatMap(({ first, bytes }) => decodeBlock(first, bytes))).to.deep.equal(listOf(places));
        expect(blocks.reduce((sum, { count }) => sum + count, 0)).to.equal(places.size);
        const all = newPlaces(LAST + 1);
        for (const { first, bytes } of blocks) addBlock(all, first, bytes);
        expect(all).to.deep.equal(placesOf(places));
        for (const { bytes } of blocks) expect(bytes.length).to.be.within(1, 800);
      }),
      { numRuns: 50 },
    );
  });

  it('take less than a byte a package where most hold the word', () => {
    const most = Array.from({ length: 20_480 }, (_, rank) => ({ rank, place: (rank % 3) as Place }));
    const size = encodeBlocks(most).reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(size).to.be.below(most.length / 2);
  });

  it('take no rank that is too large for an index', () => {
    expect(() => encodeBlocks([{ rank: 2 ** 24, place: 0 }])).to.throw(MpakError, 'damaged, or full');
  });

  for (const [what, [first, bytes]] of Object.entries({
    'a number that does not end': [1, [0xff]],
    'a number that is too long': [1, [0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
    'a rank that is too large': [2 ** 24, [0]],
    'a rank beyond all packages': [1, [0, 0xfc, 0xff, 0xff, 0x7f]],
    'a rank below zero': [-5, [0]],
    'a place that there is not': [1, [0, 7]],
    'bits that are too few': [0, [3, 1, 2]],
  } as Record<string, [number, number[]]>)) {
    it(`are refused with ${what}`, () => {
      const stored = Uint8Array.from(bytes);
      const read = () => addBlock(newPlaces(LAST + 1), first, stored);
      expect(read).to.throw(MpakError).with.property('code', 'INDEX_UNREADABLE');
      expect(() => decodeBlock(first, stored)).to.throw(MpakError);
    });
  }

  it('never write beyond the room that there is, whatever their bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 900, size: 'max' }),
      fc.uint8Array({ minLength: 768, maxLength: 768, size: 'max' }).map((all) => Uint8Array.of(3, ...all)),
    );
    const first = fc.oneof(
      fc.integer(),
      fc.nat(12).map((window) => window * 2048),
    );
    fc.assert(
      fc.property(first, bytes, (at, all) => {
        const places = newPlaces(LAST + 1);
        try {
          addBlock(places, at, all);
        } catch (error) {
          expect(error).to.be.instanceOf(MpakError);
        }
      }),
    );
  });
});

describe('places', () => {
  it('are the worst where two words are together, and the best where one of them is', () => {
    fc.assert(
      fc.property(placeByRank, placeByRank, (one, other) => {
        const together = [...one].flatMap(([rank, where]): [number, Place][] => {
          const there = other.get(rank);
          return there === undefined ? [] : [[rank, Math.max(where, there) as Place]];
        });
        const both = newPlaces(LAST + 1);
        addBoth(both, placesOf(one), placesOf(other));
        expect(both).to.deep.equal(placesOf(new Map(together)));
        expect(haveCommon([placesOf(one), placesOf(other)])).to.equal(together.length > 0);
        const either = placesOf(one);
        addPlaces(either, placesOf(other));
        const best = new Map<number, Place>(one);
        for (const [rank, where] of other) best.set(rank, Math.min(where, best.get(rank) ?? 2) as Place);
        expect(either).to.deep.equal(placesOf(best));
        expect(countBits(either.any)).to.equal(best.size);
        expect(ranksOf(either.any)).to.deep.equal([...best.keys()].sort((a, b) => a - b));
        clearPlaces(both);
        expect(both).to.deep.equal(newPlaces(LAST + 1));
        for (const rank of [0, 31, 32, LAST]) expect(hasBit(either.any, rank)).to.equal(best.has(rank));
      }),
      { numRuns: 30 },
    );
  });

  it('count the bits of any number', () => {
    fc.assert(
      fc.property(fc.integer(), (bits) => {
        expect(bitCount(bits)).to.equal(
          [...(bits >>> 0).toString(2)].filter((digit) => digit === '1').length,
        );
      }),
    );
  });
});

describe('the table of postings', () => {
  /** An index with a package at the highest rank, so that there is room for all. */
  function emptyIndex(): Database.Database {
    const db = openMemoryIndex();
    db.exec(
      `INSERT INTO packages (rank, name, published_at, created_at) VALUES (${LAST}, '@a/last', '', '')`,
    );
    return db;
  }

  it('is what all changes made of it, in whichever order and batches they came', () => {
    const batch = fc.tuple(placeByRank, fc.boolean());
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 5 }), (batches) => {
        const db = emptyIndex();
        const writer = new PostingsWriter(db);
        const expected = new Map<number, Place>();
        for (const [places, goes] of batches) {
          writer.change(
            'word',
            new Map([...places].map(([rank, where]) => [rank, goes ? undefined : where])),
          );
          for (const [rank, where] of places) {
            if (goes) expected.delete(rank);
            else expected.set(rank, where);
          }
        }
        const reader = new PostingsReader(db, new Kept(db));
        const places = reader.nowhere();
        reader.add(places, 'word');
        expect(places).to.deep.equal(placesOf(expected));
        expect(reader.count('word')).to.equal(expected.size);
        db.close();
      }),
      { numRuns: 40 },
    );
  });

  it('keeps neighbouring words apart', () => {
    const db = emptyIndex();
    const writer = new PostingsWriter(db);
    for (const [rank, word] of ['mail', 'mailbox', 'mails', 'main', '*mai'].entries()) {
      writer.change(word, new Map([[rank + 1, 0]]));
    }
    const reader = new PostingsReader(db, new Kept(db));
    expect(ranksOf(reader.placesOfBeginning('mail').any)).to.deep.equal([1, 2, 3]);
    db.close();
  });
});
