/** The calls of a module with the names of what they call: found once, for every control that judges calls. */
import type { Argument, Call, Code, Expression } from '../parse/expression.ts';
import { bindingOf, calleesOf, namesOf } from '../parse/names.ts';
import { valuesOf } from './values.ts';

export interface NamedCall {
  readonly call: Call;
  readonly names: readonly string[];
}

/** Where to find a module, or a global, other than by its name. */
const DETOURS = /^(?:sys\.modules\.|globals\(\)\.|locals\(\)\.)(?:__builtins__\.)?/;
const PARTIAL = new Set(['functools.partial', 'partial']);
const APPLY = new Set(['Reflect.apply', 'Reflect.construct']);

const found = new WeakMap<Code, readonly NamedCall[]>();

/** In the order of the code; what `partial` and `Reflect.apply` call is among them. */
export function namedCalls(code: Code): readonly NamedCall[] {
  let calls = found.get(code);
  if (calls === undefined) {
    calls = code.expressions.flatMap((each) => (each.kind === 'call' ? named(code, each) : []));
    found.set(code, calls);
  }
  return calls;
}

function named(code: Code, call: Call): NamedCall[] {
  const names = plain(code, calleesOf(call), call.callee);
  const [first, ...rest] = call.args;
  const calls = [{ call, names }];
  const isPartial = names.some((name) => PARTIAL.has(name));
  if (first !== undefined && (isPartial || names.some((name) => APPLY.has(name)))) {
    const args = isPartial ? rest : rest.flatMap(({ value }) => itemsOf(value));
    calls.push({ call: { ...call, callee: first.value, args }, names: namedBy(code, first.value) });
  }
  return calls;
}

function itemsOf(value: Expression): Argument[] {
  return valuesOf(value).flatMap((each) =>
    each.kind === 'list' ? each.items.map((item) => ({ name: null, value: item, isSpread: false })) : [],
  );
}

/** What an expression may stand for, detours left out. */
export function namedBy(code: Code, expression: Expression): string[] {
  return plain(code, namesOf(expression), expression);
}

function plain(code: Code, names: readonly string[], expression: Expression): string[] {
  const straight = names.map((name) => name.replace(DETOURS, ''));
  if (isFunctionMaker(expression)) straight.push('Function');
  if (expression.kind === 'name' && bindingOf(expression.name, expression.scope) === undefined) {
    for (const { module, member } of code.imports) {
      if (member === '*') straight.push(`${module}.${expression.name}`);
    }
  }
  return straight;
}

/** `(async () => {}).constructor`, `Object.getPrototypeOf(f).constructor`, `[].at.constructor`: makes functions of text. */
function isFunctionMaker(expression: Expression): boolean {
  return valuesOf(expression).some((value) => {
    if (value.kind !== 'member' || value.property !== 'constructor') return false;
    return valuesOf(value.object).some((object) => {
      if (object.kind === 'member') return isFunctionMaker(object) || object.object.kind !== 'name';
      return object.kind === 'function' || namesOf(object).some((name) => /\.getPrototypeOf\(\)$/.test(name));
    });
  });
}
