/**
 * Rules of secretlint's recommended preset, run by themselves: its core is asynchronous and knows comments by which a file
 * takes itself out, and neither is wanted of what is judged.
 */
import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import type { FoundSecret } from './found.ts';
import { isMadeUpToken } from './placeholder.ts';

/** https://github.com/secretlint/secretlint, SecretLintRuleCreator: as much of it as these rules use. */
interface Rule {
  readonly meta: { readonly id: string };
  create(context: RuleContext, options: object): { file(source: Source): unknown };
}

interface RuleContext {
  createTranslator(): (id: string) => string;
  report(report: { readonly message: string; readonly range: readonly [number, number] }): void;
}

interface Source {
  readonly content: string;
  readonly filePath: string;
  readonly ext: string;
}

/** Judged by files of ours: keys and URLs. `gcp` is a private key in JSON. */
const LEFT_OUT = /-rule-(?:filter-comments|privatekey|basicauth|database-connection-string|gcp)$/;
const RULES = (rules as unknown as readonly Rule[]).filter(({ meta }) => !LEFT_OUT.test(meta.id));

export function secretlintFinds(text: string): FoundSecret[] {
  const found: FoundSecret[] = [];
  const source = { content: text, filePath: '', ext: '' };
  for (const rule of RULES) {
    const what = `${rule.meta.id.replace(/^.*-rule-/, '')} token`;
    const context: RuleContext = {
      createTranslator: () => (id) => id,
      report: ({ message, range: [start, end] }) => {
        const value = text.slice(start, end);
        if (!message.endsWith('_TEST') && isToken(value)) found.push({ what, start, value });
      },
    };
    rule.create(context, {}).file(source);
  }
  return found;
}

function isToken(value: string): boolean {
  const [token = ''] = /^[^\s"'`,;)]+/.exec(value) ?? [];
  return token.length >= 20 && !isMadeUpToken(token.replace(/^[A-Za-z]+[-_.]/, ''));
}
