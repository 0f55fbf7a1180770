/**
 * Which registry a name means: the first in the configured order that has it. A later one never wins, whatever becomes of
 * an earlier one: while the index of that is missing, not complete or cannot be read, nobody knows whether it has the
 * name, and nothing is taken from behind it. docs/decisions/0021-several-registries.md
 */
import type Database from 'better-sqlite3';
import type { PackageName } from '../bundle/name.ts';
import { isWhole } from '../crawl/state.ts';
import { MpakError } from '../errors.ts';
import { compareContent, hasPackage, type Sameness } from '../index/same-content.ts';
import { closestNames } from '../index/search-names.ts';
import type { IndexStore } from '../sync/store.ts';
import { askIndex } from './origin.ts';

export interface RegistryIndex {
  /** What it is called; its URL when it is not configured. */
  readonly name: string;
  readonly store: IndexStore;
}

export interface Located<R extends RegistryIndex = RegistryIndex> {
  /** The registry that the name means. */
  readonly index: R;
  /** The others that have the name too, in their order. */
  readonly others: readonly { readonly index: R; readonly content: Sameness }[];
}

const MAX_NAMES = 3;

/**
 * @param indexes in the configured order; with one alone, it is the one that is meant, whatever it has
 * @throws MpakError NOT_FOUND when none has it; INDEX_MISSING, INDEX_UNREADABLE, SCHEMA_NEWER of the first that may have it
 */
export function locate<R extends RegistryIndex>(
  indexes: readonly [R, ...R[]],
  name: PackageName,
): Located<R> {
  const [only, ...more] = indexes;
  if (more.length === 0) return { index: only, others: [] };
  for (const [at, index] of indexes.entries()) {
    const found = ask(index, indexes, (db) => {
      if (hasPackage(db, name)) return elsewhere(db, indexes.slice(at + 1), name);
      if (!isWhole(db) && at + 1 < indexes.length) throw incomplete(index);
      return false;
    });
    if (found !== false) return { index, others: found };
  }
  throw unknownEverywhere(indexes, name);
}

/** What comes later has no say, so what cannot be read there is passed over. */
function elsewhere<R extends RegistryIndex>(
  first: Database.Database,
  later: readonly R[],
  name: PackageName,
): Located<R>['others'] {
  return later.flatMap((index) => {
    try {
      return askIndex(index.store, (db) =>
        hasPackage(db, name) ? [{ index, content: compareContent(first, db, name) }] : [],
      );
    } catch (error) {
      if (error instanceof MpakError) return [];
      throw error;
    }
  });
}

/** @throws MpakError that says why nothing behind this registry is looked at */
function ask<R extends RegistryIndex, T>(
  { name, store }: R,
  indexes: readonly R[],
  work: (db: Database.Database) => T,
): T {
  try {
    return askIndex(store, work);
  } catch (error) {
    if (!(error instanceof MpakError)) throw error;
    const isLast = indexes.at(-1)?.store === store;
    const why = isLast ? '' : ` Names are looked up in ${name} first, so none is taken from behind it.`;
    throw new MpakError(error.code, error.message, {
      hint: `${error.hint ?? ''}${why} \`--registry NAME\` asks another one alone.`.trim(),
      cause: error,
    });
  }
}

function incomplete({ store }: RegistryIndex): MpakError {
  return new MpakError(
    'INDEX_MISSING',
    `The index of ${store.label} is not complete: its crawl was cut off.`,
  );
}

function unknownEverywhere(indexes: readonly RegistryIndex[], name: PackageName): MpakError {
  const names = indexes.flatMap(({ store }) => askIndex(store, (db) => closestNames(db, name)));
  const near = [...new Set(names)].slice(0, MAX_NAMES);
  return new MpakError(
    'NOT_FOUND',
    `There is no package ${name} in ${indexes.map((index) => index.name).join(' or ')}.`,
    {
      hint:
        near.length > 0
          ? `Did you mean ${near.join(' or ')}?`
          : 'Find it with `mpak search`, or run `mpak sync`.',
    },
  );
}
