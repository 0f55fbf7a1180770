/** JavaScript and TypeScript, parsed by Babel, as expressions. */
import { type ParserOptions, parse } from '@babel/parser';
import { CodeBuilder } from './builder.ts';
import { constantOf } from './constants.ts';
import type { Argument, Code, Expression, Language, Member } from './expression.ts';

/** A node of Babel's syntax tree: https://github.com/babel/babel/blob/main/packages/babel-parser/ast/spec.md */
type Node = { readonly type: string; readonly start: number; readonly end: number } & Record<string, unknown>;

/** What a level of it costs the parser in stack, relative to an operator. */
const WEIGHTS: Readonly<Record<string, number>> = {
  ArrayExpression: 14,
  ObjectExpression: 14,
  FunctionExpression: 16,
  FunctionDeclaration: 16,
  ObjectMethod: 16,
  ClassMethod: 8,
  ClassBody: 4,
  ArrowFunctionExpression: 8,
  CallExpression: 4,
  NewExpression: 8,
  ImportExpression: 4,
  TemplateLiteral: 8,
  BlockStatement: 4,
  SequenceExpression: 6,
  ForOfStatement: 3,
  ForInStatement: 3,
  ConditionalExpression: 5,
  LogicalExpression: 5,
  BinaryExpression: 4,
  AssignmentExpression: 4,
  MemberExpression: 2,
  OptionalMemberExpression: 2,
  AwaitExpression: 2,
};

const PATTERN_WEIGHT = 14;

const OPTIONS: ParserOptions = {
  sourceType: 'unambiguous',
  errorRecovery: true,
  attachComment: false,
  allowReturnOutsideFunction: true,
  allowImportExportEverywhere: true,
  allowNewTargetOutsideFunction: true,
  allowSuperOutsideMethod: true,
  allowUndeclaredExports: true,
};

const PLUGINS: Readonly<Record<string, ParserOptions['plugins']>> = {
  javascript: ['jsx', 'decorators'],
  typescript: ['typescript', 'decorators'],
  tsx: ['typescript', 'jsx', 'decorators'],
};

/** @throws SyntaxError, RangeError, TooDeep */
export function parseJavascript(text: string, language: Exclude<Language, 'python'>): Code {
  const file = parse(text, { ...OPTIONS, plugins: PLUGINS[language] ?? [] });
  const lowering = new Lowering();
  lowering.visit(file.program as unknown as Node);
  return lowering.code.finish(language, (file.errors?.length ?? 0) > 0);
}

const TRANSPARENT: Readonly<Record<string, string>> = {
  AwaitExpression: 'argument',
  ParenthesizedExpression: 'expression',
  TSAsExpression: 'expression',
  TSSatisfiesExpression: 'expression',
  TSNonNullExpression: 'expression',
  TSTypeAssertion: 'expression',
  TSInstantiationExpression: 'expression',
  ExpressionStatement: 'expression',
  ChainExpression: 'expression',
  JSXExpressionContainer: 'expression',
};

/** Types say nothing of what runs. */
const TYPES_ONLY =
  /^TS(?!EnumDeclaration|EnumMember|EnumBody|ModuleDeclaration|ModuleBlock|ParameterProperty|ExportAssignment|ImportEquals|ExternalModuleReference)/;
const SKIPPED = new Set([
  'LabeledStatement.label',
  'BreakStatement.label',
  'ContinueStatement.label',
  'MetaProperty.meta',
  'MetaProperty.property',
]);

class Lowering {
  readonly code = new CodeBuilder();

  /** The expression that a node is; undefined for a statement and for what is missing. */
  visit(node: Node | null | undefined): Expression | undefined {
    if (node === null || node === undefined) return undefined;
    const weight = WEIGHTS[node.type] ?? 1;
    this.code.enter(weight);
    const expression = this.#lower(node);
    this.code.leave(weight);
    return expression;
  }

