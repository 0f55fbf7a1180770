/** Python, parsed by Lezer, as expressions. Lezer goes on where something is no Python, and needs no stack for nesting. */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import { CodeBuilder } from './builder.ts';
import { constantOf } from './constants.ts';
import type { Argument, Code, Expression, Member } from './expression.ts';
import { stringValue } from './python-string.ts';

/** What going through a level costs in stack, relative to one of JavaScript. Python itself refuses 200 brackets. */
const WEIGHT = 3;

/** Stops at the first error: to go on costs up to 50 times as much for each character. */
const strict = parser.configure({ strict: true });
/** Of a text that is parsed beyond errors. What Python takes and Lezer does not is rarely this large. */
const MAX_TOLERATED_LENGTH = 128 * 1024;

/** @throws TooDeep, SyntaxError */
export function parsePython(text: string): Code {
  const chosen = text.length > MAX_TOLERATED_LENGTH ? strict : parser;
  const lowering = new Lowering(text);
  lowering.visit(chosen.parse(text).topNode);
  return lowering.code.finish('python', lowering.hasErrors);
}

class Lowering {
  readonly code = new CodeBuilder();
  hasErrors = false;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  visit(node: SyntaxNode | null | undefined): Expression | undefined {
    if (node === null || node === undefined) return undefined;
    this.code.enter(WEIGHT);
    const expression = this.#lower(node);
    this.code.leave(WEIGHT);
    return expression;
  }

