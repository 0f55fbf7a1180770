/** Assignments by keys that somebody else chose, which may be `__proto__`. */
import { ofKind } from '../code/kinds.ts';
import type { Problem } from '../execution/problem.ts';
import { bindingOf, constantOf } from '../parse/constants.ts';
import type { Code, Expression, Func } from '../parse/expression.ts';
import { functionsOf } from '../parse/names.ts';
import type { Input } from './input.ts';
import { broken } from './rule.ts';

const GUARDS = new Set(['__proto__', 'constructor', 'prototype']);

export function prototypeProblems(code: Code, input: Input): Problem[] {
  if (code.language === 'python') return [];
  const found: Problem[] = [];
  const computed = code.assignments.filter(({ target }) => isComputed(target));
  if (computed.length === 0) return found;
  for (const { target } of computed) {
    const { object, key } = target;
    // object[input.a][input.b] = input.c
    if (object.kind !== 'member' || !isComputed(object) || key === null || object.key === null) continue;
    const isInput = input.reaches(object.key) && input.reaches(key);
    if (isInput && !isGuarded(code, target)) found.push(broken('prototype-pollution', target));
  }
  for (const each of ofKind(code, 'call')) {
    const merge = functionsOf(each.callee).find(({ start, end }) => each.start >= start && each.end <= end);
    if (merge === undefined) continue;
    const assigned = computed.find(
      ({ target }) => isInside(target, merge) && isParameterOf(target.object, merge),
    );
    if (assigned === undefined || !isRecursive(each) || isGuarded(code, merge)) continue;
    found.push(
      broken(input.isGiven(merge.body) ? 'prototype-pollution' : 'recursive-merge', assigned.target),
    );
  }
  return found;
}

type Target = Code['assignments'][number]['target'];

function isComputed(target: Target): boolean {
  return target.property === null && target.key !== null && constantOf(target.key) === undefined;
}

/** `merge(target[key], …)` */
function isRecursive({ args }: Extract<Expression, { kind: 'call' }>): boolean {
  const [first] = args;
  return first?.value.kind === 'member' && isComputed(first.value);
}

function isParameterOf(object: Expression, { body }: Func): boolean {
  return (
    object.kind === 'name' &&
    body.parameters.includes(object.name) &&
    bindingOf(object.name, object.scope) === body.bindings.get(object.name)
  );
}

function isInside(
  { start, end }: Pick<Expression, 'start' | 'end'>,
  outer: Pick<Expression, 'start' | 'end'>,
): boolean {
  return start >= outer.start && end <= outer.end;
}

/** Whether `__proto__` is mentioned, or only own keys of the target are followed, around it. */
function isGuarded(code: Code, within: Pick<Expression, 'start' | 'end' | 'scope'>): boolean {
  return code.expressions.some((each) => {
    const isNear = isInside(each, within) || each.scope === within.scope;
    if (!isNear) return false;
    if (each.kind === 'literal') return typeof each.value === 'string' && GUARDS.has(each.value);
    return (
      each.kind === 'call' &&
      each.callee.kind === 'member' &&
      /^(?:hasOwn|hasOwnProperty)$/.test(each.callee.property ?? '') &&
      each.args.length > 0 &&
      each.callee.object.kind !== 'literal'
    );
  });
}