  #lower(node: Node): Expression | undefined {
    const { code } = this;
    const { type, start, end } = node;
    const inner = TRANSPARENT[type];
    if (inner !== undefined) return this.visit(node[inner] as Node);
    switch (type) {
      case 'Identifier':
      case 'JSXIdentifier':
        return code.add({ kind: 'name', start, end, name: node.name as string });
      case 'ThisExpression':
        return code.add({ kind: 'name', start, end, name: 'this' });
      case 'Super':
      case 'Import':
        return code.add({ kind: 'name', start, end, name: type.toLowerCase() });
      case 'StringLiteral':
      case 'NumericLiteral':
      case 'BooleanLiteral':
        return code.add({ kind: 'literal', start, end, value: node.value as string | number | boolean });
      case 'NullLiteral':
        return code.add({ kind: 'literal', start, end, value: null });
      case 'BigIntLiteral':
        return code.add({ kind: 'literal', start, end, value: node.value as string });
      case 'JSXText':
        return code.add({ kind: 'literal', start, end, value: node.value as string });
      case 'TemplateLiteral':
        return this.#template(node);
      case 'TaggedTemplateExpression': {
        const callee = this.#required(node.tag, node);
        const args = [argument(this.#required(node.quasi, node))];
        return code.add({ kind: 'call', form: 'tag', start, end, callee, args });
      }
      case 'BinaryExpression':
        if (node.operator === '+') return this.#sum(node);
        break;
      case 'LogicalExpression':
        return this.#choice(node, [node.left, node.right]);
      case 'ConditionalExpression':
        this.visit(node.test as Node);
        return this.#choice(node, [node.consequent, node.alternate]);
      case 'SequenceExpression':
        return (node.expressions as Node[]).map((each) => this.visit(each)).at(-1);
      case 'AssignmentExpression':
        return this.#assignment(node);
      case 'VariableDeclarator': {
        const value = this.visit(node.init as Node);
        this.#declare(node.id as Node);
        if (value !== undefined) this.#bind(node.id as Node, value);
        return undefined;
      }
      case 'ForOfStatement':
      case 'ForInStatement':
        return this.#loop(node);
      case 'CallExpression':
      case 'OptionalCallExpression':
      case 'NewExpression':
        return this.#call(node);
      case 'ImportExpression': {
        const callee = code.add({ kind: 'name', start, end: start + 6, name: 'import' });
        const args = [argument(this.#required(node.source, node))];
        return code.add({ kind: 'call', form: 'call', start, end, callee, args });
      }
      case 'MemberExpression':
      case 'OptionalMemberExpression':
      case 'JSXMemberExpression':
        return this.#member(node);
      case 'ArrayExpression': {
        const items = this.#all(node.elements as Node[]);
        return code.add({ kind: 'list', start, end, items });
      }
      case 'ObjectExpression':
        return this.#entries(node);
      case 'FunctionDeclaration':
      case 'ClassDeclaration': {
        const name = (node.id as Node | null)?.name as string | undefined;
        if (name !== undefined) code.declare(name);
        const value = type === 'ClassDeclaration' ? this.#class(node) : this.#function(node, name ?? null);
        if (name !== undefined) code.assign(name, value);
        return value;
      }
      case 'ClassExpression':
        return this.#class(node);
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return this.#function(node, ((node.id as Node | null)?.name as string | undefined) ?? null);
      case 'ObjectMethod':
      case 'ClassMethod':
      case 'ClassPrivateMethod':
        if (node.computed) this.visit(node.key as Node);
        return this.#function(node, keyOf(node));
      case 'ClassProperty':
      case 'ClassPrivateProperty':
      case 'ClassAccessorProperty':
        if (node.computed) this.visit(node.key as Node);
        return this.visit(node.value as Node);
      case 'ReturnStatement': {
        const value = this.visit(node.argument as Node);
        if (value !== undefined) code.scope.returns.push(value);
        return undefined;
      }
      case 'CatchClause':
        if (node.param) this.#declare(node.param as Node);
        return this.visit(node.body as Node);
      case 'ImportDeclaration':
        this.#import(node);
        return undefined;
      case 'TSImportEqualsDeclaration':
        return this.#importEquals(node);
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
        if (node.source) this.#reexport(node, (node.source as Node).value as string);
        else for (const each of (node.specifiers as Node[] | undefined) ?? []) this.visit(each.local as Node);
        return this.visit(node.declaration as Node);
      default:
        if (TYPES_ONLY.test(type)) return undefined;
    }
    return this.#other(node);
  }

  #required(node: unknown, within: Node): Expression {
    return this.visit(node as Node) ?? this.#nothing(within);
  }

  #nothing({ start, end }: Node): Expression {
    return this.code.add({ kind: 'other', start, end, parts: [] });
  }

  #all(nodes: readonly (Node | null)[]): Expression[] {
    return nodes.map((each) => this.visit(each)).filter((each) => each !== undefined);
  }

