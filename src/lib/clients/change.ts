/** Puts an entry into a client's file, takes one out, and reads which are there. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { PackageName } from '../bundle/name.ts';
import { without } from '../config/config-json.ts';
import { MpakError } from '../errors.ts';
import { withLock } from '../lock.ts';
import type { Client, ClientFile, Launch } from './client.ts';
import { launchOf, type OwnEntry, ownEntries } from './entry.ts';
import { dropEntry, type Editor, type Entry, editorOf, isSame, putEntry, serversIn } from './format.ts';
import { type Made, type MadeByFile, madeBy, readMade, unmade, writeMade } from './made.ts';
import { readTextFile, replaceTextFile, requireWritable, type TextFile, withoutBom } from './text-file.ts';

/** What is to be done to a file. Nothing has happened yet. */
export interface Change {
  readonly client: Client;
  readonly place: ClientFile;
  readonly file: TextFile;
  /** Names of the entries that it is about. */
  readonly names: readonly string[];
  /** The whole new text; null: the file goes. The same as before when there is nothing to do. */
  readonly after: string | null;
  /** What had to be made around the entry; null: what was made is undone; undefined: neither. */
  readonly made: Made | null | undefined;
}

const LOCK_WAIT_MS = 10_000;

export function isChange({ file, after }: Change): boolean {
  return (file.text ?? null) !== after;
}

/** The entries of mpak's in a file. @throws MpakError CLIENT_FILE_INVALID */
export async function readOwnEntries(client: Client, place: ClientFile): Promise<OwnEntry[]> {
  const { text } = readTextFile(place);
  if (text === undefined) return [];
  const editor = await editorOf(client.format);
  const content = editor.parse(withoutBom(text).text, place.file);
  return ownEntries(serversIn(content, pathIn(content, place), place.file));
}

/**
 * @param options.name of the entry; undefined: the one that the package has there already, or `fallback`
 * @throws MpakError CLIENT_FILE_INVALID, CLIENT_ENTRY_TAKEN when the name is another's
 */
export async function planAdd(
  client: Client,
  place: ClientFile,
  options: {
    readonly package: PackageName;
    readonly name: string | undefined;
    readonly fallback: string;
    readonly launch: Launch;
  },
): Promise<Change> {
  const file = readTextFile(place);
  const { bom, text } = withoutBom(file.text ?? '');
  const editor = await editorOf(client.format);
  const content = editor.parse(text, place.file);
  const keys = pathIn(content, place);
  const servers = serversIn(content, keys, place.file);
  const own = ownEntries(servers);
  const name =
    options.name ?? own.find((entry) => entry.package === options.package)?.name ?? options.fallback;
  const there = servers !== undefined && Object.hasOwn(servers, name) ? servers[name] : undefined;
  if (there !== undefined && !own.some((entry) => entry.name === name && entry.package === options.package)) {
    throw taken(client, place, name, own.find((entry) => entry.name === name)?.package);
  }
  const entry = updated(there, client.shape(name, options.launch, { ...place, path: keys }), options.launch);
  if (isSame(entry, there)) {
    return { client, place, file, names: [name], after: file.text ?? null, made: undefined };
  }
  requireWritable(file);
  const after = putEntry(editor, { text, path: keys, name, entry, file: place.file });
  const isFirst = servers === undefined || Object.keys(servers).length === 0;
  const range = isFirst ? editor.find(after, keys, name) : undefined;
  const made = range && madeBy(file.text === undefined ? undefined : text, after, range);
  return { client, place, file, names: [name], after: bom + after, made };
}

/** @param home of mpak, which remembers what was made @throws MpakError CLIENT_FILE_INVALID */
export async function planRemove(
  client: Client,
  place: ClientFile,
  { package: packageName, home }: { readonly package: PackageName; readonly home: string },
): Promise<Change> {
  const file = readTextFile(place);
  const { bom, text } = withoutBom(file.text ?? '');
  const editor = await editorOf(client.format);
  const content = editor.parse(text, place.file);
  const keys = pathIn(content, place);
  const own = ownEntries(serversIn(content, keys, place.file));
  const names = own.filter((entry) => entry.package === packageName).map(({ name }) => name);
  if (names.length > 0) requireWritable(file);
  const made = readMade(home)[file.target];
  let after: string | null = text as string | null;
  let undone = false;
  for (const name of names) {
    const before: string | null | undefined = made && asBefore(editor, after as string, keys, name, made);
    if (before === undefined) {
      after = dropEntry(editor, { text: after as string, path: keys, name, file: place.file });
    } else {
      after = before;
      undone = true;
    }
  }
  if (file.text === undefined) after = null;
  return {
    client,
    place,
    file,
    names,
    after: after === null ? null : bom + after,
    made: undone ? null : undefined,
  };
}

/** Does what was planned. @throws MpakError BUSY when a file has changed since */
export async function carryOut(home: string, change: Change): Promise<void> {
  if (!isChange(change)) return;
  const { file, after, made, place } = change;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const options = { waitMs: LOCK_WAIT_MS, holder: 'Another `mpak client`' };
  await withLock(path.join(home, 'clients.lock'), options, async () => {
    const remembered = readMade(home);
    const others = without(remembered, file.target) as MadeByFile;
    // Before the file: what is remembered of an entry that never came is no harm.
    if (made) writeMade(home, { ...others, [file.target]: made });
    replaceTextFile(file, after, place.scope);
    if (made === null && file.target in remembered) writeMade(home, others);
  });
}

/** OpenCode's newer files have a level more below the same key. */
function pathIn(content: unknown, { path: keys }: ClientFile): readonly string[] {
  if (keys.length !== 1 || keys[0] !== 'mcp') return keys;
  const servers = (content as { mcp?: { servers?: unknown } } | null)?.mcp?.servers;
  const isList = typeof servers === 'object' && servers !== null && launchOf(servers) === undefined;
  return isList && !('type' in servers) ? ['mcp', 'servers'] : keys;
}

/** What the user has changed of an entry of ours stays: whether it is switched on, which tools need no question. */
const USERS_OWN = ['enabled', 'disabled', 'timeout', 'description'];

function updated(there: unknown, shape: Entry, { env }: Launch): Entry {
  if (there === undefined) return shape;
  const old = there as Entry;
  const key = ['env', 'envs', 'environment'].find((name) => name in old || name in shape);
  const own = Object.entries(shape).filter(([name]) => !(USERS_OWN.includes(name) && name in old));
  const merged: Record<string, unknown> = { ...old, ...Object.fromEntries(own) };
  if (key === undefined) return merged;
  const { MPAK_HOME: _home, ...kept } = (old[key] ?? {}) as Record<string, string>;
  const variables = { ...kept, ...env };
  if (Object.keys(variables).length > 0 || key in shape) return { ...merged, [key]: variables };
  return without(merged, key);
}

function asBefore(
  editor: Editor,
  text: string,
  keys: readonly string[],
  name: string,
  made: Made,
): string | null | undefined {
  const range = editor.find(text, keys, name);
  return range && unmade(text, range, made);
}

function taken(client: Client, place: ClientFile, name: string, other: PackageName | undefined): MpakError {
  const whose = other === undefined ? 'another server' : other;
  return new MpakError(
    'CLIENT_ENTRY_TAKEN',
    `${client.name} has ${whose} under the name ${JSON.stringify(name)} already, in ${place.file}.`,
    { hint: 'Give it another name there: `--as NAME`.' },
  );
}
