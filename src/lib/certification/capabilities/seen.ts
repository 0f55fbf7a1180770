/** What code does outside of its process, as far as it says so. */
import { namedCalls } from '../code/calls.ts';
import { valuesOf } from '../code/values.ts';
import { constantOf } from '../parse/constants.ts';
import type { Call, Code, Expression } from '../parse/expression.ts';
import { moduleOf, namesOf } from '../parse/names.ts';
import { type Need, needOf, needOfModule, needOfPathMethod } from './calls.ts';
import { variablesOf } from './environment.ts';
import { privatePathIn } from './private-paths.ts';

export type Seen = { readonly start: number; readonly what: string } & (
  | Need
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'private-path' }
);

export function capabilitiesOf(code: Code): Seen[] {
  const found: Seen[] = variablesOf(code).map(({ name, start }) => ({
    kind: 'environment',
    name,
    start,
    what: name === '*' ? 'variables that are chosen when it runs' : name,
  }));
  const running: Seen[] = [];
  for (const { call, names } of namedCalls(code)) {
    const { callee, args } = call;
    const method = callee.kind === 'member' ? (callee.property ?? '') : '';
    const loaded = moduleOf(call);
    if (loaded !== undefined) addModule(found, running, loaded, call.start);
    const name = names.find((each) => needOf(each, undefined) !== undefined);
    const need =
      (name === undefined ? undefined : needOf(name, modeOf(call))) ??
      (code.language === 'python' && isPath(callee) ? needOfPathMethod(method) : undefined);
    if (need === undefined) continue;
    if (need.kind === 'subprocess') {
      const program = programOf(args[0]?.value);
      running.push({ ...need, start: call.start, what: program ?? '*' });
      continue;
    }
    found.push({ ...need, start: call.start, what: name ?? method });
    if (need.kind !== 'filesystem') continue;
    const secret = privatePathIn([callee, ...args.map(({ value }) => value)]);
    if (secret !== undefined) found.push({ kind: 'private-path', start: call.start, what: secret });
  }
  for (const { module, start } of code.imports) addModule(found, running, module, start);
  return [...found, ...programsOf(running)];
}

function addModule(found: Seen[], running: Seen[], module: string, start: number): void {
  const need = needOfModule(module);
  if (need?.kind === 'subprocess') running.push({ ...need, start, what: '' });
  else if (need !== undefined) found.push({ ...need, start, what: module });
}

/** A module that runs programs counts for itself only where no call says which. */
function programsOf(running: readonly Seen[]): Seen[] {
  const calls = running.filter(({ what }) => what !== '');
  if (calls.length > 0) return calls;
  return running.slice(0, 1).map((each) => ({ ...each, what: '*' }));
}

/** The name of the program, when it is constant: `git` of `/usr/bin/git`, and of `git log` for a shell. */
function programOf(first: Expression | undefined): string | undefined {
  if (first === undefined) return undefined;
  const [value, ...others] = valuesOf(first);
  if (value === undefined || others.length > 0) return undefined;
  const program = value.kind === 'list' ? value.items[0] : value;
  const constant = program === undefined ? undefined : constantOf(program);
  if (typeof constant !== 'string') return undefined;
  // A shell is given more than one program at once.
  if (/[;&|`$<>\n]/.test(constant)) return undefined;
  return constant
    .trim()
    .split(/\s/, 1)[0]
    ?.split(/[/\\]/)
    .at(-1)
    ?.replace(/\.exe$/i, '');
}

function modeOf({ args }: Call): string | undefined {
  const mode = args.find(({ name }) => name === 'mode' || name === 'flags')?.value ?? args[1]?.value;
  const constant = mode === undefined ? undefined : constantOf(mode);
  return typeof constant === 'string' && constant.length <= 4 ? constant : undefined;
}

/** A method of what was made by `pathlib.Path`, divided or not. */
function isPath(callee: Expression): boolean {
  if (callee.kind !== 'member') return false;
  if (/^(?:read|write)_(?:text|bytes)$/.test(callee.property ?? '')) return true;
  const open = [...valuesOf(callee.object)];
  for (let steps = 0; steps < 20; steps += 1) {
    const each = open.pop();
    if (each === undefined) return false;
    if (namesOf(each).some((name) => /^pathlib\.(?:Pure)?\w*Path\b/.test(name))) return true;
    if (each.kind === 'other') open.push(...each.parts.flatMap(valuesOf));
  }
  return false;
}
