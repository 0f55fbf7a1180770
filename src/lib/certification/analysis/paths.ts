/** Paths that the input of a tool is a part of. */
import { needOf, needOfPathMethod } from '../capabilities/calls.ts';
import { type NamedCall, namedCalls } from '../code/calls.ts';
import { valuesOf } from '../code/values.ts';
import type { Problem } from '../execution/problem.ts';
import { constantOf } from '../parse/constants.ts';
import type { Code, Expression, Scope } from '../parse/expression.ts';
import { namesOf } from '../parse/names.ts';
import { originsOf } from '../parse/origins.ts';
import type { Input } from './input.ts';
import { broken } from './rule.ts';

const JOINS =
  /^(?:path(?:\.posix|\.win32)?\.(?:join|resolve)|os\.path\.join|posixpath\.join|pathlib\.(?:Pure)?(?:Posix|Windows)?Path)$/;
/** Give a path that is still anywhere. */
const KEEPS =
  /^(?:path(?:\.posix|\.win32)?\.(?:join|resolve|normalize)|os\.path\.(?:join|abspath|normpath|expanduser|expandvars)|posixpath\.join|pathlib\.\S*|os\.(?:homedir|getcwd|tmpdir)|process\.cwd|url\.fileURLToPath|String|str|decodeURIComponent|encodeURI|.*\.(?:trim|strip|toString|replace|replaceAll|toLowerCase|lower|upper|toUpperCase|format|concat|expanduser|absolute|joinpath|with_suffix))$/;
/** Says whether a path is inside a folder, or of what letters it is. */
const CHECKS =
  /^(?:startsWith|startswith|relative|relative_to|is_relative_to|commonpath|commonprefix|realpath|realpathSync|basename|includes|match|fullmatch|test|has|secure_filename|safe_join|is_file_allowed)$|valid|safe|sanit|check|allow|assert|ensure|guard|confine|inside|within|contain/i;

export function pathProblems(code: Code, input: Input): Problem[] {
  if (!input.isThere) return [];
  const calls = namedCalls(code);
  const found: Problem[] = [];
  for (const each of calls) {
    for (const path of pathsOf(code, each)) {
      if (!input.reaches(path) || !isLoose(calls, path, input)) continue;
      found.push(broken(isJoined(path, input) ? 'path-traversal' : 'path-from-input', each.call));
      break;
    }
  }
  return found;
}

/** What a call opens, reads, writes, moves or removes. */
function pathsOf(code: Code, { call, names }: NamedCall): Expression[] {
  const { callee, args } = call;
  if (names.some((name) => needOf(name, undefined)?.kind === 'filesystem')) {
    const isTwo = names.some((name) => /\.(?:rename|copy|cp|move|link|symlink|replace)\w*$/.test(name));
    return args.slice(0, isTwo ? 2 : 1).map(({ value }) => value);
  }
  const isPath =
    code.language === 'python' &&
    callee.kind === 'member' &&
    needOfPathMethod(callee.property ?? '') !== undefined;
  return isPath ? [callee.object] : [];
}

/** Nothing has kept it inside a folder: neither here, nor where the function that is given it is called. */
function isLoose(calls: readonly NamedCall[], path: Expression, input: Input, depth = 0): boolean {
  if (!isUnchanged(path) || isChecked(calls, path.scope, input)) return false;
  let scope: Scope | null = path.scope;
  while (scope !== null && !input.isGiven(scope)) scope = scope.parent;
  const given = scope === null ? undefined : input.givenTo(scope);
  if (given === undefined || depth > 3) return true;
  return [...given].some((each) => isLoose(calls, each, input, depth + 1));
}

/** Nothing that it went through may have kept it inside a folder. */
function isUnchanged(path: Expression): boolean {
  return originsOf(path).every((origin) => origin.kind !== 'call' || KEEPS.test(origin.name));
}

function isChecked(calls: readonly NamedCall[], scope: Scope, input: Input): boolean {
  for (let each: Scope | null = scope; each !== null; each = each.parent) {
    if (each.parent === null) return false;
    const inside = each;
    const checked = calls.some(({ call }) => {
      if (!isWithin(call.scope, inside)) return false;
      const { callee, args } = call;
      const name = callee.kind === 'member' ? callee.property : callee.kind === 'name' ? callee.name : null;
      if (name === null || !CHECKS.test(name)) return false;
      return [...(callee.kind === 'member' ? [callee.object] : []), ...args.map(({ value }) => value)].some(
        (value) => input.reaches(value),
      );
    });
    if (checked) return true;
    if (input.isGiven(each)) return false;
  }
  return false;
}

function isWithin(scope: Scope, outer: Scope): boolean {
  for (let each: Scope | null = scope; each !== null; each = each.parent) if (each === outer) return true;
  return false;
}

/** Something that is no input comes before it: a folder that was meant to hold it. */
function isJoined(path: Expression, input: Input): boolean {
  return valuesOf(path).some((value) => {
    if (value.kind === 'call') {
      const { callee, args } = value;
      const [first] = args;
      if (first !== undefined && args.length > 1 && namesOf(callee).some((name) => JOINS.test(name))) {
        return !input.reaches(first.value);
      }
      if (callee.kind === 'member' && isJoined(callee.object, input)) return true;
      return args.some((each) => isJoined(each.value, input));
    }
    const parts = value.kind === 'text' || value.kind === 'other' ? value.parts : [];
    const first = parts.find((part) => constantOf(part) !== '');
    return first !== undefined && !input.reaches(first);
  });
}
