/** Where a value comes from, as far as the code of its module says: def-use without order, through calls too. */

import { bindingOf } from './constants.ts';
import type { Expression, Scope } from './expression.ts';
import { namesOf } from './names.ts';

export type OriginSource =
  | { readonly kind: 'constant' }
  /** Of the function that `scope` is the body of. */
  | { readonly kind: 'parameter'; readonly name: string; readonly scope: Scope }
  /** What a module exports, or a global: `process.env.HOME`. */
  | { readonly kind: 'named'; readonly name: string }
  /** What a function gave back: `fs.readFileSync`; what it was given is an origin as well. */
  | { readonly kind: 'call'; readonly name: string }
  | { readonly kind: 'unknown' };

const MAX_STEPS = 200;

/** Every one that it may have, each once. Work is bounded: what is beyond is `unknown`. */
export function originsOf(expression: Expression): OriginSource[] {
  const walk = new Walk();
  walk.go(expression);
  return [...walk.found.values()];
}

/** Whether it is made of constants alone. */
export function isConstant(expression: Expression): boolean {
  return originsOf(expression).every(({ kind }) => kind === 'constant');
}

class Walk {
  readonly found = new Map<string, OriginSource>();
  readonly #seen = new Set<Expression>();
  readonly #scopes = new Map<Scope, number>();
  #steps = MAX_STEPS;

  go(expression: Expression): void {
    if (this.#seen.has(expression)) return;
    this.#seen.add(expression);
    this.#steps -= 1;
    if (this.#steps < 0) {
      this.#add({ kind: 'unknown' });
      return;
    }
    switch (expression.kind) {
      case 'literal':
      case 'function':
        this.#add({ kind: 'constant' });
        break;
      case 'name':
        this.#name(expression.name, expression);
        break;
      case 'member':
        this.#member(expression);
        break;
      case 'call': {
        const names = namesOf(expression.callee);
        for (const name of names) this.#add({ kind: 'call', name });
        if (names.length === 0) this.go(expression.callee);
        else if (expression.callee.kind === 'member') this.go(expression.callee.object);
        for (const { value } of expression.args) this.go(value);
        break;
      }
      case 'list':
        this.#all(expression.items);
        break;
      case 'entries':
        this.#all(expression.entries.map(({ value }) => value));
        break;
      case 'choice':
        this.#all(expression.options);
        break;
      case 'text':
      case 'other':
        this.#all(expression.parts);
    }
  }

  #all(expressions: readonly Expression[]): void {
    if (expressions.length === 0) this.#add({ kind: 'constant' });
    for (const each of expressions) this.go(each);
  }

  #name(name: string, { scope }: Expression): void {
    const binding = bindingOf(name, scope);
    if (binding === undefined) this.#add({ kind: 'named', name });
    else if (binding.isParameter) {
      let owner: Scope | null = scope;
      while (owner !== null && owner.bindings.get(name) !== binding) owner = owner.parent;
      this.#add({ kind: 'parameter', name, scope: owner ?? scope });
    } else if (binding.imported !== null) {
      const { module, member } = binding.imported;
      this.#add({ kind: 'named', name: member === null ? module : `${module}.${member}` });
    } else if (binding.values.length === 0) this.#add({ kind: 'unknown' });
    for (const value of binding?.values ?? []) this.go(value);
  }

  #member(expression: Extract<Expression, { kind: 'member' }>): void {
    if (expression.key !== null && expression.key.kind !== 'literal') this.go(expression.key);
    const names = namesOf(expression).filter((name) => !name.includes('()'));
    for (const name of names) this.#add({ kind: 'named', name });
    if (names.length === 0) this.go(expression.object);
  }

  #add(source: OriginSource): void {
    let key: string = source.kind;
    if ('name' in source) key += ` ${source.name}`;
    if ('scope' in source) {
      if (!this.#scopes.has(source.scope)) this.#scopes.set(source.scope, this.#scopes.size);
      key += ` ${this.#scopes.get(source.scope)}`;
    }
    if (!this.found.has(key)) this.found.set(key, source);
  }
}
