/** The packages that match a reading of a query, from those that hold its words. */
import { addBoth, addPlaces, haveCommon, type Places } from './places.ts';
import type { Postings } from './postings.ts';
import type { Reading, Term } from './search-query.ts';
import { beginningTerm } from './terms.ts';

/** Packages that hold all terms, and the place where all of them are found. */
export interface Matches {
  /** As words. */
  readonly exact: Places;
  /** What the open word begins counts too. The same object when no word is open. */
  readonly begun: Places;
}

/** Reads each word once for a query. */
export class QueryLists {
  readonly #postings: Postings;
  readonly #nowhere: Places;
  readonly #words = new Map<string, Places>();
  readonly #terms = new Map<Term, Matches>();

  constructor(postings: Postings) {
    this.#postings = postings;
    this.#nowhere = postings.nowhere();
  }

  reading({ terms }: Reading): Matches {
    const matches = terms.map((term) => this.term(term));
    const closed = matches.filter(({ exact, begun }) => exact === begun).map(({ exact }) => exact);
    const open = matches.filter(({ exact, begun }) => exact !== begun);
    const exact = this.#all([...closed, ...open.map((match) => match.exact)]);
    if (open.length === 0) return { exact, begun: exact };
    return { exact, begun: this.#all([...closed, ...open.map((match) => match.begun)]) };
  }

  /** Whether any package holds all terms. */
  hasAny(terms: readonly Term[]): boolean {
    return terms.length > 0 && haveCommon(terms.map((term) => this.term(term).begun));
  }

  term(term: Term): Matches {
    let matches = this.#terms.get(term);
    if (matches === undefined) {
      const exact = this.#spelled(term.spellings);
      matches = {
        exact,
        begun: term.prefix === undefined ? exact : this.#withBegun(exact, term, term.prefix),
      };
      this.#terms.set(term, matches);
    }
    return matches;
  }

  /** Packages that hold all words of one of the spellings. */
  #spelled(spellings: Term['spellings']): Places {
    const [first] = spellings;
    if (first === undefined) return this.#nowhere;
    if (spellings.length === 1) return this.#all(first.map((word) => this.#word(word)));
    const places = this.#postings.nowhere();
    for (const words of spellings) {
      const [word, ...others] = words as [string, ...string[]];
      if (others.length === 0) this.#postings.add(places, word);
      else addPlaces(places, this.#all(words.map((one) => this.#word(one))));
    }
    return places;
  }

  #withBegun(exact: Places, { spellings }: Term, prefix: string): Places {
    const short = beginningTerm(prefix);
    const begun =
      short === undefined ? this.#postings.placesOfBeginning(prefix) : this.#postings.places(short);
    // A word is among those that it begins; a short one is there in names alone.
    if (short === undefined && spellings.every(([word]) => word === prefix)) return begun;
    const places = this.#postings.nowhere();
    addPlaces(places, exact);
    addPlaces(places, begun);
    return places;
  }

  #word(word: string): Places {
    let places = this.#words.get(word);
    if (places === undefined) {
      places = this.#postings.places(word);
      this.#words.set(word, places);
    }
    return places;
  }

  #all([first, ...others]: readonly Places[]): Places {
    return others.reduce((one, other) => {
      const places = this.#postings.nowhere();
      addBoth(places, one, other);
      return places;
    }, first ?? this.#nowhere);
  }
}
