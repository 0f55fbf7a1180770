/**
 * A dangerous function that is not called where it is named: handed to another function, kept, exported. Whoever has it
 * may call it with anything.
 */
import { type NamedCall, namedBy } from '../code/calls.ts';
import { ofKind } from '../code/kinds.ts';
import { memo } from '../code/memo.ts';
import { assignmentsOf } from '../code/values.ts';
import { bindingOf } from '../parse/constants.ts';
import type { Code, Expression, Member } from '../parse/expression.ts';
import { functionsOf, moduleOf, namesOf, propertyOf } from '../parse/names.ts';
import { PICKLES, UNSAFE_YAML } from './deserialise.ts';
import type { Problem } from './problem.ts';
import { SHELLS_ALWAYS } from './shell.ts';

const VM = /^vm\.(?:runIn\w+|compileFunction)$/;
const isDangerous = memo(
  (name) => SHELLS_ALWAYS.has(name) || PICKLES.test(name) || UNSAFE_YAML.test(name) || VM.test(name),
);
const LAST_NAMES = new Set(
  [...SHELLS_ALWAYS]
    .map((name) => name.split('.').at(-1) as string)
    .concat(
      ['load', 'loads', 'Unpickler', 'read_pickle', 'unserialize'],
      ['unsafe_load', 'unsafe_load_all', 'full_load', 'full_load_all'],
      ['runInContext', 'runInNewContext', 'runInThisContext', 'compileFunction'],
    ),
);
/** Dangerous without an import. */
const EVALUATORS = { javascript: new Set(['eval']), python: new Set(['eval', 'exec']) };

export function referenceProblems(code: Code, calls: readonly NamedCall[]): Problem[] {
  const named: [Expression, string][] = [];
  const imported = code.imports.filter(({ module, member }) => isDangerous(`${module}.${member}`));
  const evaluators = EVALUATORS[code.language === 'python' ? 'python' : 'javascript'];
  for (const each of ofKind(code, 'name')) {
    const isBare = evaluators.has(each.name) || LAST_NAMES.has(each.name);
    if (!isBare && imported.length === 0) continue;
    const name = referredByName(code, each, evaluators);
    if (name !== undefined) named.push([each, name]);
  }
  for (const each of ofKind(code, 'member')) {
    const property = propertyOf(each);
    if (property === null || (!LAST_NAMES.has(property) && !evaluators.has(property))) continue;
    const name = namedBy(code, each).find((one) => isDangerous(one) || evaluators.has(one));
    if (name !== undefined) named.push([each, name]);
  }
  const called = new Set<Expression>(named.length === 0 ? [] : calls.map(({ call }) => call.callee));
  return [
    ...named.filter(([each]) => !called.has(each)).map(([each, name]) => problem(each.start, name)),
    ...unusedImports(code, imported, named),
    ...hiddenCalls(code, calls),
  ];
}

function referredByName(
  code: Code,
  expression: Extract<Expression, { kind: 'name' }>,
  evaluators: ReadonlySet<string>,
): string | undefined {
  const binding = bindingOf(expression.name, expression.scope);
  if (binding === undefined && evaluators.has(expression.name)) return expression.name;
  // What has another name by then was found where it got it.
  if (binding !== undefined && binding.imported === null) return undefined;
  return namedBy(code, expression).find(isDangerous);
}

/** `export { exec } from 'child_process'`; in Python whatever is imported can be imported from here. */
function unusedImports(
  code: Code,
  imported: Code['imports'],
  named: readonly (readonly [Expression, string])[],
): Problem[] {
  const used = new Set(named.map(([, name]) => name));
  const bound = new Set([...code.scope.bindings.values()].map((binding) => binding.imported));
  return imported
    .filter((each) => code.language === 'python' || !bound.has(each))
    .map(({ module, member, start }) => problem(start, `${module}.${member}`))
    .filter((_each, index) => !used.has(`${imported[index]?.module}.${imported[index]?.member}`));
}

/** child_process as a property or a parameter: `this.cp.exec(…)`, `((cp) => cp.exec(…))(require('child_process'))`. */
function hiddenCalls(code: Code, calls: readonly NamedCall[]): Problem[] {
  const isLoaded =
    code.imports.some(({ module }) => module === 'child_process') ||
    ofKind(code, 'call').some((call) => moduleOf(call) === 'child_process');
  if (!isLoaded) return [];
  const execs = calls.filter(
    ({ call }) => call.callee.kind === 'member' && /^exec(?:Sync)?$/.test(propertyOf(call.callee) ?? ''),
  );
  const isModule = (value: Expression) => namesOf(value).includes('child_process');
  const given = new Set<unknown>();
  for (const { call } of calls) {
    for (const { body } of functionsOf(call.callee)) {
      for (const [index, { value }] of call.args.entries()) {
        const parameter = body.parameters[index];
        if (parameter !== undefined && isModule(value)) given.add(body.bindings.get(parameter));
      }
    }
  }
  return execs
    .filter(({ call }) => {
      const { object } = call.callee as Member;
      if (propertyOf(call.callee as Member) === 'execSync') return true;
      if (object.kind === 'name') return given.has(bindingOf(object.name, object.scope));
      if (object.kind !== 'member') return false;
      return (assignmentsOf(code).get(propertyOf(object) ?? '') ?? []).some(({ value }) => isModule(value));
    })
    .map(({ call }) => ({
      start: call.start,
      title: 'child_process.exec runs its command in a shell',
      remedy: 'Run the program itself with a list of arguments: execFile or spawn.',
      severity: 'high' as const,
    }));
}

function problem(start: number, name: string): Problem {
  return {
    start,
    title: `${name} is handed on, to be called elsewhere`,
    remedy: 'Hand on a function that does one thing.',
    severity: 'high',
  };
}
