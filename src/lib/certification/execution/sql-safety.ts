/** What may be put into a statement without changing it: constants, numbers, and what a driver has quoted. */
import { assignmentsOf, valuesOf } from '../code/values.ts';
import { bindingOf } from '../parse/constants.ts';
import type { Binding, Call, Code, Expression } from '../parse/expression.ts';
import { functionsOf, namesOf } from '../parse/names.ts';

const NUMBERS = new Set(['Number', 'parseInt', 'parseFloat', 'BigInt', 'int', 'float', 'bool', 'len', 'abs']);
const NUMBERED =
  /^(?:Math\.\w+|Number\.parse(?:Int|Float)|uuid\.uuid4|uuid\.v4|crypto\.randomUUID|Date\.now|time\.time)$/;
/** What a driver quotes names and values with. */
const QUOTES =
  /(?:^|\.)(?:escape|escapeId|escapeIdentifier|escapeLiteral|quote_ident|quote_name|quoteIdentifier|quote_identifier|Identifier|format_ident|raw_placeholder)$/;

const MAX_STEPS = 300;

/** What is pushed to lists, by the list's binding. */
export type Additions = ReadonlyMap<Binding, readonly Expression[]>;

/** Whether what is put into a statement is of constants, numbers and quoted names alone. */
export class Safety {
  readonly #code: Code;
  readonly #additions: Additions;
  readonly #seen = new Map<Expression, boolean>();
  #steps = MAX_STEPS;

  constructor(code: Code, additions: Additions) {
    this.#code = code;
    this.#additions = additions;
  }

  isSafe(expression: Expression): boolean {
    const known = this.#seen.get(expression);
    if (known !== undefined) return known;
    this.#seen.set(expression, true);
    this.#steps -= 1;
    const safe = this.#steps > 0 && this.#judge(expression);
    this.#seen.set(expression, safe);
    return safe;
  }

  #judge(expression: Expression): boolean {
    switch (expression.kind) {
      case 'literal':
      case 'function':
        return true;
      case 'name':
        return this.#isNameSafe(expression);
      case 'member':
        return this.#isMemberSafe(expression);
      case 'call':
        return this.#isCallSafe(expression);
      case 'list':
        return expression.items.every((each) => this.isSafe(each));
      case 'entries':
        return expression.entries.every(({ value }) => this.isSafe(value));
      case 'choice':
        return expression.options.every((each) => this.isSafe(each));
      case 'text':
      case 'other':
        return expression.parts.every((each) => this.isSafe(each));
    }
  }

  #isNameSafe(expression: Extract<Expression, { kind: 'name' }>): boolean {
    const binding = bindingOf(expression.name, expression.scope);
    if (binding === undefined) return false;
    if (binding.imported !== null) {
      // A constant of another module of the publisher's, by how constants are written.
      return (
        /^\.{1,2}/.test(binding.imported.module) && /^[A-Z][A-Z\d_]*$/.test(binding.imported.member ?? '')
      );
    }
    if (binding.isParameter || binding.values.length === 0) return false;
    const added = this.#additions.get(binding) ?? [];
    return [...binding.values, ...added].every((each) => this.isSafe(each));
  }

  #isMemberSafe({ object, property, scope }: Extract<Expression, { kind: 'member' }>): boolean {
    if (property === 'length') return true;
    if (object.kind === 'name' && (object.name === 'this' || object.name === 'self') && property !== null) {
      const assigned = (assignmentsOf(this.#code).get(property) ?? []).filter(
        ({ target }) => target.object.kind === 'name' && target.object.name === object.name,
      );
      if (object.name === 'this') return assigned.every(({ value }) => this.isSafe(value));
      return assigned.length > 0 && scope !== null && assigned.every(({ value }) => this.isSafe(value));
    }
    return valuesOf(object).every((value) => {
      if (value.kind === 'entries' || value.kind === 'list') return this.isSafe(value);
      if (value.kind === 'name') return this.#isNameSafe(value);
      if (value.kind === 'member') return this.#isMemberSafe(value);
      return value.kind === 'call' && this.isSafe(value);
    });
  }

  #isCallSafe({ callee, args }: Call): boolean {
    const names = namesOf(callee);
    if (names.some((name) => NUMBERS.has(name) || NUMBERED.test(name) || QUOTES.test(name))) return true;
    if (callee.kind === 'member') {
      const { object, property } = callee;
      if (QUOTES.test(property ?? '')) return true;
      const [first] = args;
      // ids.map(() => '?')
      if (/^(?:map|flatMap)$/.test(property ?? '') && first !== undefined) {
        return functionsOf(first.value).some(
          ({ returns }) => returns.length > 0 && returns.every((each) => this.isSafe(each)),
        );
      }
      if (property === 'fill' && first !== undefined) return this.isSafe(first.value);
      if (property === 'repeat' || property === 'ljust') return this.isSafe(object);
      return this.isSafe(object) && args.every(({ value }) => this.isSafe(value));
    }
    const functions = functionsOf(callee);
    if (functions.length > 0) {
      return functions.every(({ returns }) => returns.every((each) => this.isSafe(each)));
    }
    if (names.includes('Array') || names.includes('range')) return true;
    return (
      args.length > 0 &&
      names.some((name) => /^(?:str|String|sorted|list|tuple|set)$/.test(name)) &&
      args.every(({ value }) => this.isSafe(value))
    );
  }
}
