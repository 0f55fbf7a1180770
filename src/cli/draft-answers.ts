/** Asks what a first manifest needs and nothing says yet; without a terminal, or with --yes, takes what is suggested. */
import { MpakError } from '../lib/errors.ts';
import { askLine, isInteractive } from '../lib/launch/ask.ts';
import type { Answers, Question } from '../lib/pack/draft.ts';
import { printableLine } from './printable.ts';

/** @throws MpakError USAGE when something is missing and nobody can be asked */
export async function answersTo(
  questions: readonly Question[],
  given: Partial<Answers>,
  yes: boolean,
): Promise<Answers> {
  const terminal = { input: process.stdin, output: process.stderr };
  const ask = !yes && isInteractive(terminal);
  const answers: [string, string][] = [];
  for (const question of questions) {
    const flag = given[question.key];
    const answer = flag ?? (ask ? await askUntilGood(question) : suggested(question));
    const problem = question.check(answer);
    if (problem !== undefined) {
      throw new MpakError('USAGE', `${question.text}: ${JSON.stringify(answer)} will not do. ${problem}`, {
        hint: 'Nothing was written.',
      });
    }
    answers.push([question.key, answer]);
  }
  return Object.fromEntries(answers) as unknown as Answers;

  async function askUntilGood({ text, suggestion, check }: Question): Promise<string> {
    const offer = suggestion === undefined ? '' : ` [${printableLine(suggestion)}]`;
    for (;;) {
      const answer = (await askLine(`${text}${offer}: `, terminal, { hidden: false })).trim();
      const chosen = answer === '' ? (suggestion ?? '') : answer;
      const problem = check(chosen);
      if (problem === undefined) return chosen;
      terminal.output.write(`${problem}\n`);
    }
  }
}

function suggested({ key, text, suggestion }: Question): string {
  if (suggestion !== undefined) return suggestion;
  const flag = key === 'entryPoint' ? 'entry-point' : key;
  throw new MpakError('USAGE', `Nothing says what the manifest needs. ${text}?`, {
    hint: `Give it with \`--${flag}\`, or start this on a terminal without \`--yes\`.`,
  });
}
