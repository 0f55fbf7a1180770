/** Entries in JSON, with comments and trailing commas where somebody has written them. */
import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { type Editor, type Entry, invalidFile, type Path, Unwritable } from './format.ts';
import {
  applyEdits,
  type Edit,
  indentAt,
  lineNumber,
  lineStart,
  newlineOf,
  type Range,
  spaceBefore,
} from './text.ts';

/** White space and comments, at the place where it begins to look. */
const TRIVIA = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
/** The same as far as it stays on the line. */
const TRIVIA_OF_LINE = /(?:[ \t]|\/\*(?:(?!\*\/)[^\n])*\*\/)*(?:\/\/[^\r\n]*)?/y;

export const jsonEditor: Editor = { parse, insert, replace, remove, find };

function parse(text: string, file: string): unknown {
  if (text.trim() === '') return {};
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined || root === undefined) {
    const line = lineNumber(text, error?.offset ?? 0);
    const why = error === undefined ? '' : ` (${printParseErrorCode(error.error)})`;
    throw invalidFile(file, `line ${line} is no JSON${why}`);
  }
  return getNodeValue(root);
}

function insert(text: string, path: Path, name: string, entry: Entry): string {
  const root = treeOf(text);
  const style = { unit: unitOf(text, root), newline: newlineOf(text) };
  if (root === undefined) {
    const content = nested([...path, name], entry) as Entry;
    return `${written(content, '', style)}${style.newline}`;
  }
  const depth = depthOf(root, path);
  const object = nodeAt(root, path.slice(0, depth)) as Node;
  const [key, ...rest] = [...path, name].slice(depth) as [string, ...string[]];
  return applyEdits(text, insertion(text, object, key, nested(rest, entry), style));
}

function replace(text: string, path: Path, name: string, entry: Entry): string {
  const root = treeOf(text) as Node;
  const property = propertyOf(nodeAt(root, path) as Node, name) as Node;
  const value = property.children?.[1] as Node;
  const indent = indentAt(text, property.offset);
  const style = { unit: unitOf(text, root), newline: newlineOf(text) };
  const changed = indent === undefined ? JSON.stringify(entry) : written(entry, indent, style);
  return applyEdits(text, [{ start: value.offset, end: endOf(value), text: changed }]);
}

function remove(text: string, path: Path, name: string): string {
  const object = nodeAt(treeOf(text) as Node, path) as Node;
  const properties = object.children ?? [];
  const property = propertyOf(object, name) as Node;
  const index = properties.indexOf(property);
  const start = spaceBefore(text, property.offset);
  const comma = commaAfter(text, endOf(property));
  if (comma !== undefined) return applyEdits(text, [{ start, end: comma + 1, text: '' }]);
  if (index > 0) {
    const before = commaAfter(text, endOf(properties[index - 1] as Node)) as number;
    return applyEdits(text, [
      { start: before, end: before + 1, text: '' },
      { start: Math.max(start, before + 1), end: endOf(property), text: '' },
    ]);
  }
  const rest =
    text.slice(object.offset + 1, property.offset) + text.slice(endOf(property), endOf(object) - 1);
  return rest.trim() === ''
    ? applyEdits(text, [{ start: object.offset, end: endOf(object), text: '{}' }])
    : applyEdits(text, [{ start, end: endOf(property), text: '' }]);
}

function find(text: string, path: Path, name: string): Range | undefined {
  const root = treeOf(text);
  const object = root && nodeAt(root, path);
  const found = object === undefined ? [] : propertiesOf(object, name);
  const [property] = found;
  if (property === undefined || found.length > 1) return undefined;
  return { start: property.offset, end: endOf(property) };
}

function treeOf(text: string): Node | undefined {
  return parseTree(text, [], { allowTrailingComma: true });
}

function endOf({ offset, length }: Node): number {
  return offset + length;
}

