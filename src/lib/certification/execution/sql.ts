/** SQL that is put together from texts: what is put in becomes part of the statement. Placeholders are not looked at. */
import type { NamedCall } from '../code/calls.ts';
import { entriesOf, valuesOf } from '../code/values.ts';
import { bindingOf, constantOf } from '../parse/constants.ts';
import type { Binding, Call, Code, Expression, Scope } from '../parse/expression.ts';
import { functionsOf, namesOf } from '../parse/names.ts';
import type { Problem } from './problem.ts';
import { type Additions, Safety } from './sql-safety.ts';

/** Of a connection, a cursor, a pool, a query builder. */
const METHODS = new Set([
  'query',
  'execute',
  'executemany',
  'executescript',
  'execute_fetchall',
  'exec',
  'exec_driver_sql',
  'prepare',
  'run',
  'all',
  'get',
  'each',
  'iterate',
  'batch',
  'raw',
  'unsafe',
  'sql',
  'fetch',
  'fetchrow',
  'fetchval',
  'fetch_all',
  'fetch_one',
  'one',
  'oneOrNone',
  'none',
  'many',
  'any',
  'manyOrNone',
  'extra',
  'literal',
  'whereRaw',
  'orderByRaw',
  'groupByRaw',
  'havingRaw',
  'selectRaw',
  'fromRaw',
  'joinRaw',
  'queryRaw',
  'queryRawUnsafe',
  'executeRawUnsafe',
  '$queryRawUnsafe',
  '$executeRawUnsafe',
  'SQL',
]);
/** These read parts of statements too. */
const SQL_ONLY = /Raw$|RawUnsafe$|^exec_driver_sql$/;
const SQL_MOSTLY = /^(?:query|prepare|execute\w*|fetch\w+|sql|raw|unsafe|iterate)$/;
const FUNCTIONS =
  /^(?:sqlalchemy(?:\.\w+)*\.(?:text|literal_column)|pandas\.read_sql(?:_query)?|django\.db\.models\.expressions\.RawSQL|drizzle-orm(?:\/[\w-]+)?\.sql\.raw|psycopg2?\.sql\.SQL)$/;

const LEAD = String.raw`^(?:--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/|[\s(;])*`;
const STATEMENT = new RegExp(
  String.raw`${LEAD}(?:SELECT\s[^]*?\sFROM\s|INSERT\s+(?:OR\s+\w+\s+)?INTO\s|UPDATE\s[^]*?\sSET\s|DELETE\s+FROM\s|REPLACE\s+INTO\s|MERGE\s+INTO\s|CREATE\s+(?:\w+\s+){0,4}(?:TABLE|VIEW|INDEX|DATABASE|USER|ROLE|TRIGGER|SCHEMA)\s|(?:DROP|ALTER|TRUNCATE)\s+(?:TABLE|VIEW|INDEX|DATABASE|USER|ROLE|TRIGGER|SCHEMA|COLUMN)\s|WITH\s+\w+\s+AS\s|PRAGMA\s+\w|ATTACH\s+DATABASE\s)`,
  'i',
);
/** What begins so is SQL when it is given to what reads SQL most of the time. */
const WORD = new RegExp(
  String.raw`${LEAD}(?:SELECT|UPDATE|DROP|ALTER|TRUNCATE|WITH|PRAGMA|ATTACH|EXEC|EXECUTE|CALL|GRANT|REVOKE|EXPLAIN|COPY|SHOW|DESCRIBE|SET|USE|KILL)\s`,
  'i',
);
const LONGEST_READ = 100_000;
const CLAUSE = /\s(?:FROM|WHERE|VALUES|SET|JOIN|ORDER\s+BY|HAVING)\s/i;

const MAX_STEPS = 300;

export function sqlProblems(code: Code, calls: readonly NamedCall[]): Problem[] {
  const wrappers = new Map<Scope, Set<number>>();
  const problems: Problem[] = [];
  const additions = additionsOf(calls);
  for (const { call, names } of calls) {
    if (call.form === 'tag' && !isRaw(names)) continue;
    const method = call.callee.kind === 'member' ? call.callee.property : null;
    const isKnown = names.some((name) => FUNCTIONS.test(name));
    if (!isKnown && (method === null || !METHODS.has(method))) continue;
    const reads = readsOf(isKnown, method ?? '');
    for (const statement of statementsOf(code, call)) {
      for (const value of valuesOf(statement)) wrap(wrappers, value);
      if (isPutTogether(code, statement, reads, additions)) {
        problems.push(problem(call));
        break;
      }
    }
  }
  if (wrappers.size === 0) return problems;
  for (const { call } of calls) {
    const isUnsafe = functionsNamed(call.callee).some(({ body }) =>
      [...(wrappers.get(body) ?? [])].some((index) => {
        const given = call.args[index];
        return given !== undefined && isPutTogether(code, given.value, 'anything', additions);
      }),
    );
    if (isUnsafe) problems.push(problem(call));
  }
  return problems;
}

type Reads = 'parts' | 'statements' | 'anything';

function readsOf(isKnown: boolean, method: string): Reads {
  if (isKnown || SQL_ONLY.test(method)) return 'parts';
  return SQL_MOSTLY.test(method) ? 'statements' : 'anything';
}

function problem({ start }: Call): Problem {
  return {
    start,
    title: 'SQL is put together from texts that are not constant',
    remedy: 'Use placeholders, and take names of tables and columns from a list of constants.',
    severity: 'high',
  };
}

