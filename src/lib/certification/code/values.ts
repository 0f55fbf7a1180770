/** What an expression stands for in its module: what was assigned, and what options an object or a call is given. */

import { bindingOf, constantOf } from '../parse/constants.ts';
import type { Call, Code, Expression } from '../parse/expression.ts';
import { propertyOf } from '../parse/names.ts';

const MAX_STEPS = 100;

/** Through names and choices to what is neither; a parameter, an import and a global stand for themselves. */
export function valuesOf(expression: Expression): Expression[] {
  const found = new Set<Expression>();
  const seen = new Set<Expression>();
  const go = (each: Expression) => {
    if (seen.has(each) || seen.size > MAX_STEPS) return;
    seen.add(each);
    if (each.kind === 'choice') each.options.forEach(go);
    else if (each.kind === 'name') {
      const binding = bindingOf(each.name, each.scope);
      if (binding === undefined || binding.isParameter || binding.values.length === 0) found.add(each);
      binding?.values.forEach(go);
    } else found.add(each);
  };
  go(expression);
  return [...found];
}

/** What a call is given under a key: a keyword argument, or a key of an object among its arguments. */
export function optionsOf(code: Code, { args }: Call, key: string): Expression[] {
  return args.flatMap(({ name, value, isSpread }) => {
    if (name === key) return [value];
    return name === null || isSpread ? entriesOf(code, value, key) : [];
  });
}

/** What an object or a dictionary has under a key, spread into it or assigned to it. */
export function entriesOf(code: Code, expression: Expression, key: string, depth = 0): Expression[] {
  const found: Expression[] = [];
  if (depth > 4) return found;
  for (const value of valuesOf(expression)) {
    if (value.kind === 'entries') {
      for (const entry of value.entries) {
        if (entry.key === key) found.push(entry.value);
        else if (entry.key === null) found.push(...entriesOf(code, entry.value, key, depth + 1));
      }
    } else if (value.kind === 'call' && value.callee.kind === 'name' && value.callee.name === 'dict') {
      found.push(...value.args.filter(({ name }) => name === key).map(({ value: given }) => given));
    }
  }
  if (expression.kind !== 'name') return found;
  const binding = bindingOf(expression.name, expression.scope);
  for (const { target, value } of assignmentsOf(code).get(key) ?? []) {
    const { object } = target;
    const isSame = object.kind === 'name' && bindingOf(object.name, object.scope) === binding;
    if (isSame && binding !== undefined) found.push(value);
  }
  return found;
}

const assigned = new WeakMap<Code, Map<string, Code['assignments'][number][]>>();

/** By the property that is assigned to. */
export function assignmentsOf(code: Code): ReadonlyMap<string, Code['assignments'][number][]> {
  let found = assigned.get(code);
  if (found === undefined) {
    found = new Map();
    for (const each of code.assignments) {
      const property = propertyOf(each.target);
      if (property === null) continue;
      const list = found.get(property);
      if (list === undefined) found.set(property, [each]);
      else list.push(each);
    }
    assigned.set(code, found);
  }
  return found;
}

/** Whether it is always false, zero, null or undefined. */
export function isOff(expression: Expression): boolean {
  return valuesOf(expression).every((value) => {
    if (value.kind === 'name') return value.name === 'undefined' || value.name === 'false';
    const constant = constantOf(value);
    return constant !== undefined && !constant;
  });
}

/** Whether it may be this constant. */
export function mayBe(expression: Expression, constant: string | number | boolean | null): boolean {
  return valuesOf(expression).some((value) => constantOf(value) === constant);
}