/** @throws Unwritable when a key is there twice: clients read one of them, and which is not known */
function propertyOf(object: Node, key: string): Node | undefined {
  const found = propertiesOf(object, key);
  if (found.length > 1) throw new Unwritable(`${JSON.stringify(key)} is there more than once`);
  return found[0];
}

function propertiesOf(object: Node, key: string): Node[] {
  return (object.children ?? []).filter((property) => property.children?.[0]?.value === key);
}

function nodeAt(root: Node, path: Path): Node | undefined {
  return path.length === 0 ? root : findNodeAtLocation(root, [...path]);
}

/** How many of the keys are there. */
function depthOf(root: Node, path: Path): number {
  let object: Node = root;
  for (const [depth, key] of path.entries()) {
    const value = propertyOf(object, key)?.children?.[1];
    if (value === undefined) return depth;
    object = value;
  }
  return path.length;
}

function nested(keys: readonly string[], entry: Entry): Entry {
  return keys.reduceRight<Entry>((value, key) => ({ [key]: value }), entry);
}

interface Style {
  readonly unit: string;
  readonly newline: string;
}

/** One level of indentation: that of the outermost property that has a line to itself, less the line of its object. */
function unitOf(text: string, root: Node | undefined): string {
  const queue = root === undefined ? [] : [root];
  for (const node of queue) {
    const [first] = node.type === 'object' ? (node.children ?? []) : [];
    const indent = first && indentAt(text, first.offset);
    const outer = /^[ \t]*/.exec(text.slice(lineStart(text, node.offset)))?.[0] ?? '';
    if (indent !== undefined && indent.length > outer.length && indent.startsWith(outer)) {
      return indent.slice(outer.length);
    }
    queue.push(...(node.children ?? []));
  }
  return '  ';
}

function written(value: Entry, indent: string, { unit, newline }: Style): string {
  return JSON.stringify(value, undefined, unit).replaceAll('\n', newline + indent);
}

function insertion(text: string, object: Node, key: string, value: Entry, style: Style): Edit[] {
  const properties = object.children ?? [];
  const last = properties.at(-1);
  if (last === undefined) return [intoEmpty(text, object, key, value, style)];
  const indent = indentAt(text, last.offset) ?? indentAt(text, (properties[0] as Node).offset);
  const end = endOf(last);
  const comma = commaAfter(text, end);
  const own = `${JSON.stringify(key)}: ${indent === undefined ? JSON.stringify(value) : written(value, indent, style)}`;
  const lead = indent === undefined ? ' ' : style.newline + indent;
  const at = skip(TRIVIA_OF_LINE, text, comma === undefined ? end : comma + 1);
  const place = indent === undefined ? (comma === undefined ? end : comma + 1) : at;
  if (comma !== undefined) return [{ start: place, end: place, text: `${lead}${own},` }];
  if (place === end) return [{ start: end, end, text: `,${lead}${own}` }];
  return [
    { start: end, end, text: ',' },
    { start: place, end: place, text: lead + own },
  ];
}

/** Comments in it stay before the entry. */
function intoEmpty(text: string, object: Node, key: string, value: Entry, style: Style): Edit {
  const outer = /^[ \t]*/.exec(text.slice(lineStart(text, object.offset)))?.[0] ?? '';
  const indent = outer + style.unit;
  const close = endOf(object) - 1;
  const start = Math.max(object.offset + 1, spaceBefore(text, close));
  const own = `${JSON.stringify(key)}: ${written(value, indent, style)}`;
  return { start, end: close, text: `${style.newline}${indent}${own}${style.newline}${outer}` };
}

/** Where the comma stands that follows a property, behind comments perhaps. */
function commaAfter(text: string, offset: number): number | undefined {
  const place = skip(TRIVIA, text, offset);
  return text[place] === ',' ? place : undefined;
}

function skip(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  const [found] = pattern.exec(text) ?? [''];
  // White space that a line ends with belongs to its end.
  return offset + (pattern === TRIVIA_OF_LINE ? found.trimEnd() : found).length;
}
