/**
 * A dangerous function that is not called where it is named: handed to another function, kept, exported. Whoever has it
 * may call it with anything.
 */
import { namedBy } from '../code/calls.ts';
import { ofKind } from '../code/kinds.ts';
import type { Code, Expression } from '../parse/expression.ts';
import { bindingOf, constantOf } from '../parse/names.ts';
import { EVALUATORS } from './evaluate.ts';
import type { Problem } from './problem.ts';
import { SHELLS_ALWAYS } from './shell.ts';

const LAST_NAMES = new Set([...SHELLS_ALWAYS].map((name) => name.split('.').at(-1) as string));

/** May be dangerous without an import of their own. */
const BARE = new Set([...LAST_NAMES, 'eval', 'exec']);

export function referenceProblems(code: Code): Problem[] {
  const named: [Expression, string][] = [];
  const isImported = code.imports.some(({ module, member }) => SHELLS_ALWAYS.has(`${module}.${member}`));
  for (const kind of ['name', 'member'] as const) {
    for (const each of ofKind(code, kind)) {
      if (each.kind === 'name' && !isImported && !BARE.has(each.name)) continue;
      const name = referred(code, each);
      if (name !== undefined) named.push([each, name]);
    }
  }
  const called = new Set<Expression>(
    named.length === 0 ? [] : ofKind(code, 'call').map(({ callee }) => callee),
  );
  const problems = named
    .filter(([each]) => !called.has(each))
    .map(([each, name]) => problem(each.start, name));
  if (code.language === 'python') return problems;
  const bound = new Set([...code.scope.bindings.values()].map(({ imported }) => imported));
  for (const each of code.imports) {
    const name = `${each.module}.${each.member}`;
    if (SHELLS_ALWAYS.has(name) && !bound.has(each)) problems.push(problem(each.start, name));
  }
  return problems;
}

/** Where it is named itself: what has another name by then was found where it got it. */
function referred(code: Code, expression: Expression): string | undefined {
  if (expression.kind === 'name') {
    const binding = bindingOf(expression.name, expression.scope);
    if (binding === undefined && !LAST_NAMES.has(expression.name)) {
      const isEvaluator =
        expression.name === 'eval' || (code.language === 'python' && expression.name === 'exec');
      return isEvaluator ? expression.name : undefined;
    }
    if (binding !== undefined && binding.imported === null) return undefined;
  } else if (expression.kind === 'member') {
    const key = expression.property ?? (expression.key && constantOf(expression.key));
    if (typeof key !== 'string' || (!LAST_NAMES.has(key) && key !== 'eval')) return undefined;
  } else return undefined;
  return namedBy(code, expression).find(
    (name) => SHELLS_ALWAYS.has(name) || (name === 'eval' && EVALUATORS.has(name)),
  );
}

function problem(start: number, name: string): Problem {
  return {
    start,
    title: `${name} is handed on, to be called elsewhere`,
    remedy: 'Hand on a function that does one thing.',
    severity: 'high',
  };
}
