/**
 * What a name stands for: `child_process.exec` for whatever it was called when it was imported, destructured or assigned,
 * `eval` for the global one, `pg.Client().query` for a method of what a call returned.
 */
import type { Binding, Call, Expression, Func, Member, Scope } from './expression.ts';

/** Among the names of what would take too many steps to follow: it may stand for anything. */
export const UNRESOLVED = '?';

const MAX_STEPS = 200;
const GLOBAL_OBJECTS = new Set(['globalThis', 'window', 'self', 'global', 'builtins', '__builtins__']);
/** Give what they are given, or something that does the same when it is called. */
const WRAPPERS = new Set(['util.promisify', 'functools.partial', 'promisify', 'vars']);

/** By any name that they were given; those that are called by their own are known without looking it up: `moduleOf`. */
const LOADERS = new Set(['require', 'module.createRequire()', '__import__', 'importlib.import_module']);

/** Looked up from the inside out; undefined for a global. */
export function bindingOf(name: string, scope: Scope): Binding | undefined {
  for (let each: Scope | null = scope; each !== null; each = each.parent) {
    const binding = each.bindings.get(name);
    if (binding !== undefined) return binding;
  }
  return undefined;
}

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
    !/^(?:require|import_module)$/.test(expression.callee.property ?? '');
  return isMethod && onlyName(expression.callee) === null ? null : undefined;
}

function memberName(object: string, property: string | null): string {
  if (property === null) return `${object}[]`;
  if (GLOBAL_OBJECTS.has(object)) return property;
  return property === 'default' || property === '__dict__' ? object : `${object}.${property}`;
}

/** Whether it may stand for one of them. */
export function isNamed(expression: Expression, names: ReadonlySet<string>): boolean {
  return namesOf(expression).some((name) => names.has(name));
}

const APPLIED = /\.(?:call|apply)$/;

/** The names of what is called; of `eval.call` and `eval.apply` that is `eval` as well. */
export function calleesOf(call: Call): string[] {
  const names = namesOf(call.callee);
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
      for (const callee of within(expression.callee)) {
        const loaded = LOADERS.has(callee) && first !== undefined ? constantOf(first.value) : undefined;
        const key = second && constantOf(second.value);
        if (typeof loaded === 'string') found.add(withoutScheme(loaded));
        else if (callee === 'getattr' && first !== undefined && typeof key === 'string') {
          for (const object of within(first.value)) {
            found.add(GLOBAL_OBJECTS.has(object) ? key : `${object}.${key}`);
          }
        } else if (WRAPPERS.has(callee) && first !== undefined) collect(first.value, found, steps);
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
  const constant = property ?? (key === null ? undefined : constantOf(key));
  return constant === undefined || constant === null ? null : String(constant);
}

/** The module that a call loads, when its name is constant: `require`, `import()`, `__import__`, `import_module`. */
export function moduleOf({ callee, args }: Call): string | undefined {
  const isLoader =
    (callee.kind === 'name' && /^(?:require|import|__import__|import_module)$/.test(callee.name)) ||
    (callee.kind === 'member' && /^(?:require|import_module)$/.test(callee.property ?? ''));
  const module = isLoader && args[0] !== undefined ? constantOf(args[0].value) : undefined;
  return typeof module === 'string' ? withoutScheme(module) : undefined;
}

function withoutScheme(module: string): string {
  return module.replace(/^node:/, '');
}

/** The text, number or the like that an expression always is; undefined when it is not constant. */
export function constantOf(expression: Expression): string | number | boolean | null | undefined {
  return constant(expression, { left: MAX_STEPS });
}

const LONGEST_CONSTANT = 1_000_000;

function constant(expression: Expression, steps: { left: number }): ReturnType<typeof constantOf> {
  if (expression.kind === 'literal') return expression.value;
  steps.left -= 1;
  if (steps.left < 0) return undefined;
  if (expression.kind === 'name') {
    const binding = bindingOf(expression.name, expression.scope);
    const [value] = binding?.values ?? [];
    const isFixed =
      binding?.isParameter === false && binding.imported === null && binding.values.length === 1;
    return isFixed && value !== undefined ? constant(value, steps) : undefined;
  }
  if (expression.kind !== 'text') return undefined;
  let text = '';
  for (const part of expression.parts) {
    const value = constant(part, steps);
    if (value === undefined || text.length > LONGEST_CONSTANT) return undefined;
    text += String(value);
  }
  return text;
}
