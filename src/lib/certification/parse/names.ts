/**
 * What a name stands for: `child_process.exec` for whatever it was called when it was imported, destructured or assigned,
 * `eval` for the global one, `pg.Client().query` for a method of what a call returned.
 */
import { bindingOf } from './constants.ts';
import type { Binding, Call, Expression, Func, Member, Scope } from './expression.ts';
import { spelledOf } from './spelled.ts';

/** Among the names of what would take too many steps to follow: it may stand for anything. */
export const UNRESOLVED = '?';

const MAX_STEPS = 200;
const GLOBAL_OBJECTS = new Set([
  'globalThis',
  'window',
  'self',
  'global',
  'builtins',
  '__builtins__',
  'globals()',
  'locals()',
  'sys.modules',
]);
/** Give what they are given, or something that does the same when it is called. */
const WRAPPERS = new Set(['util.promisify', 'functools.partial', 'promisify', 'vars']);

/** By any name that they were given; those that are called by their own are known without looking it up: `moduleOf`. */
const LOADERS = new Set([
  'require',
  'module.createRequire()',
  'module._load',
  'process.getBuiltinModule',
  '__import__',
  'importlib.import_module',
  'importlib.__import__',
]);
const LOADER = /^(?:require|import|__import__|import_module|getBuiltinModule|_load)$/;
/** Take one thing, by its name, of what they are given. */
const GETTERS = new Set(['getattr', 'Reflect.get', 'object.__getattribute__']);
/** Give what takes it of what that is given then: `operator.attrgetter('environ')(os)`. */
const GETTER_MAKERS = new Set(['operator.attrgetter()', 'operator.itemgetter()']);
const CALLER_MAKER = 'operator.methodcaller()';

/** All that an expression may stand for, ordered; none for a parameter, and for what has no name. */
export function namesOf(expression: Expression): string[] {
  const only = onlyName(expression);
  if (only !== undefined) return only === null ? [] : [only];
  const found = new Set<string>();
  collect(expression, found, { left: MAX_STEPS, open: new Set() });
  return found.size > 1 ? [...found].sort() : [...found];
}

/** The same, for what is followed without a choice: most of what there is. Null for none, undefined for anything else. */
function onlyName(expression: Expression): string | null | undefined {
  if (expression.kind === 'name') {
    const binding = bindingOf(expression.name, expression.scope);
    if (binding === undefined) return expression.name;
    if (binding.values.length > 0) return undefined;
    const { imported } = binding;
    if (imported === null) return null;
    return imported.member === null ? imported.module : `${imported.module}.${imported.member}`;
  }
  if (expression.kind === 'member') {
    const object = expression.property === null ? undefined : onlyName(expression.object);
    return typeof object === 'string' ? memberName(object, expression.property) : object;
  }
  const isMethod =
    expression.kind === 'call' &&
    expression.callee.kind === 'member' &&
    !LOADER.test(expression.callee.property ?? '');
  return isMethod && onlyName(expression.callee) === null ? null : undefined;
}

function memberName(object: string, property: string | null): string {
  if (property === null) return `${object}[]`;
  if (property === 'default' || property === '__dict__') return object;
  return GLOBAL_OBJECTS.has(object) ? property : `${object}.${property}`;
}

/** Whether it may stand for one of them. */
export function isNamed(expression: Expression, names: ReadonlySet<string>): boolean {
  return namesOf(expression).some((name) => names.has(name));
}

const APPLIED = /\.(?:call|apply)$/;

/** The names of what is called; of `eval.call` and `eval.apply` that is `eval` as well. */
export function calleesOf(call: Call): string[] {
  const names = namesOf(call.callee);
  if (names.includes(CALLER_MAKER)) {
    const [object] = call.args;
    const method = madeWith(call);
    if (object !== undefined && method !== undefined)
      return namesOf(object.value).map((name) => memberName(name, method));
  }
  if (!names.some((name) => APPLIED.test(name))) return names;
  return [...new Set(names.flatMap((name) => [name, name.replace(APPLIED, '')]))].sort();
}

/** Shared by all branches, so that the work is bounded. */
interface Steps {
  left: number;
  /** What is being followed: what is assigned to itself, or calls itself, adds nothing. */
  readonly open: Set<Binding | Scope>;
}

