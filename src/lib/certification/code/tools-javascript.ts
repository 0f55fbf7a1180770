/** Tools of servers in JavaScript and TypeScript: @modelcontextprotocol/sdk, and fastmcp. */

import { bindingOf, constantOf } from '../parse/constants.ts';
import type { Call, Code, Expression, Func } from '../parse/expression.ts';
import { namesOf } from '../parse/names.ts';
import { namedCalls } from './calls.ts';
import { ofKind } from './kinds.ts';
import { isZod, type ReadSchema, readSchema } from './tool-schema.ts';
import type { Registration, Tools } from './tools.ts';
import { entriesOf, valuesOf } from './values.ts';

/** What the SDK gives a handler when the tool has no schema. */
const EXTRA = new Set([
  'signal',
  'sessionId',
  'requestId',
  'sendNotification',
  'sendRequest',
  'authInfo',
  '_meta',
  'requestInfo',
  'taskId',
  'taskStore',
  'closeSSEStream',
  'http',
  'mcpReq',
]);
const EXTRA_NAMES = /^_|^(?:extra|context|ctx|args?|params|req|request|input|options)$/i;
const ANNOTATIONS = new Set(['title', 'readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint']);
const HANDLERS = ['handler', 'execute', 'run', 'callback', 'cb', 'call', 'invoke'];
const SCHEMAS = ['inputSchema', 'parameters', 'schema', 'paramsSchema', 'input'];
const NO_SCHEMA: ReadSchema = { untyped: null, imported: null, isSeen: true, hasInput: false };

export function javascriptTools(code: Code): Tools {
  const registrations: Registration[] = [];
  const dispatchers: Func[] = [];
  let isServer = false;
  for (const { call, names } of namedCalls(code)) {
    const { callee } = call;
    if (callee.kind !== 'member') continue;
    const method = callee.property;
    if (method === 'setRequestHandler') {
      const [schema, handler] = call.args;
      const which = schema === undefined ? [] : [...namesOf(schema.value), constantOf(schema.value)];
      const isCall = which.some((name) => /(?:^|\.)CallToolRequestSchema$|^tools\/call$/.test(String(name)));
      if (
        isCall ||
        which.some((name) => /(?:^|\.)ListToolsRequestSchema$|^tools\/list$/.test(String(name)))
      ) {
        isServer = true;
      }
      if (isCall && handler !== undefined) dispatchers.push(...functionsIn(handler.value));
      continue;
    }
    const registered =
      (method === 'registerTool' || method === 'registerToolTask') && call.args.length >= 2
        ? registeredTool(code, call)
        : method === 'tool' && isTool(call, names)
          ? shortTool(code, call)
          : undefined;
    if (registered === undefined) {
      if (method === 'addTool') isServer = true;
      continue;
    }
    isServer = true;
    registrations.push(...namedByChoice(registered, call));
  }
  registrations.push(...definitions(code));
  return { registrations: withInput(code, registrations), dispatchers, isServer, loose: looseOf(code) };
}

/** `server.registerTool(name, { description, inputSchema }, handler)` */
function registeredTool(code: Code, { args, start }: Call): Registration {
  const [name, config, handler] = args as [Call['args'][number], ...Call['args']];
  const handlers = handler === undefined ? [] : functionsIn(handler.value);
  const schemas = config === undefined ? [] : entriesOf(code, config.value, 'inputSchema');
  const isOpaque = config !== undefined && !valuesOf(config.value).some((value) => value.kind === 'entries');
  return registration(code, name.value, start, handlers, schemas, isOpaque);
}

/** `server.tool(name, description?, schema?, annotations?, handler)` */
function shortTool(code: Code, { args, start }: Call): Registration {
  const values = args.map(({ value }) => value);
  const handlers = values.slice(-1).flatMap(functionsIn);
  const between = values.slice(1, -1).filter((each) => typeof constantOf(each) !== 'string');
  const [schema] = between.filter((each) => !isAnnotation(each) && each.kind !== 'text');
  return registration(
    code,
    values[0] as Expression,
    start,
    handlers,
    schema === undefined ? [] : [schema],
    false,
  );
}

function isTool({ args }: Call, names: readonly string[]): boolean {
  const [first] = args;
  const last = args.at(-1);
  if (first === undefined || last === undefined || args.length < 2) return false;
  if (names.some((name) => /(?:^|\.)McpServer\(\)\.tool$/.test(name))) return true;
  return textsOf(first.value).length > 0 && functionsIn(last.value).length > 0;
}

function textsOf(expression: Expression): string[] {
  const constants = [constantOf(expression), ...valuesOf(expression).map((value) => constantOf(value))];
  return [...new Set(constants.filter((each) => typeof each === 'string'))];
}

/** `name || 'echo'`: the tool is called that, or by a name that is seen nowhere. */
function namedByChoice(registered: Registration, { args: [name] }: Call): Registration[] {
  const names = registered.name === null && name !== undefined ? textsOf(name.value) : [];
  const [first, ...others] = names;
  if (first === undefined) return [registered];
  const nothing = { handlers: [], untyped: null, imported: null, isSeen: true };
  return [
    { ...registered, name: first, importedName: null },
    { ...registered, ...nothing },
    ...others.map((each) => ({ ...registered, ...nothing, name: each, importedName: null })),
  ];
}

