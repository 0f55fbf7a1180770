/** Entries in TOML: each a table of its own, at the end of the file. */
import { parse as parseValues, TomlError } from 'smol-toml';
import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';
import { isObject } from '../config/config-json.ts';
import { type Editor, type Entry, invalidFile, type Path, Unwritable } from './format.ts';
import { applyEdits, type Edit, lineEnd, lineStart, newlineOf, type Range } from './text.ts';

type Key = readonly (string | number)[];

/** A table or a line that says something of an entry. */
interface Piece extends Range {
  readonly isTable: boolean;
}

const BARE = /^[A-Za-z0-9_-]+$/;

export const tomlEditor: Editor = { parse, insert, replace, remove, find };

function parse(text: string, file: string): unknown {
  try {
    parseTOML(text);
    // Its own values would be no good: a key `__proto__` changes the prototype of all objects.
    return parseValues(text, { integersAsBigInt: 'asNeeded' });
  } catch (error) {
    if (error instanceof ParseError)
      throw invalidFile(file, `line ${error.lineNumber} is no TOML (${error.message})`);
    if (error instanceof TomlError)
      throw invalidFile(file, `line ${error.line} is no TOML (${error.message.split('\n', 1)[0]})`);
    throw error;
  }
}

function insert(text: string, path: Path, name: string, entry: Entry): string {
  const newline = newlineOf(text);
  const table = written([...path, name], entry).join(newline);
  if (text === '') return `${table}${newline}`;
  return text.endsWith('\n') ? `${text}${newline}${table}${newline}` : `${text}${newline}${newline}${table}`;
}

function replace(text: string, path: Path, name: string, entry: Entry): string {
  const range = find(text, path, name);
  const [first] = piecesOf(text, [...path, name]);
  if (range === undefined || first?.isTable !== true) {
    throw new Unwritable(`${JSON.stringify(name)} is not one table`);
  }
  const table = written([...path, name], entry).join(newlineOf(text));
  return applyEdits(text, [{ ...range, text: table }]);
}

function remove(text: string, path: Path, name: string): string {
  const pieces = piecesOf(text, [...path, name]);
  return applyEdits(
    text,
    pieces.map((piece, index) => removal(text, piece, index === 0)),
  );
}

function find(text: string, path: Path, name: string): Range | undefined {
  const pieces = piecesOf(text, [...path, name]);
  const [first] = pieces;
  const last = pieces.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const between = pieces
    .slice(1)
    .map((piece, index) => text.slice((pieces[index] as Piece).end, piece.start));
  return between.every((part) => part.trim() === '') ? { start: first.start, end: last.end } : undefined;
}

/** With the blank line before it, which belongs to the first table. */
function removal(text: string, piece: Piece, isFirst: boolean): Edit {
  const start = lineStart(text, piece.start);
  const end = lineEnd(text, piece.end);
  const newline = newlineOf(text);
  const isBlankBefore = text.slice(0, start).endsWith(newline + newline);
  const eatsBlank = piece.isTable && isFirst && (isBlankBefore || text.slice(0, start) === newline);
  const before = eatsBlank ? newline.length : 0;
  if (start === 0 && piece.isTable && text.startsWith(newline + newline, end)) {
    return { start, end: end + 2 * newline.length, text: '' };
  }
  if (end < text.length) return { start: start - before, end: end + newline.length, text: '' };
  return { start: Math.max(0, start - before - newline.length), end, text: '' };
}

function piecesOf(text: string, key: Key): Piece[] {
  const [root] = parseTOML(text).body;
  return root.body.flatMap((node) => (isTable(node) ? piecesOfTable(node, key) : lineOf(node, [], key)));
}

function isTable(node: AST.TOMLKeyValue | AST.TOMLTable): node is AST.TOMLTable {
  return node.type === 'TOMLTable';
}

function piecesOfTable(table: AST.TOMLTable, key: Key): Piece[] {
  if (startsWith(table.resolvedKey, key)) {
    // Up to the comment that its last line may end with.
    return [{ start: table.range[0], end: table.range[1], isTable: true }];
  }
  return table.body.flatMap((line) => lineOf(line, table.resolvedKey, key));
}

function lineOf(line: AST.TOMLKeyValue, table: Key, key: Key): Piece[] {
  const own = line.key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));
  const [start, end] = line.range;
  return startsWith([...table, ...own], key) ? [{ start, end, isTable: false }] : [];
}

function startsWith(key: Key, beginning: Key): boolean {
  return beginning.every((part, index) => key[index] === part);
}

function written(key: readonly string[], entry: Entry): string[] {
  const lines = Object.entries(entry)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${keyText(name)} = ${valueText(value)}`);
  return [`[${key.map(keyText).join('.')}]`, ...lines];
}

function keyText(key: string): string {
  return BARE.test(key) ? key : stringText(key);
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return stringText(value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (value instanceof Date) return value.toISOString();
  if (!isObject(value)) throw new Unwritable(`${String(value)} cannot be written in TOML`);
  const pairs = Object.entries(value).map(([name, item]) => `${keyText(name)} = ${valueText(item)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

/** JSON's escapes are TOML's; it only asks for one more. */
function stringText(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}
