/** The packages that match a reading of a query, from the lists of its words. */
import { intersect, NO_POSTINGS, type Postings, union } from './posting-list.ts';
import { beginningTerm, type PostingsReader } from './postings.ts';
import type { Reading, Term } from './search-query.ts';

/** Packages that hold all terms, with the place where all of them are found. */
export interface Matches {
  /** As words. */
  readonly exact: Postings;
  /** What the open word begins counts too. The same list when no word is open. */
  readonly begun: Postings;
}

/** Reads each list once for a query. */
export class QueryLists {
  readonly #postings: PostingsReader;
  readonly #lists = new Map<string, Postings>();
  readonly #terms = new Map<Term, Matches>();

  constructor(postings: PostingsReader) {
    this.#postings = postings;
  }

  reading({ terms }: Reading): Matches {
    const matches = terms.map((term) => this.term(term));
    const exact = all(matches.map((match) => match.exact));
    return { exact, begun: matches.every(isClosed) ? exact : all(matches.map((match) => match.begun)) };
  }

  term(term: Term): Matches {
    let matches = this.#terms.get(term);
    if (matches === undefined) {
      const exact = union(term.spellings.map((words) => all(words.map((word) => this.#read(word)))));
      const begun = term.prefix === undefined ? exact : union([exact, ...this.#begun(term.prefix)]);
      matches = { exact, begun };
      this.#terms.set(term, matches);
    }
    return matches;
  }

  #begun(prefix: string): readonly Postings[] {
    const term = beginningTerm(prefix);
    return term === undefined ? this.#postings.readBeginning(prefix) : [this.#read(term)];
  }

  #read(term: string): Postings {
    let list = this.#lists.get(term);
    if (list === undefined) {
      list = this.#postings.read(term);
      this.#lists.set(term, list);
    }
    return list;
  }
}

function isClosed({ exact, begun }: Matches): boolean {
  return exact === begun;
}

/** The shortest list first: what it does not hold need not be looked at. */
function all(lists: readonly Postings[]): Postings {
  const [first = NO_POSTINGS, ...others] = [...lists].sort((a, b) => a.length - b.length);
  return others.reduce(intersect, first);
}
