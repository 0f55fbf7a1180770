/** Commands that a shell reads, or another interpreter: whoever gives a part of one gives all of it. */
import { type NamedCall, namedBy } from '../code/calls.ts';
import { anyOf, memo } from '../code/memo.ts';
import { isOff, optionsOf, valuesOf } from '../code/values.ts';
import { constantOf } from '../parse/constants.ts';
import type { Code, Expression } from '../parse/expression.ts';
import { isConstant } from '../parse/origins.ts';
import type { Problem } from './problem.ts';

/** Run a shell whatever they are given. */
export const SHELLS_ALWAYS: ReadonlySet<string> = new Set([
  'child_process.exec',
  'child_process.execSync',
  'shelljs.exec',
  'child-process-promise.exec',
  'promisify-child-process.exec',
  'os.system',
  'os.popen',
  'os.popen2',
  'os.popen3',
  'os.popen4',
  'posix.system',
  'posix.popen',
  'nt.system',
  'platform.popen',
  'popen2.popen2',
  'popen2.popen3',
  'popen2.popen4',
  'commands.getoutput',
  'commands.getstatusoutput',
  'subprocess.getoutput',
  'subprocess.getstatusoutput',
  'asyncio.create_subprocess_shell',
  'asyncio.subprocess.create_subprocess_shell',
]);

const SHELL_METHOD = /(?:^|[.)])subprocess_shell$|^ctypes\..*\.(?:system|popen)$/;

/** Run a program, and a shell when they are asked to. */
const SPAWNS =
  /^(?:child_process\.(?:spawn|spawnSync|execFile|execFileSync|fork)|cross-spawn(?:\.sync|\.spawn)?|execa(?:\.\w+)?|tinyexec\.\w+|nano-spawn|node-pty\.spawn|bun\.spawn(?:Sync)?|Bun\.spawn(?:Sync)?|subprocess\.(?:run|call|check_call|check_output|Popen)|asyncio\.(?:subprocess\.)?create_subprocess_exec|(?:anyio|trio)\.(?:run_process|open_process)|os\.(?:exec[lv]\w*|spawn[lv]\w*|posix_spawnp?)|pty\.spawn|pexpect\.(?:run|spawn))$/;
const PYTHON_SPAWN = /^subprocess\.|^(?:anyio|trio)\./;

const isAlways = memo((name) => SHELLS_ALWAYS.has(name) || SHELL_METHOD.test(name));
const isSpawn = anyOf(SPAWNS);

const SHELL = /^(?:(?:ba|da|z|k|a|fi|c|tc)?sh|busybox|cmd|powershell|pwsh|wsl|osascript)$/;
const INTERPRETER = /^(?:node|nodejs|bun|deno|python[\d.]*|perl|ruby|php|osascript|tsx|ts-node)$/;
const SHELL_FLAG = /^(?:-\w*c|-command|-commandwithargs|-encodedcommand|-e|\/c|\/k)$/i;
const CODE_FLAG = /^(?:-e|-c|-p|-r|--eval|--print|eval)$/;

const REMEDY = 'Run the program itself with a list of arguments: execFile or spawn, subprocess.run([...]).';

export function shellProblem(code: Code, { call, names }: NamedCall): Problem | undefined {
  const problem = (title: string, remedy = REMEDY): Problem => ({
    start: call.start,
    title,
    remedy,
    severity: 'high',
  });
  const always = names.find(isAlways);
  if (always !== undefined) return problem(`${always} runs its command in a shell`);
  const spawn = names.find(isSpawn);
  if (spawn === undefined) {
    const option = call.args.find(({ name }) => name === 'shell')?.value;
    return option !== undefined && !isOff(option) && runsPrograms(code, call.callee)
      ? problem('A program is run with shell=True')
      : undefined;
  }
  if (optionsOf(code, call, 'shell').some((option) => !isOff(option))) {
    return problem(`${spawn} is asked for a shell`);
  }
  const words = wordsOf(call.args.map(({ value }) => value));
  if (isInterpreted(words)) {
    return problem(`${spawn} hands an interpreter a command that is not constant`);
  }
  const [first] = call.args;
  if (first !== undefined && PYTHON_SPAWN.test(spawn) && valuesOf(first.value).some(isCommandLine)) {
    return problem(`${spawn} is given a command line in one text`);
  }
  return undefined;
}

/** A function of this module that hands its keyword arguments to subprocess. */
function runsPrograms(code: Code, callee: Expression): boolean {
  return valuesOf(callee).some((value) => {
    if (value.kind !== 'function') return false;
    return code.expressions.some(
      (each) =>
        each.kind === 'call' &&
        each.start >= value.start &&
        each.end <= value.end &&
        namedBy(code, each.callee).some(isSpawn),
    );
  });
}

/** Arguments and items of lists among them, in their order. */
function wordsOf(expressions: readonly Expression[], depth = 0): Expression[] {
  return expressions.flatMap((expression) => {
    if (expression.kind === 'list' && depth < 4) return wordsOf(expression.items, depth + 1);
    const [value, ...others] = valuesOf(expression);
    if (others.length > 0 || value === undefined || depth >= 4) return [expression];
    if (value.kind === 'list') return wordsOf(value.items, depth + 1);
    // ["sh"] + ["-c", command]
    const isSum = value.kind === 'text' && value.parts.some(({ kind }) => kind === 'list');
    return isSum ? wordsOf(value.parts, depth + 1) : [expression];
  });
}

function isInterpreted(words: readonly Expression[]): boolean {
  let flag: RegExp | undefined;
  for (const [index, word] of words.entries()) {
    const constant = oneConstant(word);
    if (typeof constant !== 'string') {
      // What an interpreter is given first is its script: flags after it are not its own.
      if (flag === CODE_FLAG) flag = undefined;
      continue;
    }
    const program = (constant.split(/[/\\]/).at(-1) as string).replace(/\.exe$/i, '').toLowerCase();
    if (SHELL.test(program)) flag = SHELL_FLAG;
    else if (INTERPRETER.test(program)) flag = CODE_FLAG;
    else if (flag?.test(constant)) {
      const code = words.slice(index + 1, index + 2);
      return code.some((each) => !isConstant(each));
    } else if (flag === CODE_FLAG && !constant.startsWith('-') && !isValued(words[index - 1]))
      flag = undefined;
  }
  return false;
}

/** A flag that may have the next word as its value; what comes after `-m` is the program. */
function isValued(word: Expression | undefined): boolean {
  const flag = word === undefined ? undefined : constantOf(word);
  return typeof flag === 'string' && flag.startsWith('-') && flag !== '-m';
}

/** Of a choice between programs, the one that is a shell. */
function oneConstant(word: Expression): ReturnType<typeof constantOf> {
  const constants = valuesOf(word).map(constantOf);
  return constants.find((each) => typeof each === 'string' && /sh$|^cmd/.test(each)) ?? constants[0];
}

function isCommandLine(value: Expression): boolean {
  return (
    value.kind === 'text' &&
    !value.parts.some(({ kind }) => kind === 'list') &&
    !isConstant(value) &&
    value.parts.some((part) => part.kind === 'literal' && String(part.value).includes(' '))
  );
}
