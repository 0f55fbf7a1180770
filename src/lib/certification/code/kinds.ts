/** The expressions of a module by their kind: most rules ask for one of many, and there are many rules. */
import type { Code, Expression } from '../parse/expression.ts';

type Kind = Expression['kind'];
type Kinds = { readonly [K in Kind]: Extract<Expression, { kind: K }>[] };

const found = new WeakMap<Code, Kinds>();

/** In the order of the code. */
export function ofKind<K extends Kind>(code: Code, kind: K): readonly Extract<Expression, { kind: K }>[] {
  let kinds = found.get(code);
  if (kinds === undefined) {
    kinds = {
      literal: [],
      name: [],
      member: [],
      call: [],
      text: [],
      list: [],
      entries: [],
      function: [],
      choice: [],
      other: [],
    };
    for (const each of code.expressions) (kinds[each.kind] as Expression[]).push(each);
    found.set(code, kinds);
  }
  return kinds[kind];
}
