import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { askForFields, askLine, isInteractive } from '../../../src/lib/launch/ask.ts';
import { readFields } from '../../../src/lib/launch/manifest.ts';
import { rejectionOf } from './support.ts';

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

const fields = readFields({
  user_config: {
    port: { type: 'number', title: 'Port', description: 'Where the \u001b[31mdatabase listens.', min: 1 },
    key: { type: 'string', title: 'Key', description: '', sensitive: true },
  },
});

describe('questions on a terminal', () => {
  it('are asked until each is answered as the manifest asks for', async () => {
    const screen = terminal('none\n', '\n', '5432\n', 'hunter2\n');
    expect(await askForFields(fields, screen)).to.deep.equal({ port: '5432', key: 'hunter2' });
    expect(screen.shown()).to.include('must be a number');
  });

  it('show what is typed, and nothing of a secret', async () => {
    const screen = terminal('5432\n', 'hunter2\n');
    await askForFields(fields, screen);
    expect(screen.shown()).to.include('5432').and.not.include('hunter');
  });

  it('do not let a bundle steer the terminal', async () => {
    const screen = terminal('5432\n', 'hunter2\n');
    await askForFields(fields, screen);
    expect(screen.shown()).to.include('Where the').and.not.include('\u001b[31m');
  });

  it('do not let what is wrong with an answer steer it either', async () => {
    const hostile = readFields({
      user_config: { 'port\u001b[2J\nPassword': { type: 'number', title: 'Port' } },
    });
    const screen = terminal('none\n', '5432\n');
    await askForFields(hostile, screen);
    expect(screen.shown()).to.include('must be a number').and.not.include('\u001b[2J');
    expect(screen.shown()).to.not.match(/^Password/m);
  });

  it('end with an error when the user leaves', async () => {
    for (const leave of ['\u0003', '\u0004']) {
      const error = await rejectionOf(askLine('Key: ', terminal(leave), { hidden: true }));
      expect(error.code).to.equal('USAGE');
    }
  });

  it('are asked where both ends are a terminal', () => {
    const screen = terminal();
    expect(isInteractive(screen)).to.equal(true);
    expect(isInteractive({ ...screen, input: Object.assign(new PassThrough(), { isTTY: false }) })).to.equal(
      false,
    );
    expect(isInteractive({ ...screen, output: Object.assign(new PassThrough(), { isTTY: false }) })).to.equal(
      false,
    );
  });
});
