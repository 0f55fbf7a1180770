/**
 * Texts that code gives to MCP's libraries for models to read: what tools, prompts and resources are registered with, in
 * TypeScript and Python, where they are literal.
 */

import type { Code, Expression } from '../parse/expression.ts';
import { spelledOf } from '../parse/spelled.ts';

export interface LiteralText {
  readonly start: number;
  readonly text: string;
}

/** Methods of servers, and what makes a tool or a field of its schema. */
const REGISTERS =
  /^(?:tool|registerTool|addTool|add_tool|prompt|registerPrompt|addPrompt|add_prompt|resource|registerResource|addResource|add_resource|describe|Tool|Prompt|Resource|ResourceTemplate|PromptArgument|Field|McpServer|Server|FastMCP)$/;
const DECORATORS = /^(?:tool|prompt|resource)$/;
const KEYS = new Set(['description', 'instructions', 'title', 'annotations']);

/** Whether there is anything of the kind in a text: asked before it is parsed. */
export const MENTIONS_TOOLS = /tool|prompt|resource|mcp/i;

export function describedInCode(code: Code, text: string): LiteralText[] {
  const found = new Map<number, LiteralText>();
  const seen = new Set<Expression>();
  const add = (expression: Expression) => {
    for (const each of literalsOf(expression, seen)) if (!found.has(each.start)) found.set(each.start, each);
  };
  for (const each of code.expressions) {
    if (each.kind === 'call') {
      const { callee } = each;
      const name = callee.kind === 'member' ? callee.property : callee.kind === 'name' ? callee.name : null;
      if (name !== null && REGISTERS.test(name)) for (const { value } of each.args) add(value);
    } else if (each.kind === 'entries') {
      const keys = new Set(each.entries.map(({ key }) => key));
      const isTool =
        keys.has('inputSchema') || keys.has('input_schema') || (keys.has('name') && keys.has('description'));
      for (const { key, value } of each.entries) if (isTool || (key !== null && KEYS.has(key))) add(value);
    } else if (each.kind === 'literal' && isDocstring(each, text)) add(each);
  }
  return [...found.values()].sort((one, other) => one.start - other.start);
}

/** Of a function that is registered by what decorates it. */
function isDocstring({ scope, start }: Expression, text: string): boolean {
  const isLong = /^[rRuU]?(?:"""|''')/.test(text.slice(start, start + 4));
  return isLong && scope.decorators.some((each) => DECORATORS.test(decoratorOf(each) ?? ''));
}

function decoratorOf(expression: Expression): string | null {
  if (expression.kind === 'call') return decoratorOf(expression.callee);
  if (expression.kind === 'member') return expression.property;
  return expression.kind === 'name' ? expression.name : null;
}

/** Functions are what a tool does, not what it says. */
function literalsOf(expression: Expression, seen: Set<Expression>): LiteralText[] {
  if (seen.has(expression)) return [];
  seen.add(expression);
  const all = (expressions: readonly Expression[]) => expressions.flatMap((each) => literalsOf(each, seen));
  switch (expression.kind) {
    case 'literal':
    case 'name':
    case 'text': {
      const constant = spelledOf(expression);
      if (typeof constant === 'string') return [{ start: expression.start, text: constant }];
      if (expression.kind === 'text') {
        const parts = expression.parts.map((part) => spelledOf(part) ?? '\u2026');
        return [{ start: expression.start, text: parts.join('') }];
      }
      return expression.kind === 'name' ? all(valuesOf(expression)) : [];
    }
    case 'list':
      return all(expression.items);
    case 'entries':
      return all(expression.entries.map(({ value }) => value));
    case 'choice':
      return all(expression.options);
    case 'call': {
      const spelled = spelledOf(expression);
      if (typeof spelled === 'string') return [{ start: expression.start, text: spelled }];
      const inner = expression.callee.kind === 'member' ? [expression.callee.object] : [];
      return all([...inner, ...expression.args.map(({ value }) => value)]);
    }
    default:
      return [];
  }
}

function valuesOf({ name, scope }: Extract<Expression, { kind: 'name' }>): readonly Expression[] {
  for (let each: typeof scope | null = scope; each !== null; each = each.parent) {
    const binding = each.bindings.get(name);
    if (binding !== undefined)
      return binding.values.filter(({ kind }) => kind !== 'function' && kind !== 'other');
  }
  return [];
}
