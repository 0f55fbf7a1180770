/** The calls of a module with the names of what they call: found once, for every control that judges calls. */

import { bindingOf } from '../parse/constants.ts';
import type { Argument, Call, Code, Expression } from '../parse/expression.ts';
import { calleesOf, namesOf, propertyOf } from '../parse/names.ts';
import { ofKind } from './kinds.ts';
import { valuesOf } from './values.ts';

export interface NamedCall {
  readonly call: Call;
  readonly names: readonly string[];
}

const PARTIAL = new Set(['functools.partial', 'partial']);
const APPLY = new Set(['Reflect.apply', 'Reflect.construct']);

const found = new WeakMap<Code, readonly NamedCall[]>();

/** In the order of the code; what `partial` and `Reflect.apply` call is among them. */
export function namedCalls(code: Code): readonly NamedCall[] {
  let calls = found.get(code);
  if (calls === undefined) {
    const all: NamedCall[] = [];
    for (const each of ofKind(code, 'call')) addNamed(code, each, all);
    calls = all;
    found.set(code, calls);
  }
  return calls;
}

const NONE: readonly string[] = [];

function addNamed(code: Code, call: Call, calls: NamedCall[]): void {
  const names = plain(code, calleesOf(call), call.callee);
  calls.push({ call, names: names.length === 0 ? NONE : names });
  if (names.length === 0) return;
  const [first, ...rest] = call.args;
  const isPartial = names.some((name) => PARTIAL.has(name));
  if (first !== undefined && (isPartial || names.some((name) => APPLY.has(name)))) {
    const args = isPartial ? rest : rest.flatMap(({ value }) => itemsOf(value));
    calls.push({ call: { ...call, callee: first.value, args }, names: namedBy(code, first.value) });
  }
}

function itemsOf(value: Expression): Argument[] {
  return valuesOf(value).flatMap((each) =>
    each.kind === 'list' ? each.items.map((item) => ({ name: null, value: item, isSpread: false })) : [],
  );
}

/** What an expression may stand for, with makers of functions among them. */
export function namedBy(code: Code, expression: Expression): string[] {
  return plain(code, namesOf(expression), expression);
}

function plain(code: Code, names: readonly string[], expression: Expression): string[] {
  const straight = [...names];
  if (code.language !== 'python' && isFunctionMaker(expression)) straight.push('Function');
  const isGlobal =
    code.language === 'python' &&
    expression.kind === 'name' &&
    bindingOf(expression.name, expression.scope) === undefined;
  if (isGlobal) {
    for (const { module, member } of code.imports) {
      if (member === '*') straight.push(`${module}.${expression.name}`);
    }
  }
  return straight;
}

/** `(async () => {}).constructor`, `Object.getPrototypeOf(f).constructor`, `[].at.constructor`: makes functions of text. */
function isFunctionMaker(expression: Expression): boolean {
  // A method of something else by far most of the time.
  if (expression.kind === 'member' && propertyOf(expression) !== 'constructor') return false;
  const bound =
    expression.kind === 'name' ? bindingOf(expression.name, expression.scope)?.values : [expression];
  if (bound === undefined || bound.every(({ kind }) => kind === 'function')) return false;
  return valuesOf(expression).some((value) => {
    if (value.kind !== 'member' || propertyOf(value) !== 'constructor') return false;
    return valuesOf(value.object).some((object) => {
      if (object.kind === 'member') return isFunctionMaker(object) || object.object.kind !== 'name';
      return object.kind === 'function' || namesOf(object).some((name) => /\.getPrototypeOf\(\)$/.test(name));
    });
  });
}
