/** Tools of servers in Python: FastMCP's decorators, and the low-level server of the `mcp` package. */

import { constantOf } from '../parse/constants.ts';
import type { Code, Expression, Func } from '../parse/expression.ts';
import { functionsOf } from '../parse/names.ts';
import { namedCalls } from './calls.ts';
import { readSchema } from './tool-schema.ts';
import type { Registration, Tools } from './tools.ts';

const NOT_INPUT = new Set(['self', 'cls']);

export function pythonTools(code: Code): Tools {
  const registrations: Registration[] = [];
  const dispatchers: Func[] = [];
  let isServer = false;
  for (const each of code.expressions) {
    if (each.kind === 'function') {
      for (const decorator of each.body.decorators) {
        const method = methodOf(decorator);
        if (method === 'call_tool' || method === 'list_tools') isServer = true;
        if (method === 'call_tool') dispatchers.push(each);
        if (method === 'tool') registrations.push(decorated(each, decorator));
      }
    } else if (each.kind === 'entries') {
      const of = (key: string) => each.entries.find((entry) => entry.key === key)?.value;
      const [name, schema] = [of('name'), of('inputSchema') ?? of('input_schema')];
      if (name !== undefined && schema !== undefined) registrations.push(listed(code, each, name, schema));
    }
  }
  for (const { call, names } of namedCalls(code)) {
    const of = (...keys: string[]) => call.args.find((arg) => keys.includes(arg.name ?? ''))?.value;
    const [name, schema] = [of('name'), of('inputSchema', 'input_schema')];
    if (name !== undefined && schema !== undefined && names.some((each) => /(?:^|\.)Tool$/.test(each))) {
      registrations.push(listed(code, call, name, schema));
    }
    // mcp.add_tool(f), mcp.tool()(f)
    const [first] = call.args;
    const isAdded =
      (call.callee.kind === 'member' && call.callee.property === 'add_tool') ||
      (call.callee.kind === 'call' && methodOf(call.callee) === 'tool');
    if (!isAdded || first === undefined) continue;
    isServer = true;
    for (const func of functionsOf(first.value)) {
      registrations.push(decorated(func, call.callee.kind === 'call' ? call.callee : call));
    }
  }
  return { registrations, dispatchers, isServer: isServer || registrations.length > 0, loose: [] };
}

/** `tool` of `@mcp.tool` and of `@mcp.tool(…)`. */
function methodOf(decorator: Expression): string | null {
  const named = decorator.kind === 'call' ? decorator.callee : decorator;
  return named.kind === 'member' ? named.property : null;
}

function decorated(func: Func, decorator: Expression): Registration {
  const args = decorator.kind === 'call' ? decorator.args : [];
  const named =
    args.find(({ name }) => name === 'name') ??
    args.find(({ name, value }) => name === null && value.kind === 'literal');
  const constant = named === undefined ? func.body.name : constantOf(named.value);
  const untyped = func.body.untyped.filter((name) => !NOT_INPUT.has(name));
  return {
    name: typeof constant === 'string' ? constant : null,
    importedName: null,
    isDefined: false,
    start: func.start,
    handlers: [func],
    untyped: untyped.length === 0 ? null : `its parameter ${untyped.join(', ')} has no type`,
    imported: null,
    isSeen: true,
  };
}

function listed(code: Code, at: Expression, name: Expression, schema: Expression): Registration {
  const constant = constantOf(name);
  const { untyped, isSeen } = readSchema(code, schema);
  return {
    name: typeof constant === 'string' ? constant : null,
    importedName: null,
    isDefined: name.kind === 'member',
    start: at.start,
    handlers: [],
    untyped,
    imported: null,
    isSeen,
  };
}