/** `sql.raw` and `String.raw` quote nothing; other tags of templates do. */
function isRaw(names: readonly string[]): boolean {
  return names.some((name) => /\.(?:raw|unsafe)$/.test(name) && !name.startsWith('String.'));
}

function statementsOf(code: Code, { args }: Call): Expression[] {
  const [first] = args;
  if (first === undefined || first.isSpread) return [];
  const inside = ['sql', 'text', 'query', 'statement'].flatMap((key) => entriesOf(code, first.value, key));
  const named = args.filter(({ name }) => name === 'sql' || name === 'query' || name === 'statement');
  const lists = valuesOf(first.value).flatMap((value) => (value.kind === 'list' ? value.items : []));
  return [first.value, ...inside, ...named.map(({ value }) => value), ...lists];
}

/** A function that hands a parameter to a database as it is. */
function wrap(wrappers: Map<Scope, Set<number>>, value: Expression): void {
  if (value.kind !== 'name') return;
  const binding = bindingOf(value.name, value.scope);
  if (binding?.isParameter !== true) return;
  for (let scope: Scope | null = value.scope; scope !== null; scope = scope.parent) {
    if (scope.bindings.get(value.name) !== binding) continue;
    const names = scope.parameters.filter((name) => name !== 'self' && name !== 'cls');
    const indexes = wrappers.get(scope) ?? new Set();
    indexes.add(names.indexOf(value.name));
    wrappers.set(scope, indexes);
    return;
  }
}

/** Functions of the module by their name, methods among them. */
function functionsNamed(callee: Expression) {
  if (callee.kind !== 'member') return functionsOf(callee);
  return [];
}

function isPutTogether(code: Code, statement: Expression, reads: Reads, additions: Additions): boolean {
  return textsOf(statement, new Set()).some((parts) => {
    const text = parts
      .map((part) => String(constantOf(part) ?? '?'))
      .join('')
      .slice(0, LONGEST_READ);
    const isStatement =
      STATEMENT.test(text) ||
      (reads !== 'anything' && (WORD.test(text) || (/^\s*\?/.test(text) && CLAUSE.test(text))));
    if (!isStatement && reads !== 'parts') return false;
    const walk = new Safety(code, additions);
    return parts.some((part) => !walk.isSafe(part));
  });
}

/** The parts of each text that an expression may be: of templates, sums, `.format`, `.join`, `.concat`, and `+=`. */
function textsOf(expression: Expression, seen: Set<Expression>): Expression[][] {
  if (seen.has(expression) || seen.size > MAX_STEPS) return [];
  seen.add(expression);
  const values = valuesOf(expression);
  if (expression.kind === 'name' && values.length > 1) {
    // Assigned in several steps: all of them may be in it.
    const parts = values.flatMap((value) => textsOf(value, seen).flat());
    const texts = values.some((value) => constantOf(value) === undefined);
    return texts ? [parts] : [];
  }
  return values.flatMap((value) => {
    if (value.kind === 'literal') return [[value]];
    if (value.kind === 'text') return [value.parts.flatMap((part) => textsOf(part, seen)[0] ?? [part])];
    if (value.kind !== 'call') return [];
    const { callee, args, form } = value;
    if (form === 'tag') return namesOf(callee).includes('String.raw') ? textsIn(args, seen) : [];
    if (callee.kind === 'member') {
      const { object, property } = callee;
      if (property === 'format' || property === 'concat' || property === 'format_map') {
        return [[...(textsOf(object, seen)[0] ?? [object]), ...args.map((each) => each.value)]];
      }
      if (property === 'join') {
        const list = constantOf(object) === undefined ? object : args[0]?.value;
        const items = list === undefined ? [] : valuesOf(list);
        return items.map((item) => {
          if (list === undefined || item.kind !== 'list') return [item];
          // And the list by its name: more may have been added to it.
          return [...item.items.flatMap((each) => textsOf(each, seen)[0] ?? [each]), list];
        });
      }
      if (/^(?:trim|strip|replace|replaceAll|substitute|toString|encode)$/.test(property ?? '')) {
        return [[...(textsOf(object, seen)[0] ?? [object]), ...args.map((each) => each.value)]];
      }
    }
    if (
      namesOf(callee).some((name) =>
        /^util\.format$|^str$|^String$|(?:^|\.)Template$|(?:^|\.)dedent$/.test(name),
      )
    ) {
      return [args.flatMap((each) => textsOf(each.value, seen)[0] ?? [each.value])];
    }
    return functionsOf(callee).flatMap(({ returns }) => returns.flatMap((each) => textsOf(each, seen)));
  });
}

function textsIn(args: Call['args'], seen: Set<Expression>): Expression[][] {
  return args.flatMap(({ value }) => textsOf(value, seen));
}

/** What is pushed to lists, by the list's binding. */
function additionsOf(calls: readonly NamedCall[]): Additions {
  const found = new Map<Binding, Expression[]>();
  for (const { call } of calls) {
    const { callee, args } = call;
    if (callee.kind !== 'member' || callee.object.kind !== 'name') continue;
    if (!/^(?:push|append|unshift|extend|insert|add)$/.test(callee.property ?? '')) continue;
    const binding = bindingOf(callee.object.name, callee.object.scope);
    if (binding === undefined) continue;
    const list = found.get(binding) ?? [];
    list.push(...args.map(({ value }) => value));
    found.set(binding, list);
  }
  return found;
}
