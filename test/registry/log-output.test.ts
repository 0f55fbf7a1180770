import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';

const MODULE = path.join(import.meta.dirname, '../../registry/log-output.ts');

/** A process that logs and then does that. @returns what it logged, as it comes */
function logging(then: string) {
  const source = `
    import { openLog } from ${JSON.stringify(MODULE)};
    const log = openLog('info');
    for (let i = 0; i < 1000; i += 1) log.info({ i }, 'request');
    log.debug('not this');
    ${then}`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const numbers = () => {
    // The last one may have yet to come.
    const lines = text.split('\n').slice(0, -1);
    return lines.map((line) => (JSON.parse(line) as { i: number }).i);
  };
  return { child, numbers };
}

const ALL = Array.from({ length: 1000 }, (_, i) => i);

describe('the log of a registry', () => {
  for (const [name, then] of [
    ['by itself', ''],
    ['by process.exit', 'process.exit(0);'],
  ] as const) {
    it(`is whole and in order when the process ends ${name}`, async () => {
      const { child, numbers } = logging(then);
      await once(child, 'close');
      expect(numbers()).to.deep.equal(ALL);
    });
  }

  it('comes while the process goes on', async () => {
    const { child, numbers } = logging('process.stdin.resume();');
    try {
      while (numbers().length < ALL.length) await sleep(20);
      expect(numbers()).to.deep.equal(ALL);
    } finally {
      child.stdin.end();
      await once(child, 'close');
    }
  });
});