  #lower(node: SyntaxNode): Expression | undefined {
    const { code } = this;
    const { name, from: start, to: end } = node;
    switch (name) {
      case 'VariableName':
        return code.add({ kind: 'name', start, end, name: this.#textOf(node) });
      case 'String':
        return code.add({ kind: 'literal', start, end, value: stringValue(this.#textOf(node)) });
      case 'Number': {
        const number = Number(this.#textOf(node).replaceAll('_', ''));
        return code.add({
          kind: 'literal',
          start,
          end,
          value: Number.isNaN(number) ? this.#textOf(node) : number,
        });
      }
      case 'Boolean':
        return code.add({ kind: 'literal', start, end, value: this.#textOf(node) === 'True' });
      case 'None':
        return code.add({ kind: 'literal', start, end, value: null });
      case 'ContinuedString':
        return code.add({ kind: 'text', start, end, parts: this.#all(parts(node)) });
      case 'FormatString':
        return this.#format(node);
      case 'ParenthesizedExpression':
      case 'AwaitExpression':
        return this.#last(node);
      case 'MemberExpression':
        return this.#member(node);
      case 'CallExpression': {
        const callee = this.#required(node.firstChild, node);
        return code.add({
          kind: 'call',
          form: 'call',
          start,
          end,
          callee,
          args: this.#args(node.getChild('ArgList')),
        });
      }
      case 'BinaryExpression':
        return this.#binary(node);
      case 'ConditionalExpression': {
        const [value, test, otherwise] = parts(node);
        this.visit(test);
        return code.add({ kind: 'choice', start, end, options: this.#all([value, otherwise]) });
      }
      case 'ArrayExpression':
      case 'TupleExpression':
      case 'SetExpression':
        return code.add({ kind: 'list', start, end, items: this.#all(parts(node)) });
      case 'DictionaryExpression':
        return this.#dictionary(node);
      case 'LambdaExpression':
        return this.#function(node, null, []);
      case 'NamedExpression': {
        const [target, value] = parts(node);
        const bound = this.#required(value, node);
        this.#bind(target, bound);
        return bound;
      }
      case 'AssignStatement':
        return this.#assign(node);
      case 'UpdateStatement': {
        const [target, value] = parts(node);
        const right = this.#required(value, node);
        const before = this.#required(target, node);
        if (before.kind === 'name') this.#bind(target, right);
        const isSum = this.#textOf(node.getChild('UpdateOp')) === '+=';
        return isSum ? code.add({ kind: 'text', start, end, parts: [before, right] }) : undefined;
      }
      case 'FunctionDefinition':
        return this.#definition(node, []);
      case 'DecoratedStatement':
        return this.#decorated(node);
      case 'ClassDefinition':
        return this.#class(node, []);
      case 'ForStatement':
      case 'ArrayComprehensionExpression':
      case 'ComprehensionExpression':
      case 'SetComprehensionExpression':
      case 'DictionaryComprehensionExpression':
        return this.#loop(node);
      case 'WithStatement':
      case 'TryStatement':
        return this.#withAs(node);
      case 'ImportStatement':
        this.#import(node);
        return undefined;
      case 'ScopeStatement':
        for (const each of node.getChildren('VariableName')) code.scope.outer.add(this.#textOf(each));
        return undefined;
      case 'ReturnStatement': {
        const values = this.#all(parts(node));
        const [only] = values;
        if (only !== undefined) {
          code.scope.returns.push(
            values.length === 1 ? only : code.add({ kind: 'list', start, end, items: values }),
          );
        }
        return undefined;
      }
      case 'TypeDef':
      case 'Comment':
        return undefined;
      default:
        if (node.type.isError) this.hasErrors = true;
        return this.#other(node);
    }
  }

  #textOf(node: SyntaxNode | null): string {
    return node === null ? '' : this.#text.slice(node.from, node.to);
  }

  #required(node: SyntaxNode | null | undefined, within: SyntaxNode): Expression {
    return (
      this.visit(node) ?? this.code.add({ kind: 'other', start: within.from, end: within.to, parts: [] })
    );
  }

  #all(nodes: readonly (SyntaxNode | undefined)[]): Expression[] {
    return nodes.map((each) => this.visit(each)).filter((each) => each !== undefined);
  }

  /** What brackets or `await` stand around. */
  #last(node: SyntaxNode): Expression | undefined {
    return this.#all(parts(node)).at(-1);
  }

  #other(node: SyntaxNode): Expression | undefined {
    const inner = this.#all(children(node));
    if (inner.length === 0) return undefined;
    return this.code.add({ kind: 'other', start: node.from, end: node.to, parts: inner });
  }

  #format(node: SyntaxNode): Expression {
    const { code } = this;
    const found: Expression[] = [];
    const [quote = ''] = /^[a-z]*(?:"""|'''|"|')?/i.exec(this.#textOf(node)) ?? [];
    let at = node.from + quote.length;
    const literal = (start: number, end: number) => {
      if (end > start)
        found.push(code.add({ kind: 'literal', start, end, value: this.#text.slice(start, end) }));
    };
    for (const each of node.getChildren('FormatReplacement')) {
      literal(at, each.from);
      found.push(...this.#all(parts(each)));
      at = each.to;
    }
    literal(at, node.to - quote.replace(/^[a-z]*/i, '').length);
    return code.add({ kind: 'text', start: node.from, end: node.to, parts: found });
  }

  #member(node: SyntaxNode): Member {
    const { from: start, to: end } = node;
    const object = this.#required(node.firstChild, node);
    const property = node.getChild('PropertyName');
    if (property !== null) {
      return this.code.add({
        kind: 'member',
        start,
        end,
        object,
        property: this.#textOf(property),
        key: null,
      });
    }
    const key = this.#all(parts(node).slice(1))[0] ?? null;
    const constant = key?.kind === 'literal' ? String(key.value) : null;
    return this.code.add({ kind: 'member', start, end, object, property: constant, key });
  }

  #args(list: SyntaxNode | null): Argument[] {
    const args: Argument[] = [];
    if (list !== null && list.getChild('for') !== null) {
      return [{ name: null, value: this.#loop(list), isSpread: false }];
    }
    let name: string | null = null;
    let isSpread = false;
    for (const each of list === null ? [] : children(list)) {
      if (each.name === '*' || each.name === '**') isSpread = true;
      if (!isExpression(each)) continue;
      if (each.nextSibling?.name === 'AssignOp') {
        name = this.#textOf(each);
        continue;
      }
      const value = this.visit(each);
      if (value !== undefined) args.push({ name, value, isSpread });
      name = null;
      isSpread = false;
    }
    return args;
  }

  /** Without going deeper for each `+`. */
  #binary(node: SyntaxNode): Expression | undefined {
    const { from: start, to: end } = node;
    const operator = this.#textOf(node.getChild('ArithOp'));
    if (operator === '+') {
      const operands: (SyntaxNode | undefined)[] = [];
      let left: SyntaxNode | undefined = node;
      while (left?.name === 'BinaryExpression' && this.#textOf(left.getChild('ArithOp')) === '+') {
        const [one, other]: SyntaxNode[] = parts(left);
        operands.push(other);
        left = one;
      }
      return this.code.add({ kind: 'text', start, end, parts: this.#all([left, ...operands.reverse()]) });
    }
    const values = this.#all(parts(node));
    if (operator === '%') return this.code.add({ kind: 'text', start, end, parts: values });
    if (node.getChild('and') !== null || node.getChild('or') !== null) {
      return this.code.add({ kind: 'choice', start, end, options: values });
    }
    return this.code.add({ kind: 'other', start, end, parts: values });
  }

  #dictionary(node: SyntaxNode): Expression {
    const entries: { key: string | null; value: Expression }[] = [];
    let key: Expression | undefined;
    for (const each of parts(node)) {
      const value = this.visit(each);
      if (value === undefined) continue;
      if (each.nextSibling?.name === ':') key = value;
      else {
        const name = key && constantOf(key);
        entries.push({ key: name === undefined ? null : String(name), value });
        key = undefined;
      }
    }
    return this.code.add({ kind: 'entries', start: node.from, end: node.to, entries });
  }

  /** `a, b = c = value`: all but the last side are targets. */
  #assign(node: SyntaxNode): undefined {
    const sides: SyntaxNode[][] = [[]];
    for (const each of children(node)) {
      if (each.name === 'AssignOp') sides.push([]);
      else if (isExpression(each)) sides.at(-1)?.push(each);
    }
    if (sides.length === 1) return undefined;
    const right = this.#all(sides.pop() as SyntaxNode[]);
    const [only] = right;
    if (only === undefined) return undefined;
    const { from: start, to: end } = node;
    const value =
      right.length === 1 ? only : this.code.add<Expression>({ kind: 'list', start, end, items: right });
    for (const targets of sides) this.#bindAll(targets, value);
    return undefined;
  }

  #bindAll(targets: readonly SyntaxNode[], value: Expression): void {
    if (targets.length === 1) this.#bind(targets[0], value);
    else {
      for (const [index, each] of targets.entries()) {
        const { from: start, to: end } = each;
        this.#bind(
          each,
          this.code.add({ kind: 'member', start, end, object: value, property: String(index), key: null }),
        );
      }
    }
  }

  #bind(target: SyntaxNode | undefined, value: Expression): void {
    if (target === undefined) return;
    if (target.name === 'VariableName') {
      const name = this.#textOf(target);
      if (!this.code.scope.outer.has(name)) this.code.declare(name);
      this.code.assign(name, value);
    } else if (target.name === 'TupleExpression' || target.name === 'ArrayExpression') {
      this.#bindAll(parts(target), value);
    } else if (target.name === 'ParenthesizedExpression') this.#bind(parts(target)[0], value);
    else {
      const member = this.visit(target);
      if (member?.kind === 'member') this.code.assignMember(member, value);
    }
  }

  #decorated(node: SyntaxNode): Expression | undefined {
    const decorators = node.getChildren('Decorator').flatMap((each) => {
      const list = each.getChild('ArgList');
      const names = children(each).filter(({ name }) => name === 'VariableName' || name === 'PropertyName');
      const callee = this.#dotted(names, each);
      if (callee === undefined) return this.#all(parts(each));
      if (list === null) return [callee];
      const { from: start, to: end } = each;
      return [
        this.code.add<Expression>({ kind: 'call', form: 'call', start, end, callee, args: this.#args(list) }),
      ];
    });
    const inner = node.getChild('FunctionDefinition');
    if (inner !== null) return this.#definition(inner, decorators);
    const type = node.getChild('ClassDefinition');
    return type === null ? undefined : this.#class(type, decorators);
  }

  #dotted(names: readonly SyntaxNode[], within: SyntaxNode): Expression | undefined {
    let found: Expression | undefined;
    for (const each of names) {
      const property = this.#textOf(each);
      const { from: start, to: end } = each;
      found =
        found === undefined
          ? this.code.add({ kind: 'name', start, end, name: property })
          : this.code.add({ kind: 'member', start: within.from, end, object: found, property, key: null });
    }
    return found;
  }

  #definition(node: SyntaxNode, decorators: readonly Expression[]): Expression {
    const name = this.#textOf(node.getChild('VariableName'));
    this.code.declare(name);
    const value = this.#function(node, name, decorators);
    this.code.assign(name, value);
    return value;
  }

  #function(node: SyntaxNode, name: string | null, decorators: readonly Expression[]): Expression {
    const { from: start, to: end } = node;
    const parameters = node.getChild('ParamList');
    const { body, returns } = this.code.inScope(name, (scope) => {
      scope.decorators.push(...decorators);
      for (const each of parameters === null ? [] : children(parameters)) this.#parameter(each);
      const inner = node.getChild('Body') ?? node.lastChild;
      const value = inner?.name === 'ParamList' ? undefined : this.visit(inner);
      if (node.name === 'LambdaExpression' && value !== undefined) scope.returns.push(value);
      return { body: scope, returns: scope.returns };
    });
    return this.code.add({ kind: 'function', start, end, body, returns });
  }

  #parameter(node: SyntaxNode): void {
    const isDefault = node.prevSibling?.name === 'AssignOp';
    if (!isDefault) {
      if (node.name === 'VariableName') this.code.parameter(this.#textOf(node), this.#isTyped(node));
      return;
    }
    let before = node.prevSibling?.prevSibling;
    if (before?.name === 'TypeDef') before = before.prevSibling;
    const value = this.visit(node);
    if (before?.name === 'VariableName' && value !== undefined) this.code.assign(this.#textOf(before), value);
  }

  #isTyped({ prevSibling, nextSibling }: SyntaxNode): boolean {
    if (prevSibling?.name === '*' || prevSibling?.name === '**' || nextSibling?.name !== 'TypeDef')
      return false;
    return !/^:\s*["']?(?:\w+\.)?Any["']?$/.test(this.#textOf(nextSibling));
  }

  #class(node: SyntaxNode, decorators: readonly Expression[]): Expression {
    const { from: start, to: end } = node;
    const name = this.#textOf(node.getChild('VariableName'));
    const bases = this.#args(node.getChild('ArgList')).map(({ value }) => value);
    const body = this.visit(node.getChild('Body'));
    const inner = [...decorators, ...bases, ...(body === undefined ? [] : [body])];
    const value = this.code.add<Expression>({ kind: 'other', start, end, parts: inner });
    this.code.declare(name);
    this.code.assign(name, value);
    return value;
  }

  /** `for targets in object`, of a statement and of a comprehension. */
  #loop(node: SyntaxNode): Expression {
    const inner: Expression[] = [];
    /** Of a comprehension: what is before its first `for`. */
    const items: Expression[] = [];
    let targets: SyntaxNode[] | undefined;
    let isObject = false;
    let hasTargets = false;
    for (const each of children(node)) {
      if (each.name === 'for') {
        targets = [];
        hasTargets = true;
      } else if (each.name === 'in' && targets !== undefined) isObject = true;
      else if (targets !== undefined && !isObject) {
        if (isExpression(each)) targets.push(each);
      } else {
        const value = this.visit(each);
        if (value === undefined) continue;
        inner.push(value);
        if (!hasTargets) items.push(value);
        if (!isObject || targets === undefined) continue;
        const { start, end } = value;
        this.#bindAll(
          targets,
          this.code.add({ kind: 'member', start, end, object: value, property: null, key: null }),
        );
        targets = undefined;
        isObject = false;
      }
    }
    const { from: start, to: end } = node;
    return node.name === 'ForStatement'
      ? this.code.add({ kind: 'other', start, end, parts: inner })
      : this.code.add({ kind: 'list', start, end, items });
  }

  /** `with value as target`, `except value as name`. */
  #withAs(node: SyntaxNode): Expression {
    const inner: Expression[] = [];
    let isTarget = false;
    for (const each of children(node)) {
      if (each.name === 'as') isTarget = true;
      else if (isTarget) {
        const value = inner.at(-1);
        if (value !== undefined) this.#bind(each, value);
        isTarget = false;
      } else {
        const value = this.visit(each);
        if (value !== undefined) inner.push(value);
      }
    }
    return this.code.add({ kind: 'other', start: node.from, end: node.to, parts: inner });
  }

  #import(node: SyntaxNode): void {
    const { from: start } = node;
    const words = children(node).map((each) => this.#textOf(each));
    const isFrom = words[0] === 'from';
    const split = words.indexOf('import');
    const module = isFrom ? words.slice(1, split).join('') : undefined;
    const list = words.slice(split + 1).filter((word) => word !== '(' && word !== ')');
    for (const each of splitBy(list, ',')) {
      const as = each.indexOf('as');
      const path = (as === -1 ? each : each.slice(0, as)).join('');
      const alias = as === -1 ? undefined : each[as + 1];
      if (path === '') continue;
      if (module !== undefined) {
        this.code.import(path === '*' ? null : (alias ?? path), module, path, start);
      } else if (alias !== undefined) this.code.import(alias, path, null, start);
      else {
        const top = path.split('.', 1)[0] as string;
        this.code.import(top, top, null, start);
        if (path !== top) this.code.import(null, path, null, start);
      }
    }
  }
}

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let each = node.firstChild; each !== null; each = each.nextSibling) found.push(each);
  return found;
}

/** The children that are expressions: without brackets, operators and types. */
function parts(node: SyntaxNode): SyntaxNode[] {
  return children(node).filter(isExpression);
}

const NO_EXPRESSION = new Set([
  'TypeDef',
  'Comment',
  'ArithOp',
  'CompareOp',
  'BitOp',
  'AssignOp',
  'UpdateOp',
  'FormatConversion',
  'FormatSelfDoc',
  'At',
]);

/** Tokens are named by themselves: `(`, `if`. */
function isExpression({ name, type }: SyntaxNode): boolean {
  return /^[A-Z]/.test(name) && !NO_EXPRESSION.has(name) && !type.isError;
}

function splitBy(words: readonly string[], separator: string): string[][] {
  const found: string[][] = [[]];
  for (const word of words) {
    if (word === separator) found.push([]);
    else found.at(-1)?.push(word);
  }
  return found;
}
