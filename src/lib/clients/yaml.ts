/** Entries in YAML: in a block mapping on lines of their own, the first of it, where nothing else has to be moved. */
import {
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type Node,
  type Pair,
  parseDocument,
  stringify,
  type YAMLMap,
} from 'yaml';
import { type Editor, type Entry, invalidFile, type Path, Unwritable } from './format.ts';
import { applyEdits, indentAt, lineEnd, newlineOf, type Range } from './text.ts';

interface Place extends Range {
  readonly pair: Pair<Node, Node | null>;
}

export const yamlEditor: Editor = { parse, insert, replace, remove, find };

function parse(text: string, file: string): unknown {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) {
    const [reason] = error.message.split('\n');
    throw invalidFile(file, `line ${error.linePos?.[0].line ?? 1} is no YAML (${reason})`);
  }
  if (document.contents === null) return {};
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    throw invalidFile(file, `its aliases cannot be followed (${(error as Error).message})`);
  }
}

function insert(text: string, path: Path, name: string, entry: Entry): string {
  const [key] = path;
  if (key === undefined || path.length > 1) throw new Unwritable('its servers are not one level deep');
  const document = parseDocument(text);
  const newline = newlineOf(text);
  const unit = unitOf(text, document);
  if (document.contents !== null && !isBlock(document.contents)) {
    throw new Unwritable('its content is not a block mapping');
  }
  const pair = document.contents === null ? undefined : pairOf(document.contents, key);
  const own = written(name, entry, unit, newline);
  if (pair === undefined) {
    const block = `${key}:${newline}${own}`;
    if (text === '' || text.endsWith('\n')) return `${text}${block}${newline}`;
    return `${text}${newline}${block}`;
  }
  const { value } = pair;
  const place = lineEnd(text, start(pair.key));
  if (isMap(value) && value.flow && value.items.length > 0) {
    const brace = start(value) + 1;
    const pairText = `${JSON.stringify(name)}: ${JSON.stringify(entry)}, `;
    return applyEdits(text, [{ start: brace, end: brace, text: pairText }]);
  }
  if (isMap(value) && value.items.length > 0) {
    const indent = indentAt(text, start((value.items[0] as Pair<Node>).key));
    if (indent === undefined) throw new Unwritable(`${JSON.stringify(key)} begins on its own line`);
    const block = written(name, entry, indent, newline);
    return applyEdits(text, [{ start: place, end: place, text: newline + block }]);
  }
  // `{}`, `null`, `~` or nothing gives way to a block.
  const empty = { start: start(value as Node), end: (value as Node).range?.[1] ?? 0, text: '' };
  if (empty.end > place) throw new Unwritable(`${JSON.stringify(key)} is empty over several lines`);
  return applyEdits(text, [empty, { start: place, end: place, text: newline + own }]);
}

function replace(text: string, path: Path, name: string, entry: Entry): string {
  const place = placeOf(text, path, name) as Place;
  const newline = newlineOf(text);
  const indent = indentAt(text, place.start);
  const changed =
    indent === undefined
      ? `${JSON.stringify(name)}: ${JSON.stringify(entry)}`
      : written(name, entry, indent, newline).slice(indent.length);
  return applyEdits(text, [{ start: place.start, end: place.end, text: changed }]);
}

function remove(text: string, path: Path, name: string): string {
  const place = placeOf(text, path, name) as Place;
  const map = mapAt(parseDocument(text), path) as YAMLMap<Node, Node | null>;
  if (map.flow) {
    const comma = /^\s*,[ ]?/.exec(text.slice(place.end))?.[0];
    const before = /,\s*$/.exec(text.slice(0, place.start))?.[0] ?? '';
    return comma === undefined
      ? applyEdits(text, [{ start: place.start - before.length, end: place.end, text: '' }])
      : applyEdits(text, [{ start: place.start, end: place.end + comma.length, text: '' }]);
  }
  const indent = indentAt(text, place.start) ?? '';
  const newline = newlineOf(text);
  const edit = {
    start: Math.max(0, place.start - indent.length - newline.length),
    end: lineEnd(text, place.end),
    text: '',
  };
  if (map.items.length > 1) return applyEdits(text, [edit]);
  const pair = pairOf(parseDocument(text).contents as YAMLMap<Node, Node | null>, path[0] as string);
  const colon = text.indexOf(':', end(pair?.key as Node)) + 1;
  return applyEdits(text, [edit, { start: colon, end: colon, text: ' {}' }]);
}

function find(text: string, path: Path, name: string): Range | undefined {
  const place = placeOf(text, path, name);
  return place && { start: place.start, end: place.end };
}

function placeOf(text: string, path: Path, name: string): Place | undefined {
  const map = mapAt(parseDocument(text), path);
  const pair = map && pairOf(map, name);
  if (pair === undefined) return undefined;
  const last = contentEnd(pair);
  // A block scalar has its line break with it.
  const trimmed = text.slice(0, last).trimEnd().length;
  return { pair, start: start(pair.key), end: Math.max(trimmed, end(pair.key)) };
}

function mapAt({ contents }: Document.Parsed, path: Path): YAMLMap<Node, Node | null> | undefined {
  let node: Node | null | undefined = contents;
  for (const key of path)
    node = isMap(node) ? pairOf(node as YAMLMap<Node, Node | null>, key)?.value : undefined;
  return isMap(node) ? (node as YAMLMap<Node, Node | null>) : undefined;
}

function pairOf(map: YAMLMap<Node, Node | null>, key: string): Pair<Node, Node | null> | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

function isBlock(node: Node): node is YAMLMap<Node, Node | null> {
  return isMap(node) && !node.flow;
}

function start(node: Node): number {
  return node.range?.[0] ?? 0;
}

function end(node: Node): number {
  return node.range?.[1] ?? 0;
}

/** Where the last thing in it ends; the comments behind that are the next one's. */
function contentEnd(node: unknown): number {
  if (isPair(node)) return Math.max(contentEnd(node.key), contentEnd(node.value));
  if (isCollection(node) && !node.flow) return Math.max(0, ...node.items.map(contentEnd));
  return (node as Node | null)?.range?.[1] ?? 0;
}

/** One level of indentation: that of the first block in the outermost one. */
function unitOf(text: string, { contents }: Document.Parsed): string {
  const values: unknown[] = isMap(contents) ? contents.items.map(({ value }) => value) : [];
  for (const block of values) {
    const [first] = isMap(block) && !block.flow ? block.items : [];
    const node = isPair(first) ? (first.key as Node) : undefined;
    const indent = node && indentAt(text, start(node));
    if (indent) return indent;
  }
  return '  ';
}

/** Every text in quotes: programs differ in what else a plain one could mean. */
function written(name: string, entry: Entry, indent: string, newline: string): string {
  const options = {
    indent: Math.max(1, indent.length),
    lineWidth: 0,
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
    compat: 'yaml-1.1',
  } as const;
  const lines = stringify({ [name]: entry }, options)
    .trimEnd()
    .split('\n');
  return lines.map((line) => indent + line).join(newline);
}
