import { expect } from 'chai';
import { Kept } from '../../../src/lib/index/kept.ts';
import { addPlace, newPlaces, ranksOf } from '../../../src/lib/index/places.ts';
import { PostingsReader } from '../../../src/lib/index/postings.ts';
import { namedPackagesReader } from '../../../src/lib/index/search-named.ts';
import { interpret } from '../../../src/lib/index/search-readings.ts';
import { indexOf, publish, revoke } from './log-entries.ts';

describe('packages that are called as typed', () => {
  const bases = [
    'mail',
    'mail-box',
    'mailbox',
    'mail-server',
    'mail2',
    'e-mail',
    'box-mail',
    'mails',
    'maol',
  ];
  const scopes = ['acme', 'acme-mail', 'mail', 'mail-box'];
  const names = scopes.flatMap((scope) => bases.map((base) => `@${scope}/${base}`));
  const db = indexOf(
    ...names.map((name) => publish(name, '1.0.0')),
    // So that no word is common.
    ...Array.from({ length: 400 }, (_, i) => publish(`@other/thing-${i}`, '1.0.0')),
    publish('@gone/mail', '1.0.0'),
    revoke('@gone/mail', '*'),
  );
  after(() => db.close());
  const called = namedPackagesReader(db);
  const nameOf = db.prepare<[number], string>('SELECT name FROM packages WHERE rank = ?').pluck();
  const namesOf = (ranks: readonly number[]) => ranks.map((rank) => nameOf.get(rank) as string).sort();

  const TEXTS = [
    ...['mail', 'mail ', 'mai', 'm', 'mail box', 'mail b', 'acme mail', 'acme mail ', 'acme mail box'],
    ...['mail server', 'mailserver', 'e mail', 'maill box', 'mail-box '],
  ];
  for (const text of TEXTS)
    it(`are the same whether few names are looked at, or all looked up: "${text}"`, () => {
      const { readings } = interpret(new PostingsReader(db, new Kept(db)), text);
      expect(readings).to.have.length(1);
      for (const { reading, matches } of readings) {
        // As if so many had the words that it is not worth looking at their names.
        const everybody = newPlaces(450);
        for (let rank = 0; rank < 450; rank += 1) addPlace(everybody, rank, 0);
        const all = called(reading, { exact: everybody, begun: everybody }, 400);
        const one = (rank: number) => {
          const only = newPlaces(450);
          addPlace(only, rank, 0);
          return called(reading, { exact: only, begun: only }, 400);
        };
        const each = ranksOf(matches.begun.any).map(one);
        expect(namesOf(each.flatMap((found) => found?.whole ?? []))).to.deep.equal(namesOf(all?.whole ?? []));
        expect(namesOf(each.flatMap((found) => found?.begun ?? []))).to.deep.equal(namesOf(all?.begun ?? []));
        const found = namesOf([...(all?.whole ?? []), ...(all?.begun ?? [])]);
        expect(found).to.not.include('@gone/mail');
        expect(found).to.have.length.greaterThan(text === 'm' ? 1 : 0);
      }
    });
});
