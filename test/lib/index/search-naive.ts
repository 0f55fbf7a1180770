/** The formula of docs/search.md over plain arrays, every package looked at for every query. */
import type Database from 'better-sqlite3';
import { tokenize, tokenizeIdentifiers } from '../../../src/lib/index/tokens.ts';
import { editDistance } from '../../../src/lib/index/typo.ts';

interface NaivePackage {
  readonly name: string;
  readonly rank: number;
  readonly downloads: number;
  /** How many words it has in its name, and in description and keywords. */
  readonly counts: Readonly<Record<'name' | 'text', number>>;
  readonly words: Readonly<Record<Where, ReadonlySet<string>>>;
}

/** Each holds those before it. */
type Where = 'named' | 'text' | 'all';

/** How a word may be read: spellings of one or more words, and what it begins. */
interface NaiveTerm {
  readonly word: string;
  readonly spellings: readonly (readonly string[])[];
  readonly begins: boolean;
}

export class NaiveSearch {
  readonly #packages: NaivePackage[];
  readonly #df = new Map<string, number>();

  constructor(db: Database.Database) {
    const rows = db
      .prepare(
        `SELECT p.*, (SELECT group_concat(name, ' ') FROM tools WHERE package_id = p.id) AS tool_names,
           (SELECT group_concat(description, ' ') FROM tools WHERE package_id = p.id) AS tool_descriptions
         FROM packages p WHERE latest_id IS NOT NULL`,
      )
      .all() as Record<string, string>[];
    this.#packages = rows.map((row) => {
      const [scope = '', base = ''] = row.name?.split('/') ?? [];
      const name = tokenize(base);
      const named = [...name, ...tokenize(scope), ...tokenize(row.display_name ?? '')];
      const text = tokenize(`${row.description ?? ''} ${row.keywords}`);
      const rest = [
        ...tokenize(row.author_name ?? ''),
        ...tokenizeIdentifiers(row.tool_names ?? ''),
        ...tokenize(row.tool_descriptions ?? ''),
      ];
      return {
        name: String(row.name),
        rank: Number(row.rank),
        downloads: Number(row.downloads),
        counts: { name: name.length, text: text.length },
        words: {
          named: new Set(named),
          text: new Set([...named, ...text]),
          all: new Set([...named, ...text, ...rest]),
        },
      };
    });
    for (const { words } of this.#packages) {
      for (const word of words.all) this.#df.set(word, this.#countOf(word) + 1);
    }
  }

  /** The names of all that match, the best first. */
  search(text: string): string[] {
    return this.#readings(text).flatMap((terms) => this.#ordered(text, terms));
  }

  #countOf(word: string): number {
    return this.#df.get(word) ?? 0;
  }

  #isCommon(word: string): boolean {
    return this.#countOf(word) > this.#packages.length / 10;
  }

  #readings(text: string): NaiveTerm[][] {
    const typed = tokenize(text);
    const words = [...new Set(typed)].slice(0, 24);
    if (words.length === 0) return [];
    const open = /[\p{L}\p{N}\p{M}+#]$/u.test(text) && new Set(typed).size <= 24 ? typed.at(-1) : undefined;
    const term = (word: string, spellings: string[][]): NaiveTerm => ({
      word,
      spellings,
      begins: word === open && !this.#isCommon(word),
    });
    const itself = (word: string) => (this.#countOf(word) > 0 ? [[word]] : []);
    const exact = words.map((word) => term(word, itself(word)));
    if (this.#matches(exact).length > 0) return [exact];
    const forgiven = words.map((word) =>
      term(
        word,
        word.length < 5 || this.#isCommon(word) ? itself(word) : [...itself(word), ...this.#spellings(word)],
      ),
    );
    if (this.#matches(forgiven).length > 0) return [forgiven];
    const kept = words
      .map((_, i) => ((exact[i]?.spellings.length ?? 0) > 0 || exact[i]?.begins ? exact[i] : forgiven[i]))
      .filter((one): one is NaiveTerm => one !== undefined && this.#matches([one]).length > 0)
      .map((one) => ({ one, df: Math.max(1, this.#countOf(one.word)) }))
      .sort((a, b) => a.df - b.df)
      .slice(0, 6)
      .map(({ one }) => one);
    for (let size = kept.length; size > 0; size -= 1) {
      const some = choices(kept, size).filter((terms) => this.#matches(terms).length > 0);
      if (some.length > 0) return some;
    }
    return [];
  }

  #spellings(word: string): string[][] {
    const near = [...this.#df.keys()]
      .filter((other) => /^[a-z0-9]+$/.test(other) && editDistance(word, other, 1) === 1)
      .map((other) => [other]);
    const splits = [...word].flatMap((_, i) => {
      const parts = [word.slice(0, i), word.slice(i)];
      return parts.every((part) => part.length > 1 && this.#countOf(part) > 0) ? [parts] : [];
    });
    const df = (spelling: string[]) => Math.min(...spelling.map((part) => this.#countOf(part)));
    return [...near, ...splits]
      .sort((a, b) => a.length - b.length || df(b) - df(a) || (a.join() < b.join() ? -1 : 1))
      .slice(0, 12);
  }

  #matches(terms: readonly NaiveTerm[], where: Where = 'all', begun = true): NaivePackage[] {
    return this.#packages.filter(({ words }) =>
      terms.every(({ word, spellings, begins }) => {
        if (spellings.some((spelling) => spelling.every((part) => words[where].has(part)))) return true;
        if (!begun || !begins) return false;
        const those = /^[a-z0-9]{1,3}$/.test(word) ? words.named : words[where];
        return those.values().some((other) => other.startsWith(word));
      }),
    );
  }

  #ordered(text: string, terms: readonly NaiveTerm[]): string[] {
    const sequence = tokenize(text).flatMap((word) => terms.find((term) => term.word === word) ?? []);
    let names: string[][] = [[]];
    for (const { word, spellings, begins } of sequence) {
      const all = begins && !spellings.some(([first]) => first === word) ? [...spellings, [word]] : spellings;
      names = names.flatMap((name) => all.map((spelling) => [...name, ...spelling])).slice(0, 16);
    }
    const last = sequence.at(-1);
    const end = (name: string[]) => (last?.begins && name.at(-1) === last.word ? '' : '-');
    const called = this.#packages.filter((one) => names.some((name) => spoken(one).includes(name.join('-'))));
    const starting = this.#packages.filter((one) =>
      names.some((name) => begins(one, name.join('-') + end(name))),
    );
    const tooMany = new Set([...called, ...starting]).size > 400;
    const tiers: [NaivePackage[], 'name' | 'text'][] = [
      [tooMany ? [] : called, 'name'],
      [tooMany ? [] : starting, 'name'],
      [this.#matches(terms, 'named', false), 'name'],
      [this.#matches(terms, 'named'), 'name'],
      [this.#matches(terms, 'text', false), 'text'],
      [this.#matches(terms, 'text'), 'text'],
      [this.#matches(terms), 'text'],
    ];
    const found = new Set<string>();
    for (const [members, column] of tiers) {
      const score = (one: NaivePackage) =>
        members.length > 400
          ? 0
          : Math.round(100 + 100 * Math.log10(1 + one.downloads)) /
            Math.max(1, Math.min(255, one.counts[column]));
      members.sort((a, b) => score(b) - score(a) || a.rank - b.rank);
      for (const one of members) found.add(one.name);
    }
    return [...found];
  }
}

/** A name as its words are joined in a query: without its scope, and with it. */
function spoken({ name }: NaivePackage): string[] {
  return [name.slice(name.indexOf('/') + 1), name.slice(1).replace('/', '-')];
}

/** More than the scope has to be typed of a name with its scope. */
function begins(one: NaivePackage, typed: string): boolean {
  const [base = '', full = ''] = spoken(one);
  return base.startsWith(typed) || (full.startsWith(typed) && typed.length > full.length - base.length);
}

function choices<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, i) => choices(items.slice(i + 1), size - 1).map((rest) => [item, ...rest]));
}
