/** Asks for missing settings on a terminal. It writes to stderr alone: stdout belongs to the server. */
import type { ReadStream, WriteStream } from 'node:tty';
import { MpakError } from '../errors.ts';
import { printableLine } from '../printable.ts';
import type { Field } from './manifest.ts';
import { checkValue } from './values.ts';

/** Where questions are asked: the standard input and the standard error of the process. */
export interface Terminal {
  readonly input: Pick<ReadStream, 'isTTY'> & NodeJS.ReadableStream;
  readonly output: Pick<WriteStream, 'isTTY'> & NodeJS.WritableStream;
}

/** An AI client has no terminal to answer on. */
export function isInteractive({ input, output }: Terminal): boolean {
  return input.isTTY === true && output.isTTY === true;
}

/** Asks until each is answered as its manifest asks for. @throws MpakError USAGE when the user leaves with ^C or ^D */
export async function askForFields(
  fields: readonly Field[],
  terminal: Terminal,
): Promise<Record<string, string>> {
  const answers: [string, string][] = [];
  for (const field of fields) {
    if (field.description !== '') terminal.output.write(`${printableLine(field.description)}\n`);
    answers.push([field.key, await askUntilValid(field, terminal)]);
  }
  return Object.fromEntries(answers);
}

async function askUntilValid(field: Field, terminal: Terminal): Promise<string> {
  for (;;) {
    const answer = await askLine(`${printableLine(field.title)}: `, terminal, { hidden: field.sensitive });
    if (answer === '') continue;
    try {
      checkValue(field, answer);
      return answer;
    } catch (error) {
      if (!(error instanceof MpakError)) throw error;
      terminal.output.write(`${printableLine(error.message)}\n`);
    }
  }
}

/** One line of the user's; hidden, nothing of it is shown. */
export async function askLine(
  question: string,
  { input, output }: Terminal,
  { hidden }: { hidden: boolean },
): Promise<string> {
  const [{ createInterface }, { Writable }] = await Promise.all([
    import('node:readline'),
    import('node:stream'),
  ]);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: hidden ? silent : output, terminal: true, historySize: 0 });
  // From here on the terminal shows nothing of what is typed: who is quick must not be asked before.
  if (hidden) output.write(question);
  try {
    return await new Promise((resolve, reject) => {
      lines.once('SIGINT', () => lines.close());
      lines.once('close', () => {
        reject(new MpakError('USAGE', 'No answer was given.', { hint: 'Nothing was started.' }));
      });
      lines.question(hidden ? '' : question, resolve);
    });
  } finally {
    lines.close();
    if (hidden) output.write('\n');
  }
}
