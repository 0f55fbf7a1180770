/** The variables of the environment that code reads. */
import { namedCalls } from '../code/calls.ts';
import { ofKind } from '../code/kinds.ts';
import { type bindingOf as BindingOf, bindingOf, constantOf } from '../parse/constants.ts';
import type { Code, Expression } from '../parse/expression.ts';
import { namesOf, propertyOf } from '../parse/names.ts';

export interface Variable {
  /** `*` for what is chosen when it runs, and for all of them. */
  readonly name: string;
  readonly start: number;
}

const ENVIRONMENTS = new Set(['process.env', 'os.environ', 'os.environb', 'Bun.env', 'import.meta.env']);
const GETTERS = /^(?:os\.getenv|os\.environb?\.(?:get|setdefault|pop)|Deno\.env\.get|os\.getenvb)$/;
const LAST_NAMES = new Set(['env', 'environ', 'environb']);

const SECRET =
  /(?:^|_)(?:KEY|KEYS|TOKEN|TOKENS|SECRET|SECRETS|PASS|PASSWD|PASSWORD|PASSPHRASE|CREDENTIAL|CREDENTIALS|AUTH|PRIVATE|COOKIE|DSN|APIKEY|PAT)(?:_|$)|(?:APIKEY|SECRET|PASSWORD|TOKEN)$/i;
/** Say where and how a process runs, and are nobody's secret. */
const PLAIN = new Set(
  'NODE_ENV NODE_OPTIONS DEBUG LOG_LEVEL LOGLEVEL VERBOSE CI TZ LANG LC_ALL HOME USERPROFILE PATH PWD PORT HOST TERM NO_COLOR FORCE_COLOR TMPDIR TEMP TMP APPDATA LOCALAPPDATA XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME ENV ENVIRONMENT PYTHONPATH USER USERNAME SHELL'.split(
    ' ',
  ),
);

/** Where something is, or whether it is used. */
const NO_SECRET =
  /_(?:URL|URI|HOST|PORT|ENDPOINT|PATH|FILE|DIR|MODE|TYPE|ISSUER|AUDIENCE|ENABLED|DISABLED|TIMEOUT|TTL)$|^(?:MASK|HIDE|USE|ENABLE|DISABLE|ALLOW|SKIP|NO|MAX|MIN|REQUIRE)_/i;

export const isSecret = (name: string): boolean => SECRET.test(name) && !NO_SECRET.test(name);
export const isPlain = (name: string): boolean => PLAIN.has(name.toUpperCase());

export function variablesOf(code: Code): Variable[] {
  const found: Variable[] = [];
  const known = new Map<ReturnType<typeof BindingOf>, boolean>();
  const objects = new Set<Expression>();
  const isEnvironment = (expression: Expression): boolean => {
    if (expression.kind === 'member') {
      return (
        LAST_NAMES.has(propertyOf(expression) ?? '') &&
        namesOf(expression).some((name) => ENVIRONMENTS.has(name))
      );
    }
    if (expression.kind !== 'name') return false;
    const binding = bindingOf(expression.name, expression.scope);
    if (binding === undefined || binding.isParameter) return false;
    let is = known.get(binding);
    if (is === undefined) {
      is = namesOf(expression).some((name) => ENVIRONMENTS.has(name));
      known.set(binding, is);
    }
    return is;
  };
  const members = mentionsEnvironment(code) ? ofKind(code, 'member') : [];
  for (const each of members) {
    if (!isEnvironment(each.object)) continue;
    objects.add(each.object);
    const name = each.property ?? (each.key && constantOf(each.key));
    const isMethod = code.language === 'python' && each.key === null;
    if (!isMethod) found.push({ name: typeof name === 'string' ? name : '*', start: each.start });
  }
  for (const { call, names } of namedCalls(code)) {
    const [first] = call.args;
    if (first === undefined || !names.some((name) => GETTERS.test(name))) continue;
    const name = constantOf(first.value);
    found.push({ name: typeof name === 'string' ? name : '*', start: call.start });
  }
  for (const each of members) {
    const isWhole = !objects.has(each) && isEnvironment(each);
    if (isWhole) found.push({ name: '*', start: each.start });
  }
  return found;
}

function mentionsEnvironment(code: Code): boolean {
  return (
    code.imports.some(({ member }) => member !== null && (LAST_NAMES.has(member) || member === '*')) ||
    ofKind(code, 'member').some((each) => LAST_NAMES.has(propertyOf(each) ?? ''))
  );
}
