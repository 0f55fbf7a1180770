/** Asks what a first manifest needs and nothing says yet; without a terminal, or with --yes, takes what is suggested. */
import { MpakError } from '../lib/errors.ts';
import { askLine, type Terminal } from '../lib/launch/ask.ts';
import type { Answers, Question } from '../lib/pack/draft.ts';
import { printableLine } from '../lib/printable.ts';

/**
 * @param given by flags
 * @param terminal where questions are asked; undefined: nowhere
 * @throws MpakError USAGE when something is missing, or will not do
 */
export async function answersTo(
  questions: readonly Question[],
  given: Partial<Answers>,
  terminal: Terminal | undefined,
): Promise<Answers> {
  const answers: [string, string][] = [];
  for (const question of questions) {
    const flag = given[question.key];
    if (flag === undefined && terminal !== undefined) {
      answers.push([question.key, await askUntilGood(question, terminal)]);
      continue;
    }
    const answer = flag ?? suggested(question);
    const problem = question.check(answer);
    if (problem !== undefined) {
      throw new MpakError('USAGE', `${question.text}: ${JSON.stringify(answer)} will not do. ${problem}`, {
        hint: 'Nothing was written.',
      });
    }
    answers.push([question.key, answer]);
  }
  return Object.fromEntries(answers) as unknown as Answers;
}

/** An empty answer takes what is suggested. */
async function askUntilGood({ text, suggestion, check }: Question, terminal: Terminal): Promise<string> {
  const offer = suggestion === undefined ? '' : ` [${printableLine(suggestion)}]`;
  for (;;) {
    const answer = (await askLine(`${text}${offer}: `, terminal, { hidden: false })).trim();
    const chosen = answer === '' ? (suggestion ?? '') : answer;
    const problem = check(chosen);
    if (problem === undefined) return chosen;
    terminal.output.write(`${problem}\n`);
  }
}

function suggested({ key, text, suggestion }: Question): string {
  if (suggestion !== undefined) return suggestion;
  const flag = key === 'entryPoint' ? 'entry-point' : key;
  throw new MpakError('USAGE', `The manifest needs this, and nothing says it: ${text}.`, {
    hint: `Give it with \`--${flag}\`, or start this on a terminal without \`--yes\`.`,
  });
}
