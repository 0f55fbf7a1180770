import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { answersTo } from '../../src/cli/draft-answers.ts';
import { MpakError } from '../../src/lib/errors.ts';
import { draftManifest } from '../../src/lib/pack/draft.ts';
import { writeFiles } from '../support/server-project.ts';
import { temporaryFolder } from '../support/temporary.ts';

const folder = temporaryFolder();

/** A terminal on which somebody types, line after line, whenever they are asked. */
function terminal(...lines: string[]) {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const output = Object.assign(new PassThrough(), { isTTY: true });
  let shown = '';
  output.setEncoding('utf8').on('data', (text) => {
    shown += text;
    const line = /: $/.test(text) ? lines.shift() : undefined;
    if (line !== undefined) setImmediate(() => input.write(line));
  });
  return { input, output, shown: () => shown };
}

function questions() {
  writeFiles(folder(), {
    'package.json': JSON.stringify({
      name: '@acme/echo',
      version: '1.0.0',
      main: 'a.js',
      author: '\u001b[31mAcme',
    }),
  });
  return draftManifest(folder(), false).questions;
}

describe('questions for a first manifest', () => {
  it('offer what the project says, and are asked again until the answer will do', async () => {
    const screen = terminal(
      'Echo\n',
      '@acme/other\n',
      '\n',
      '\n',
      'Says it again.\n',
      'Acme\n',
      'rust\n',
      '\n',
      '\n',
    );
    expect(await answersTo(questions(), {}, screen)).to.deep.equal({
      name: '@acme/other',
      version: '1.0.0',
      description: 'Says it again.',
      author: 'Acme',
      type: 'node',
      entryPoint: 'a.js',
    });
    expect(screen.shown()).to.include('It is @scope/name').and.include('[1.0.0]');
    expect(screen.shown()).not.to.include('\u001b[31m');
  });

  it('are not asked where a flag has the answer', async () => {
    const given = {
      name: '@acme/x',
      version: '2.0.0',
      description: 'd',
      author: 'A',
      type: 'node',
      entryPoint: 'b',
    };
    const screen = terminal();
    expect(await answersTo(questions(), given, screen)).to.deep.equal(given);
    expect(screen.shown()).to.equal('');
  });

  it('end when the user leaves', async () => {
    let error: unknown;
    await answersTo(questions(), {}, terminal('@acme/x\n', '\u0003')).catch((reason) => {
      error = reason;
    });
    expect(error).to.be.instanceOf(MpakError).with.property('code', 'USAGE');
  });
});
