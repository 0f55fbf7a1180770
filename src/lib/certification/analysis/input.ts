/** Where the input of tools goes: from their handlers into functions of the same module. */
import { namedCalls } from '../code/calls.ts';
import { inputScopes } from '../code/tools.ts';
import type { Code, Expression, Scope } from '../parse/expression.ts';
import { functionsOf } from '../parse/names.ts';
import { type OriginSource, originsOf } from '../parse/origins.ts';

const ROUNDS = 3;
/** What the SDKs give beside the input. */
const NOT_INPUT = /^(?:self|cls|ctx|context|extra|_.*)$/;

export class Input {
  readonly #parameters = new Map<Scope, Set<string>>();
  /** Of functions that are no handlers: what they are given. */
  readonly #given = new Map<Scope, Set<Expression>>();

  constructor(code: Code) {
    for (const scope of inputScopes(code)) {
      this.#parameters.set(scope, new Set(scope.parameters.filter((name) => !NOT_INPUT.test(name))));
    }
    for (let round = 0; round < ROUNDS && this.#parameters.size > 0; round += 1) {
      if (!this.#follow(code)) break;
    }
  }

  get isThere(): boolean {
    return this.#parameters.size > 0;
  }

  /** Whether a value comes from it. */
  reaches(expression: Expression): boolean {
    return this.isThere && originsOf(expression).some((origin) => this.#isInput(origin));
  }

  /** Whether a function is given any. */
  isGiven(scope: Scope): boolean {
    return this.#parameters.has(scope);
  }

  /** What a function that is no handler is given of it; undefined for a handler. */
  givenTo(scope: Scope): ReadonlySet<Expression> | undefined {
    return this.#given.get(scope);
  }

  #isInput(origin: OriginSource): boolean {
    return origin.kind === 'parameter' && this.#parameters.get(origin.scope)?.has(origin.name) === true;
  }

  #follow(code: Code): boolean {
    let isMore = false;
    for (const { call } of namedCalls(code)) {
      for (const { body } of functionsOf(call.callee)) {
        const names = body.parameters.filter((name) => name !== 'self' && name !== 'cls');
        for (const [index, { name, value }] of call.args.entries()) {
          const parameter = name ?? names[index];
          if (parameter === undefined || !this.reaches(value)) continue;
          this.#given.get(body)?.add(value);
          if (this.#parameters.get(body)?.has(parameter)) continue;
          if (!this.#parameters.has(body)) this.#given.set(body, new Set([value]));
          const known = this.#parameters.get(body) ?? new Set();
          known.add(parameter);
          this.#parameters.set(body, known);
          isMore = true;
        }
      }
    }
    return isMore;
  }
}