  #other(node: Node): Expression {
    const parts: Expression[] = [];
    for (const key in node) {
      const value = node[key];
      if (value === null || typeof value !== 'object') continue;
      if (SKIPPED.has(`${node.type}.${key}`)) continue;
      for (const child of Array.isArray(value) ? value : [value]) {
        if (!isNode(child)) continue;
        const part = this.visit(child);
        if (part !== undefined) parts.push(part);
      }
    }
    return this.code.add({ kind: 'other', start: node.start, end: node.end, parts });
  }

  #template(node: Node): Expression {
    const texts = node.quasis as Node[];
    const values = node.expressions as Node[];
    const parts = texts.flatMap((text, index) => {
      const { cooked, raw } = text.value as { cooked: string | null; raw: string };
      const { start, end } = text;
      const literal = this.code.add<Expression>({ kind: 'literal', start, end, value: cooked ?? raw });
      const value = this.visit(values[index]);
      return value === undefined ? [literal] : [literal, value];
    });
    const { start, end } = node;
    return this.code.add({ kind: 'text', start, end, parts });
  }

  /** Without going deeper for each operator. */
  #sum(node: Node): Expression {
    const operands: Node[] = [];
    let left: Node = node;
    while (left.type === 'BinaryExpression' && left.operator === '+') {
      operands.push(left.right as Node);
      left = left.left as Node;
    }
    const parts = this.#all([left, ...operands.reverse()]);
    return this.code.add({ kind: 'text', start: node.start, end: node.end, parts });
  }

  #choice(node: Node, options: readonly unknown[]): Expression {
    const { start, end } = node;
    return this.code.add({ kind: 'choice', start, end, options: this.#all(options as Node[]) });
  }

  #assignment(node: Node): Expression {
    const right = this.#required(node.right, node);
    const left = node.left as Node;
    if (node.operator === '=') {
      this.#bind(left, right);
      return right;
    }
    const before = this.#required(left, node);
    const { start, end } = node;
    const value: Expression =
      node.operator === '+='
        ? this.code.add({ kind: 'text', start, end, parts: [before, right] })
        : this.code.add({ kind: 'choice', start, end, options: [before, right] });
    if (left.type === 'Identifier') this.code.assign(left.name as string, right);
    return value;
  }

  #loop(node: Node): undefined {
    const object = this.#required(node.right, node);
    const { start, end } = object;
    const each: Member = this.code.add({ kind: 'member', start, end, object, property: null, key: null });
    const left = node.left as Node;
    if (left.type === 'VariableDeclaration') {
      for (const { id } of left.declarations as { id: Node }[]) {
        this.#declare(id);
        this.#bind(id, each);
      }
    } else this.#bind(left, each);
    this.visit(node.body as Node);
    return undefined;
  }

  #call(node: Node): Expression {
    const { start, end } = node;
    const callee = this.#required(node.callee, node);
    const args = (node.arguments as Node[]).map((each): Argument => {
      const isSpread = each.type === 'SpreadElement';
      return { name: null, isSpread, value: this.#required(isSpread ? each.argument : each, each) };
    });
    this.#loaded(callee, args[0]?.value);
    const form = node.type === 'NewExpression' ? 'new' : 'call';
    return this.code.add({ kind: 'call', form, start, end, callee, args });
  }

  /** `import(…).then((module) => …)`, `import(…).then(({ member }) => …)`. */
  #loaded(callee: Expression, then: Expression | undefined): void {
    if (callee.kind !== 'member' || callee.property !== 'then' || then?.kind !== 'function') return;
    const { object } = callee;
    if (object.kind !== 'call' || object.callee.kind !== 'name' || object.callee.name !== 'import') return;
    const { start, end } = object;
    for (const name of then.body.parameters) {
      const values = then.body.bindings.get(name)?.values as Expression[] | undefined;
      values?.push(object, this.code.add({ kind: 'member', start, end, object, property: name, key: null }));
    }
  }

  #member(node: Node): Member {
    const { start, end } = node;
    const object = this.#required(node.object, node);
    const name = node.property as Node;
    if (node.computed !== true) {
      const property = (name.name ?? (name.id as Node | undefined)?.name) as string;
      return this.code.add({ kind: 'member', start, end, object, property, key: null });
    }
    const key = this.#required(name, node);
    const property = key.kind === 'literal' ? String(key.value) : null;
    return this.code.add({ kind: 'member', start, end, object, property, key });
  }

  #entries(node: Node): Expression {
    const entries = (node.properties as Node[]).map((each) => {
      if (each.type === 'SpreadElement') return { key: null, value: this.#required(each.argument, each) };
      if (each.type === 'ObjectMethod') return { key: keyOf(each), value: this.#required(each, each) };
      const key = each.computed ? constantOf(this.#required(each.key, each)) : keyOf(each);
      return { key: key === undefined ? null : String(key), value: this.#required(each.value, each) };
    });
    return this.code.add({ kind: 'entries', start: node.start, end: node.end, entries });
  }

  #class(node: Node): Expression {
    const decorators = this.#all((node.decorators as Node[] | undefined) ?? []);
    const parent = this.visit(node.superClass as Node);
    const members = this.#all((node.body as Node).body as Node[]);
    const parts = [...decorators, ...(parent === undefined ? [] : [parent]), ...members];
    return this.code.add({ kind: 'other', start: node.start, end: node.end, parts });
  }

  #function(node: Node, name: string | null): Expression {
    const { start, end } = node;
    const decorators = this.#all((node.decorators as Node[] | undefined) ?? []);
    const { body, returns } = this.code.inScope(name, (scope) => {
      scope.decorators.push(...decorators);
      for (const each of node.params as Node[]) this.#parameter(each);
      const value = this.visit(node.body as Node);
      if (value !== undefined && (node.body as Node).type !== 'BlockStatement') scope.returns.push(value);
      return { body: scope, returns: scope.returns };
    });
    return this.code.add({ kind: 'function', start, end, body, returns });
  }

  #parameter(node: Node): void {
    const inner = node.type === 'TSParameterProperty' ? (node.parameter as Node) : node;
    if (inner.type === 'AssignmentPattern') {
      const value = this.visit(inner.right as Node);
      this.#parameter(inner.left as Node);
      if (value !== undefined) this.#bind(inner.left as Node, value);
    } else for (const name of this.#names(inner)) this.code.parameter(name);
  }

  #declare(pattern: Node): void {
    for (const name of this.#names(pattern)) this.code.declare(name);
  }

  /** The names in a pattern; expressions in it, such as defaults, are visited. */
  #names(pattern: Node | null): string[] {
    this.code.enter(PATTERN_WEIGHT);
    const names = this.#namesIn(pattern);
    this.code.leave(PATTERN_WEIGHT);
    return names;
  }

  #namesIn(pattern: Node | null): string[] {
    switch (pattern?.type) {
      case 'Identifier':
        return [pattern.name as string];
      case 'AssignmentPattern':
        return this.#names(pattern.left as Node);
      case 'RestElement':
        return this.#names(pattern.argument as Node);
      case 'ArrayPattern':
        return (pattern.elements as Node[]).flatMap((each) => this.#names(each));
      case 'ObjectPattern':
        return (pattern.properties as Node[]).flatMap((each) =>
          this.#names(each.type === 'RestElement' ? each : (each.value as Node)),
        );
      default:
        return [];
    }
  }

  /** Gives the names in a pattern their part of the value. */
  #bind(pattern: Node | null, value: Expression): void {
    this.code.enter(PATTERN_WEIGHT);
    this.#bindPart(pattern, value);
    this.code.leave(PATTERN_WEIGHT);
  }

  #bindPart(pattern: Node | null, value: Expression): void {
    const { code } = this;
    const partOf = ({ start, end }: Node, property: string | null): Expression =>
      code.add({ kind: 'member', start, end, object: value, property, key: null });
    switch (pattern?.type) {
      case 'Identifier':
        code.assign(pattern.name as string, value);
        break;
      case 'AssignmentPattern': {
        const otherwise = this.#required(pattern.right, pattern);
        this.#bind(pattern.left as Node, value);
        this.#bind(pattern.left as Node, otherwise);
        break;
      }
      case 'RestElement':
        this.#bind(pattern.argument as Node, value);
        break;
      case 'ArrayPattern':
        for (const [index, each] of (pattern.elements as (Node | null)[]).entries()) {
          if (each !== null) this.#bind(each, partOf(each, String(index)));
        }
        break;
      case 'ObjectPattern':
        for (const each of pattern.properties as Node[]) {
          if (each.type === 'RestElement') this.#bind(each, value);
          else {
            if (each.computed) this.visit(each.key as Node);
            this.#bind(each.value as Node, partOf(each, keyOf(each)));
          }
        }
        break;
      default: {
        const target = this.visit(pattern);
        if (target?.kind === 'member') code.assignMember(target, value);
      }
    }
  }

  #import(node: Node): void {
    if (node.importKind === 'type') return;
    const module = (node.source as Node).value as string;
    const specifiers = node.specifiers as Node[];
    if (specifiers.length === 0) this.code.import(null, module, null, node.start);
    for (const each of specifiers) {
      if (each.importKind === 'type') continue;
      const imported = each.imported as Node | undefined;
      const member = (imported?.name ?? imported?.value ?? null) as string | null;
      this.code.import(
        (each.local as Node).name as string,
        module,
        member === 'default' ? null : member,
        node.start,
      );
    }
  }

  #reexport({ specifiers, start }: Node, module: string): void {
    const members = (specifiers as Node[] | undefined) ?? [];
    if (members.length === 0) this.code.import(null, module, null, start);
    for (const each of members) {
      const local = each.local as Node | undefined;
      const member = (local?.name ?? local?.value ?? null) as string | null;
      this.code.import(null, module, member, start);
    }
  }

  #importEquals(node: Node): undefined {
    const reference = node.moduleReference as Node;
    const source = reference.expression as Node | undefined;
    if (reference.type === 'TSExternalModuleReference' && source !== undefined) {
      this.code.import((node.id as Node).name as string, source.value as string, null, node.start);
    }
    return undefined;
  }
}

function argument(value: Expression): Argument {
  return { name: null, value, isSpread: false };
}

/** Null when it is computed. */
function keyOf({ key, computed }: Node): string | null {
  const { type, name, value, id } = key as Node;
  if (type === 'StringLiteral' || type === 'NumericLiteral') return String(value);
  if (computed === true) return null;
  return ((name ?? (id as Node | undefined)?.name) as string | undefined) ?? null;
}

function isNode(value: unknown): value is Node {
  return (
    value !== null &&
    typeof value === 'object' &&
    typeof (value as Node).type === 'string' &&
    'start' in value
  );
}
