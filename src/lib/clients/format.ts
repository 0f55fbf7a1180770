/**
 * What is done to a client's file, whatever its format. Each format changes the text where the entry is and nowhere
 * else; here the outcome is parsed again and compared with what was meant, so that a form of writing that nobody
 * thought of is refused and never damaged.
 */
import { isDeepStrictEqual } from 'node:util';
import { isObject, without } from '../config/config-json.ts';
import { MpakError } from '../errors.ts';
import type { Format } from './client.ts';
import type { Range } from './text.ts';

export type Path = readonly string[];
export type Entry = Readonly<Record<string, unknown>>;

/** A format that can be written into. Texts are what `parse` has taken. */
export interface Editor {
  /** The content, a text that is empty counting as an empty object. @throws MpakError CLIENT_FILE_INVALID */
  readonly parse: (text: string, file: string) => unknown;
  /** The text with an entry more. @throws Unwritable */
  readonly insert: (text: string, path: Path, name: string, entry: Entry) => string;
  /** The text with the entry replaced where it stands. */
  readonly replace: (text: string, path: Path, name: string, entry: Entry) => string;
  /** The text without the entry. */
  readonly remove: (text: string, path: Path, name: string) => string;
  /** Where the entry stands, its name too; undefined when it is in several places. */
  readonly find: (text: string, path: Path, name: string) => Range | undefined;
}

/** Why nothing can be written there: a part of a sentence. */
export class Unwritable extends Error {
  override readonly name = 'Unwritable';
}

/** Parsers are loaded when there is something to parse. */
export async function editorOf(format: Format): Promise<Editor> {
  const editor = await loadEditor(format);
  return {
    ...editor,
    parse: (text, file) => {
      try {
        return editor.parse(text, file);
      } catch (error) {
        // The stack is used up.
        if (error instanceof RangeError) throw invalidFile(file, 'it is nested too deep');
        throw error;
      }
    },
  };
}

async function loadEditor(format: Format): Promise<Editor> {
  switch (format) {
    case 'json':
      return (await import('./json.ts')).jsonEditor;
    case 'toml':
      return (await import('./toml.ts')).tomlEditor;
    case 'yaml':
      return (await import('./yaml.ts')).yamlEditor;
  }
}

export function invalidFile(file: string, why: string): MpakError {
  return new MpakError('CLIENT_FILE_INVALID', `${file} is left as it is: ${why}.`, {
    hint: 'Mend the file by hand; the client that it belongs to may not be able to read it either.',
  });
}

/**
 * The servers in a content; undefined when the keys lead nowhere.
 * @throws MpakError CLIENT_FILE_INVALID when something else is there
 */
export function serversIn(content: unknown, path: Path, file: string): Entry | undefined {
  let value = content;
  const names = ['its content', ...path.map((key) => JSON.stringify(key))];
  for (const [depth, name] of names.entries()) {
    // YAML says null where nothing stands behind a key.
    if (value === undefined || (value === null && depth > 0)) return undefined;
    if (!isObject(value)) throw invalidFile(file, `${name} is no object`);
    if (depth === path.length) return value;
    const key = path[depth] as string;
    value = Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return undefined;
}

/** @throws MpakError CLIENT_FILE_INVALID when it cannot be done without touching anything else */
export function putEntry(
  editor: Editor,
  { text, path, name, entry, file }: { text: string; path: Path; name: string; entry: Entry; file: string },
): string {
  const before = editor.parse(text, file);
  const there = Object.hasOwn(serversIn(before, path, file) ?? {}, name);
  const expected = withEntry(before, path, name, entry);
  return checked(editor, file, expected, () =>
    there ? editor.replace(text, path, name, entry) : editor.insert(text, path, name, entry),
  );
}

/** @throws MpakError CLIENT_FILE_INVALID when it cannot be done without touching anything else */
export function dropEntry(
  editor: Editor,
  { text, path, name, file }: { text: string; path: Path; name: string; file: string },
): string {
  const expected = withEntry(editor.parse(text, file), path, name, undefined);
  return checked(editor, file, expected, () => editor.remove(text, path, name), path);
}

/** @param mayGo an empty list of servers, which says what none says */
function checked(
  editor: Editor,
  file: string,
  expected: unknown,
  change: () => string,
  mayGo: Path = [],
): string {
  let after: string;
  try {
    after = change();
  } catch (error) {
    if (error instanceof Unwritable) throw invalidFile(file, error.message);
    throw error;
  }
  let content: unknown;
  try {
    content = editor.parse(after, file);
  } catch {
    content = undefined;
  }
  if (isSame(withoutEmpty(content, mayGo), withoutEmpty(expected, mayGo))) return after;
  throw invalidFile(file, 'it is written in a way that mpak cannot change without touching the rest');
}

function withoutEmpty(content: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined || !isObject(content)) return content;
  const inner = withoutEmpty(content[key], rest);
  return isObject(inner) && Object.keys(inner).length === 0
    ? without(content, key)
    : { ...content, [key]: inner };
}

function withEntry(content: unknown, path: Path, name: string, entry: Entry | undefined): unknown {
  const own = isObject(content) ? content : {};
  const [key, ...rest] = path;
  if (key !== undefined) return { ...own, [key]: withEntry(own[key], rest, name, entry) };
  const { [name]: _, ...others } = own;
  return entry === undefined ? others : { ...others, [name]: entry };
}

/** Whether two contents say the same, whichever parser or shape they are from. */
export function isSame(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(plain(one), plain(other));
}

/** Without prototypes and undefined values, which parsers and shapes differ in. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value) || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [[key, plain(item)]])),
  );
}
