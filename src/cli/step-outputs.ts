/** Outputs of a step of a GitHub Actions workflow, which are lines in a file. */
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { MpakError } from '../lib/errors.ts';
import { systemError } from '../lib/system-error.ts';

/**
 * Sets outputs of the step that runs, in the form that no value can leave (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands).
 * @param file GITHUB_OUTPUT
 * @throws MpakError USAGE where a value is more than one line, IO_FAILED
 */
export function writeOutputs(file: string, outputs: Readonly<Record<string, string>>): void {
  const delimiter = `mpak_${randomUUID()}`;
  const blocks = Object.entries(outputs).map(([name, value]) => {
    if (/\p{Cc}/u.test(value)) {
      throw new MpakError('USAGE', `The output ${name} would have more than one line.`, {
        hint: 'Rename the bundle: names of files have no line breaks.',
      });
    }
    return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
  });
  try {
    appendFileSync(file, blocks.join(''));
  } catch (error) {
    throw systemError(error) ?? error;
  }
}
