/** Collects the code of a module while its syntax tree is gone through. */
import type {
  Assignment,
  Binding,
  Code,
  Expression,
  Imported,
  Language,
  Member,
  Scope,
} from './expression.ts';

/** As deep as code is gone through; what people and compilers write is far from it. The parsers' stacks end later. */
const MAX_WEIGHT = 1500;

export class TooDeep extends Error {
  override readonly name = 'TooDeep';
}

export interface OpenBinding extends Binding {
  isParameter: boolean;
  imported: Imported | null;
  readonly values: Expression[];
}

export interface OpenScope extends Scope {
  readonly parent: OpenScope | null;
  readonly parameters: string[];
  readonly untyped: string[];
  readonly bindings: Map<string, OpenBinding>;
  readonly decorators: Expression[];
  /** What the function returns. */
  readonly returns: Expression[];
  /** Names of outer scopes that are assigned to here: `global`, `nonlocal`. */
  readonly outer: Set<string>;
}

type WithoutScope<T> = T extends unknown ? Omit<T, 'scope'> : never;

export class CodeBuilder {
  scope: OpenScope = openScope(null, null);
  readonly #module = this.scope;
  readonly #expressions: Expression[] = [];
  readonly #imports: Imported[] = [];
  readonly #assignments: Assignment[] = [];
  #weight = 0;

  add<T extends Expression>(expression: WithoutScope<T>): T {
    // In place: a copy of each would be half of the memory that a parse takes.
    const added = expression as WithoutScope<T> & { scope: Scope };
    added.scope = this.scope;
    this.#expressions.push(added as unknown as T);
    return added as unknown as T;
  }

  /** Before what is in a node is gone through. @throws TooDeep */
  enter(weight: number): void {
    this.#weight += weight;
    if (this.#weight > MAX_WEIGHT) throw new TooDeep();
  }

  leave(weight: number): void {
    this.#weight -= weight;
  }

  inScope<T>(name: string | null, go: (scope: OpenScope) => T): T {
    const outer = this.scope;
    this.scope = openScope(outer, name);
    const result = go(this.scope);
    this.scope = outer;
    return result;
  }

  declare(name: string, scope: OpenScope = this.scope): OpenBinding {
    let binding = scope.bindings.get(name);
    if (binding === undefined) {
      binding = { name, isParameter: false, imported: null, values: [] };
      scope.bindings.set(name, binding);
    }
    return binding;
  }

  parameter(name: string, isTyped = true): void {
    this.scope.parameters.push(name);
    if (!isTyped) this.scope.untyped.push(name);
    this.declare(name).isParameter = true;
  }

  /** To the nearest scope that declares the name, else to the module. */
  assign(name: string, value: Expression): void {
    let scope: OpenScope | null = this.scope;
    while (scope !== null && !scope.bindings.has(name)) scope = scope.parent;
    this.declare(name, scope ?? this.#module).values.push(value);
  }

  assignMember(target: Member, value: Expression): void {
    this.#assignments.push({ target, value });
  }

  /** @param name that it is bound to; null for none */
  import(name: string | null, module: string, member: string | null, start: number): void {
    const imported = { module: module.replace(/^node:/, ''), member, start };
    this.#imports.push(imported);
    if (name !== null) this.declare(name).imported = imported;
  }

  finish(language: Language, hasErrors: boolean): Code {
    return {
      language,
      scope: this.#module,
      expressions: this.#expressions,
      imports: this.#imports,
      assignments: this.#assignments,
      hasErrors,
    };
  }
}

function openScope(parent: OpenScope | null, name: string | null): OpenScope {
  return {
    parent,
    name,
    parameters: [],
    untyped: [],
    bindings: new Map(),
    decorators: [],
    returns: [],
    outer: new Set(),
  };
}