function collect(expression: Expression, found: Set<string>, steps: Steps): void {
  steps.left -= 1;
  if (steps.left < 0) {
    found.add(UNRESOLVED);
    return;
  }
  const within = (inner: Expression) => {
    const names = new Set<string>();
    collect(inner, names, steps);
    return names;
  };
  switch (expression.kind) {
    case 'name': {
      const binding = bindingOf(expression.name, expression.scope);
      if (binding === undefined) found.add(expression.name);
      else {
        const { imported } = binding;
        if (imported !== null) {
          found.add(imported.member === null ? imported.module : `${imported.module}.${imported.member}`);
        }
        if (steps.open.has(binding)) break;
        steps.open.add(binding);
        for (const value of binding.values) collect(value, found, steps);
        steps.open.delete(binding);
      }
      break;
    }
    case 'member': {
      const property = propertyOf(expression);
      for (const object of within(expression.object)) found.add(memberName(object, property));
      break;
    }
    case 'call': {
      const module = moduleOf(expression);
      if (module !== undefined) {
        found.add(module);
        break;
      }
      const [first, second] = expression.args;
      const members = (of: Expression, property: string, end = '') => {
        for (const object of within(of)) found.add(`${memberName(object, property)}${end}`);
      };
      for (const callee of within(expression.callee)) {
        const loaded = LOADERS.has(callee) && first !== undefined ? spelledOf(first.value) : undefined;
        const key = second && GETTERS.has(callee) ? spelledOf(second.value) : undefined;
        const made = GETTER_MAKERS.has(callee) || callee === CALLER_MAKER ? madeWith(expression) : undefined;
        if (typeof loaded === 'string') found.add(moduleName(loaded, callee, expression.args.length));
        else if (first !== undefined && typeof key === 'string') members(first.value, key);
        else if (first !== undefined && made !== undefined)
          members(first.value, made, callee === CALLER_MAKER ? '()' : '');
        else if (WRAPPERS.has(callee) && first !== undefined) collect(first.value, found, steps);
        else if (/\.(?:call|apply)\.bind$/.test(callee) && first !== undefined)
          collect(first.value, found, steps);
        else if (callee.endsWith('.bind')) found.add(callee.slice(0, -'.bind'.length));
        else found.add(`${callee}()`);
      }
      // __importStar(require('child_process')), by whatever name compilers give it
      for (const { value } of expression.args) {
        const given = value.kind === 'call' ? moduleOf(value) : undefined;
        if (given !== undefined) found.add(given);
      }
      for (const { body, returns } of functionsOf(expression.callee)) {
        if (steps.open.has(body)) continue;
        steps.open.add(body);
        for (const value of returns) collect(value, found, steps);
        steps.open.delete(body);
      }
      break;
    }
    case 'choice':
      for (const option of expression.options) collect(option, found, steps);
      break;
    case 'entries':
      for (const { key, value } of expression.entries) if (key === null) collect(value, found, steps);
      break;
    default:
  }
}

/** The functions of this module that an expression is, by its own name or none. */
export function functionsOf(expression: Expression): Func[] {
  const values =
    expression.kind === 'name' ? bindingOf(expression.name, expression.scope)?.values : [expression];
  return values?.filter((value) => value.kind === 'function') ?? [];
}

/** By its name, or by a key that is constant; null when it is chosen when it runs. */
export function propertyOf({ property, key }: Member): string | null {
  const constant = property ?? (key === null ? undefined : spelledOf(key));
  return constant === undefined || constant === null ? null : String(constant);
}

/**
 * The module that a call loads, when its name is constant: `require`, `import()`, `process.getBuiltinModule`, `__import__`,
 * `import_module`.
 */
export function moduleOf({ callee, args }: Call): string | undefined {
  const loader = callee.kind === 'name' ? callee.name : callee.kind === 'member' ? callee.property : null;
  const isLoader =
    LOADER.test(loader ?? '') &&
    (callee.kind === 'name' ? loader !== '_load' && loader !== 'getBuiltinModule' : loader !== 'import');
  const module = isLoader && args[0] !== undefined ? spelledOf(args[0].value) : undefined;
  return typeof module === 'string' ? moduleName(module, loader ?? '', args.length) : undefined;
}

/** `__import__('a.b')` gives `a`, unless it is told what is wanted of it. */
function moduleName(module: string, loader: string, given: number): string {
  const isFirst = loader.endsWith('__import__') && given === 1;
  return isFirst ? (module.split('.', 1)[0] as string) : withoutScheme(module);
}

/** What the getter was made with that is called: `environ` of `operator.attrgetter('environ')(os)`. */
function madeWith({ callee }: Call): string | undefined {
  const [first] = callee.kind === 'call' ? callee.args : [];
  const name = first === undefined ? undefined : spelledOf(first.value);
  return typeof name === 'string' ? name : undefined;
}

function withoutScheme(module: string): string {
  return module.replace(/^node:/, '');
}
