import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { writeOutputs } from '../../src/cli/step-outputs.ts';
import { inert, inertJson } from '../../src/cli/workflow-commands.ts';
import { MpakError } from '../../src/lib/errors.ts';
import { readOutputs } from '../support/actions-runner.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** As the runner finds a command in a line: at its start, white space aside, or in the older form anywhere. */
function commands(text: string): string[] {
  return text
    .split(/\r\n|[\r\n\u2028\u2029\u0085]/)
    .filter((line) => /^\s*::/.test(line) || line.includes('##['));
}

describe('text of others in a workflow', () => {
  it('gives the runner no command', () => {
    for (const text of [
      '::add-path::/tmp/evil',
      'fine\n::set-env name=PATH::/tmp',
      'fine\r\n \t ::stop-commands::x',
      'fine\r::error::x',
      'fine\u2028::error::x',
      '\u00a0\u3000::error::x',
      ':::error::x',
      '\u0085::error::x',
      'anywhere ##[add-path]/tmp/evil and ##[error]x',
      '###[x] ##[',
      '\n\n::warning::x',
    ]) {
      expect(commands(inert(text)), JSON.stringify(text)).to.deep.equal([]);
    }
  });

  it('is otherwise what it was', () => {
    for (const text of ['std::vector', 'a :: b', '# [x]', 'https://x.dev/a::b', ''])
      expect(inert(text)).to.equal(text);
  });

  it('is the same JSON for who reads it, and no command for the runner', () => {
    const value = { '##[error]k': ['::error::', '\n::add-path::x ##[add-path]/tmp', '###[[##[ \\##[x'] };
    const json = inertJson(JSON.stringify(value, undefined, 2));
    expect(JSON.parse(json)).to.deep.equal(value);
    expect(commands(json)).to.deep.equal([]);
  });
});

describe('outputs of a step', () => {
  const folder = temporaryFolder();

  it('are read as they were written, behind those of others, whatever is in them', () => {
    const file = path.join(folder(), 'output');
    writeFileSync(file, 'other=1\n');
    const outputs = { 'bundle-path': 'a=b<<EOF $(id) "x".mcpb', announced: 'true', empty: '' };
    writeOutputs(file, outputs);
    expect(readOutputs(file)).to.deep.equal({ other: '1', ...outputs });
  });

  it('have a delimiter that nobody can know', () => {
    const [first, second] = ['a', 'b'].map((name) => {
      const file = path.join(folder(), name);
      writeOutputs(file, { x: 'y' });
      return readFileSync(file, 'utf8');
    });
    expect(first)
      .to.match(/^x<<mpak_[0-9a-f-]{36}\ny\nmpak_/)
      .and.not.equal(second);
  });

  it('are one line each: a value that would begin another is refused, and nothing is written', () => {
    const file = path.join(folder(), 'output');
    for (const value of ['a\nb=c', 'a\r\nb=c', 'a\rb', 'a\0b']) {
      expect(() => writeOutputs(file, { fine: 'x', path: value }))
        .to.throw(MpakError)
        .with.property('code', 'USAGE');
    }
    expect(() => readFileSync(file)).to.throw('ENOENT');
  });
});
