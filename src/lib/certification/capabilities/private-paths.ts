/** Where a user keeps credentials and the like: paths that no server asks for unless it says so. */

import { bindingOf } from '../parse/constants.ts';
import type { Expression } from '../parse/expression.ts';

const PRIVATE = new RegExp(
  [
    String.raw`(?:^|[/\\~])\.(?:ssh|aws|gnupg|azure|kube|netrc|npmrc|pypirc|git-credentials|docker|password-store|bash_history|zsh_history|mozilla|gem/credentials)(?:$|[/\\])`,
    String.raw`(?:^|[/\\])\.config[/\\](?:gh|gcloud|google-chrome|chromium|op)(?:$|[/\\])`,
    String.raw`(?:^|[/\\])(?:id_(?:rsa|dsa|ecdsa|ed25519)|wallet\.dat|Login Data|login\.keychain(?:-db)?)$`,
    '^/etc/(?:shadow|sudoers|gshadow)',
    String.raw`(?:^|[/\\])Library[/\\]Keychains(?:$|[/\\])`,
  ].join('|'),
);
const MAX_STEPS = 150;

/** The first text in what an expression is made of that is such a path, or a part of one. */
export function privatePathIn(expressions: readonly Expression[]): string | undefined {
  const seen = new Set<Expression>();
  const open = [...expressions];
  for (let each = open.pop(); each !== undefined && seen.size < MAX_STEPS; each = open.pop()) {
    if (seen.has(each)) continue;
    seen.add(each);
    if (each.kind === 'literal') {
      if (typeof each.value === 'string' && PRIVATE.test(each.value.slice(0, 1000))) return each.value;
    } else open.push(...partsOf(each));
  }
  return undefined;
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'name':
      return bindingOf(expression.name, expression.scope)?.values ?? [];
    case 'member':
      return [expression.object];
    case 'call':
      return [expression.callee, ...expression.args.map(({ value }) => value)];
    case 'text':
    case 'other':
      return expression.parts;
    case 'list':
      return expression.items;
    case 'entries':
      return expression.entries.map(({ value }) => value);
    case 'choice':
      return expression.options;
    default:
      return [];
  }
}
