/**
 * Where a user keeps credentials and the like, and what runs when they sign in or open a shell: paths that no server asks for
 * unless it says so.
 */

import { bindingOf } from '../parse/constants.ts';
import type { Expression } from '../parse/expression.ts';
import { spelledOf } from '../parse/spelled.ts';

const PRIVATE = new RegExp(
  [
    String.raw`(?:^|[/\\~])\.(?:ssh|aws|gnupg|azure|kube|netrc|npmrc|pypirc|git-credentials|docker|password-store|bash_history|zsh_history|mozilla|gem/credentials)(?:$|[/\\])`,
    String.raw`(?:^|[/\\])\.config[/\\](?:gh|gcloud|google-chrome|chromium|op)(?:$|[/\\])`,
    String.raw`(?:^|[/\\])(?:id_(?:rsa|dsa|ecdsa|ed25519)|wallet\.dat|Login Data|login\.keychain(?:-db)?)$`,
    String.raw`(?:^|[/\\~])\.(?:bashrc|bash_profile|bash_login|bash_logout|profile|zshrc|zprofile|zshenv|zlogin)$`,
    String.raw`(?:^|[/\\])(?:\.config[/\\]autostart|LaunchAgents|LaunchDaemons|Start Menu[/\\]Programs[/\\]Startup)(?:$|[/\\])`,
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
    const text = each.kind === 'function' || each.kind === 'other' ? undefined : spelledOf(each);
    if (typeof text === 'string' && PRIVATE.test(text.slice(0, 1000))) return text;
    open.push(...partsOf(each));
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
