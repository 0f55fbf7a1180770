/** What a name is bound to, and the text, number or the like that an expression always is. */
import type { Binding, Expression, Scope } from './expression.ts';

const MAX_STEPS = 200;

/** Looked up from the inside out; undefined for a global. */
export function bindingOf(name: string, scope: Scope): Binding | undefined {
  for (let each: Scope | null = scope; each !== null; each = each.parent) {
    const binding = each.bindings.get(name);
    if (binding !== undefined) return binding;
  }
  return undefined;
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