function isAnnotation(expression: Expression): boolean {
  return valuesOf(expression).some(
    (value) =>
      value.kind === 'entries' &&
      value.entries.length > 0 &&
      value.entries.every(({ key, value: hint }) => ANNOTATIONS.has(key ?? '') && hint.kind === 'literal'),
  );
}

/** Objects that are a tool: with a name and a schema, and perhaps a handler. */
function definitions(code: Code): Registration[] {
  return ofKind(code, 'entries').flatMap((each) => {
    if (!each.entries.some(({ key }) => key === 'name')) return [];
    const of = (keys: readonly string[]) => each.entries.filter(({ key }) => keys.includes(key ?? ''));
    const [name] = of(['name']);
    if (name === undefined || isZod(name.value)) return [];
    const handlers = of(HANDLERS).flatMap(({ value }) => functionsIn(value));
    const schemas = of(['inputSchema', ...(handlers.length > 0 ? SCHEMAS : [])]);
    if (schemas.length === 0) return [];
    const [schema] = schemas;
    return [
      registration(code, name.value, each.start, handlers, schema === undefined ? [] : [schema.value], false),
    ];
  });
}

function registration(
  code: Code,
  name: Expression,
  start: number,
  handlers: readonly Func[],
  schemas: readonly Expression[],
  isOpaque: boolean,
): Registration {
  const constant = constantOf(name);
  const [schema] = schemas;
  const read = schema === undefined ? { ...NO_SCHEMA, isSeen: !isOpaque } : readSchema(code, schema);
  const isRead = read.isSeen && !read.hasInput && handlers.some((each) => readsInput(code, each));
  return {
    name: typeof constant === 'string' ? constant : null,
    importedName: importedName(name),
    isDefined: valuesOf(name).some(
      (value) => value.kind === 'member' || (value.kind === 'name' && isParameter(value)),
    ),
    start,
    handlers,
    untyped: read.untyped ?? (isRead ? 'it has no schema, and its handler reads input' : null),
    imported: read.imported,
    isSeen: read.isSeen,
  };
}

function importedName(name: Expression): string | null {
  const imported = name.kind === 'name' ? bindingOf(name.name, name.scope)?.imported : undefined;
  return imported?.module.startsWith('.') ? imported.member : null;
}

function isParameter({ name, scope }: Extract<Expression, { kind: 'name' }>): boolean {
  return bindingOf(name, scope)?.isParameter === true;
}

function functionsIn(expression: Expression): Func[] {
  return valuesOf(expression).flatMap((value) => {
    if (value.kind === 'function') return [value];
    // withErrors(async (args) => …)
    return value.kind === 'call'
      ? value.args.flatMap(({ value: given }) => (given.kind === 'function' ? [given] : []))
      : [];
  });
}

/** Of a handler without a schema: whether it takes anything but what the SDK gives it. */
function readsInput(code: Code, { body, start, end }: Func): boolean {
  if (body.parameters.some((name) => !EXTRA.has(name) && !EXTRA_NAMES.test(name))) return true;
  const [first] = body.parameters;
  if (first === undefined || EXTRA.has(first)) return false;
  const binding = body.bindings.get(first);
  return ofKind(code, 'member').some(
    (each) =>
      each.start >= start &&
      each.end <= end &&
      each.property !== null &&
      !EXTRA.has(each.property) &&
      each.object.kind === 'name' &&
      each.object.name === first &&
      bindingOf(first, each.object.scope) === binding,
  );
}

/** Of a low-level server: no tool has a property, but what is sent to them is read. */
function withInput(code: Code, registrations: Registration[]): Registration[] {
  const listed = ofKind(code, 'entries').filter((each) =>
    each.entries.some(({ key }) => key === 'inputSchema'),
  );
  if (listed.length === 0) return registrations;
  const isEmpty = listed.every((each) =>
    entriesOf(code, each, 'inputSchema').every((schema) => {
      const read = readSchema(code, schema);
      return read.isSeen && !read.hasInput;
    }),
  );
  if (!isEmpty || !readsArguments(code)) return registrations;
  return registrations.map((each) => ({
    ...each,
    untyped: each.untyped ?? 'its schema names no property, and its arguments are read',
  }));
}

/** `request.params.arguments.path` */
function readsArguments(code: Code): boolean {
  return ofKind(code, 'member').some((each) =>
    valuesOf(each.object).some(
      (value) => value.kind === 'member' && value.property === 'arguments' && value.object.kind !== 'literal',
    ),
  );
}

function looseOf(code: Code): string[] {
  const found: string[] = [];
  if (!code.imports.some(({ module }) => /^zod\b/.test(module))) return found;
  for (const { name, values } of code.scope.bindings.values()) {
    const isLoose = values.some(
      (value) =>
        (value.kind === 'call' || value.kind === 'entries') && readSchema(code, value).untyped !== null,
    );
    if (isLoose) found.push(name);
  }
  return found;
}
