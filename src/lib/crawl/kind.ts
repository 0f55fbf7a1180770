/**
 * What kind of registry an index is of, pinned at its first sync in `index/<registry>/kind.json`. A registry that was
 * signed once is never taken for another: what nobody signed could be anybody's. docs/registries.md describes the kinds.
 */
import path from 'node:path';
import { MpakError } from '../errors.ts';
import { readTextIfThere, writeFileAtomic } from '../files.ts';
import type { IndexSource } from '../index/read-source.ts';
import type { IndexStore } from '../sync/store.ts';

export type CrawledKind = Exclude<IndexSource, 'signed'>;

/** Undefined before the first sync. @throws MpakError INDEX_UNREADABLE when the file is damaged */
export function knownKind(store: IndexStore): IndexSource | undefined {
  // Keys were pinned: whatever else is there, it is signed.
  if (readTextIfThere(store.trustFile) !== undefined) return 'signed';
  const file = kindFile(store);
  const text = readTextIfThere(file);
  if (text === undefined) return undefined;
  try {
    const kind = (JSON.parse(text) as { kind?: unknown } | null)?.kind;
    if (kind === 'bundles' || kind === 'mcp') return kind;
  } catch {
    // Told below.
  }
  throw new MpakError('INDEX_UNREADABLE', `${file} is damaged: the kind of the registry is not known.`, {
    hint: 'Move the folder that it is in away, and run `mpak sync` again.',
  });
}

export function pinKind(store: IndexStore, kind: CrawledKind): void {
  writeFileAtomic(kindFile(store), `${JSON.stringify({ kind })}\n`);
}

function kindFile(store: IndexStore): string {
  return path.join(store.folder, 'kind.json');
}

/** A registry that shows no log any more, though it had one, or was named with a key. */
export function signedIndexGone(store: IndexStore, pin: string | undefined): MpakError {
  const why = pin === undefined ? 'and it had one before' : 'and a key was given that must sign it';
  return new MpakError('SIGNED_INDEX_GONE', `${store.label} shows no signed index, ${why}.`, {
    hint: 'Nothing was changed. Somebody between you and the registry may be hiding it: ask the operator.',
  });
}
