/** Text that becomes code: eval, Function, vm, compile, and timers that are given text. */
import { type NamedCall, namedBy } from '../code/calls.ts';
import { anyOf } from '../code/memo.ts';
import { isOff, optionsOf, valuesOf } from '../code/values.ts';
import { constantOf } from '../parse/constants.ts';
import type { Code, Expression } from '../parse/expression.ts';
import { UNRESOLVED } from '../parse/names.ts';
import { isConstant } from '../parse/origins.ts';
import type { Problem } from './problem.ts';

const EVALUATES: Readonly<Record<'javascript' | 'python', RegExp>> = {
  javascript:
    /^(?:eval|Function|execScript|vm\.(?:runIn\w+|Script|compileFunction|createScript|SourceTextModule)|vm2\.\w+\(\)\.run|(?:module|.*)\._compile)$/,
  python:
    /^(?:eval|exec|execfile|compile|code\.Interactive\w+\(\)\.(?:runsource|runcode|push)|timeit\.(?:timeit|repeat)|cProfile\.run|pdb\.run)$/,
};
const TIMERS = /^(?:timers\.)?(?:setTimeout|setInterval)$/;
/** What holds dangerous functions among others. */
const CHOSEN =
  /^(?:child_process|os|subprocess|vm|globalThis|window|global|builtins|__builtins__|posix)\[\]$/;
const isEvaluation = { javascript: anyOf(EVALUATES.javascript), python: anyOf(EVALUATES.python) };
const isTimer = anyOf(TIMERS);
const isChosen = anyOf(CHOSEN);
const GUARDED = new Set(['os', 'subprocess', 'builtins', '__builtins__', 'posix']);

const REMEDY = 'Parse what comes in as what it is: JSON.parse, ast.literal_eval, a table of functions.';

export function evaluationProblem(code: Code, { call, names }: NamedCall): Problem | undefined {
  const problem = (title: string, remedy = REMEDY): Problem => ({
    start: call.start,
    title,
    remedy,
    severity: 'high',
  });
  const { args } = call;
  const language = code.language === 'python' ? 'python' : 'javascript';
  const evaluates = names.find(isEvaluation[language]);
  const [first] = args;
  if (evaluates !== undefined && first !== undefined) {
    const texts = language === 'python' ? [first] : args;
    if (texts.some(({ value }) => !isConstant(value))) {
      return problem(`${evaluates} makes code of a text that is not constant`);
    }
  }
  if (language === 'javascript' && first !== undefined) {
    if (names.some(isTimer) && valuesOf(first.value).some(isText)) {
      return problem('A timer is given code as a text', 'Give it a function.');
    }
    const isImport = call.callee.kind === 'name' && call.callee.name === 'import';
    if (isImport && isDataUrl(first.value)) {
      return problem('Code is imported from a text');
    }
  }
  const isWorker = language === 'javascript' && names.includes('worker_threads.Worker');
  if (isWorker && first !== undefined && !isConstant(first.value)) {
    const isTold = optionsOf(code, call, 'eval').some((value) => !isOff(value));
    if (isTold) return problem('A worker is given code as a text', 'Give it the path of a file.');
  }
  if (language === 'python' && isSearch(call.callee)) {
    return problem('What the interpreter has loaded is looked through for something', 'Import it by name.');
  }
  if (names.includes(UNRESOLVED)) {
    return problem(
      'What is called here stands behind too many names to be followed',
      'Call it by its own name.',
    );
  }
  const chosen = names.find(isChosen);
  if (chosen !== undefined)
    return problem(
      `Which function of ${chosen.slice(0, -2)} is called is decided when it runs`,
      'Call it by name.',
    );
  const [, second] = args;
  if (names.includes('getattr') && first !== undefined && second !== undefined) {
    const guarded = namedBy(code, first.value).find((name) => GUARDED.has(name));
    if (guarded !== undefined && constantOf(second.value) === undefined) {
      return problem(`Which function of ${guarded} is taken is decided when it runs`, 'Call it by name.');
    }
  }
  return undefined;
}

/** `().__class__.__base__.__subclasses__()` */
function isSearch(callee: Expression): boolean {
  if (callee.kind !== 'member' || callee.property !== '__subclasses__') return false;
  const object =
    callee.object.kind === 'member' && callee.object.property === null ? callee.object.object : callee.object;
  return object.kind === 'member' && /^__(?:bases?|mro)__$/.test(object.property ?? '');
}

/** Nothing is done by an empty one. */
function isText(value: Expression): boolean {
  const constant = constantOf(value);
  return constant === undefined ? value.kind === 'text' : typeof constant === 'string' && constant !== '';
}

function isDataUrl(expression: Expression): boolean {
  return valuesOf(expression).some((value) => {
    const start = value.kind === 'text' ? value.parts[0] : value;
    const text = start === undefined ? undefined : constantOf(start);
    return typeof text === 'string' && /^(?:data|blob):/.test(text) && !isConstant(expression);
  });
}
