import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { lastingLine, type Started } from '../../../src/lib/clients/launch-line.ts';
import { answersInitialize } from '../../../src/lib/clients/start.ts';
import { MpakError } from '../../../src/lib/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const ANSWER = `
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line);
  const result = { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 'x', version: '1' } };
  if (method === 'initialize') process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
});
`;

describe('starting what a client starts', () => {
  const folder = temporaryFolder();

  function ask(
    script: string,
    limitMs = 10_000,
    signal = new AbortController().signal,
  ): Promise<string | undefined> {
    const file = path.join(folder(), 'server.cjs');
    writeFileSync(file, script);
    return answersInitialize({
      launch: { command: process.execPath, args: [file], env: { OF_ENTRY: '1' } },
      environment: { HOME: folder() },
      cwd: folder(),
      limitMs,
      signal,
    });
  }

  it('hears an answer, and the server has nothing but HOME and what the entry says', async () => {
    const log = path.join(folder(), 'log');
    const problem = await ask(
      `require('node:fs').writeFileSync(${JSON.stringify(log)}, Object.keys(process.env).sort().join());${ANSWER}`,
    );
    expect(problem).to.equal(undefined);
    // Node itself hands this one on, where coverage is measured.
    const names = readFileSync(log, 'utf8').split(',');
    expect(names.filter((name) => name !== 'NODE_V8_COVERAGE')).to.deep.equal(['HOME', 'OF_ENTRY']);
  });

  it('says what the server says when it ends', async () => {
    expect(await ask('console.error("no key"); process.exit(3)')).to.match(
      /ends before it has answered.*no key/,
    );
  });

  it('waits no longer than it may, and leaves nothing running that the server has started', async () => {
    const pid = path.join(folder(), 'pid');
    const child = `process.on('SIGTERM', () => 0); setInterval(() => 0, 1000)`;
    const began = Date.now();
    const problem = await ask(
      `const { pid } = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}]);
       require('node:fs').writeFileSync(${JSON.stringify(pid)}, String(pid)); process.on('SIGTERM', () => 0);`,
      1500,
    );
    expect(problem).to.match(/in time/);
    expect(Date.now() - began).to.be.lessThan(6000);
    await sleep(100);
    const status = () => readFileSync(`/proc/${readFileSync(pid, 'utf8')}/stat`, 'utf8');
    // Gone, or ended and not yet waited for by whoever waits for orphans.
    if (process.platform === 'linux') {
      let state = 'gone';
      try {
        state = status()
          .replace(/^.*\) /s, '')
          .slice(0, 1);
      } catch {}
      expect(state).to.be.oneOf(['gone', 'Z', 'X']);
    }
  });

  it('is interrupted, and leaves nothing running', async () => {
    const log = path.join(folder(), 'pid');
    const interrupted = new AbortController();
    const script = `require('node:fs').writeFileSync(${JSON.stringify(log)}, String(process.pid));
      process.on('SIGTERM', () => 0); setInterval(() => 0, 1000)`;
    const asked = ask(script, 60_000, interrupted.signal);
    while (!existsSync(log) || readFileSync(log, 'utf8') === '') await sleep(20);
    interrupted.abort();
    expect(await asked).to.equal('it was interrupted');
    await sleep(100);
    expect(() => process.kill(Number(readFileSync(log, 'utf8')), 0)).to.throw('ESRCH');
    expect(await ask(script, 60_000, interrupted.signal)).to.equal('it was interrupted');
  });

  it('passes over an endless line and other noise, and tells of a program that is none', async () => {
    expect(await ask(`process.stdout.write('noise\\n{"id":1}\\n[]\\n');${ANSWER}`)).to.equal(undefined);
    expect(await ask(`setInterval(() => process.stdout.write('x'.repeat(1e6)), 1);`)).to.match(/without end/);
    const none = { launch: { command: path.join(folder(), 'none'), args: [], env: {} }, environment: {} };
    expect(
      await answersInitialize({
        ...none,
        cwd: folder(),
        limitMs: 1000,
        signal: new AbortController().signal,
      }),
    ).to.match(/cannot be started/);
  });
});

describe('the command that a client gets', () => {
  const folder = temporaryFolder();

  function started(changes: Partial<Started>): Started {
    const { execPath } = process;
    return {
      execPath,
      argv0: 'node',
      script: undefined,
      cwd: folder(),
      searchPath: [],
      platform: 'linux',
      ...changes,
    };
  }

  it('is the link to a program, which an update of what is behind it does not break', () => {
    for (const name of ['bin', 'Cellar/mpak/1.0.0'])
      mkdirSync(path.join(folder(), name), { recursive: true });
    const versioned = path.join(folder(), 'Cellar/mpak/1.0.0/mpak');
    const link = path.join(folder(), 'bin/mpak');
    writeFileSync(versioned, '#!/bin/sh\n', { mode: 0o755 });
    symlinkSync(versioned, link);
    const searchPath = ['relative', path.join(folder(), 'other'), path.join(folder(), 'bin')];
    const execPath = versioned;
    expect(lastingLine(started({ execPath, argv0: 'mpak', searchPath }))).to.deep.equal([link]);
    expect(lastingLine(started({ execPath, argv0: './bin/mpak' }))).to.deep.equal([link]);
    expect(lastingLine(started({ execPath, argv0: 'mpak' }))).to.deep.equal([versioned]);
  });

  it('names node itself with what npm has installed: an absolute path each, links kept', () => {
    const bin = path.join(folder(), 'bin');
    mkdirSync(bin);
    symlinkSync(process.execPath, path.join(bin, 'node'));
    const script = path.join(bin, 'mpak');
    expect(lastingLine(started({ script, searchPath: [bin] }))).to.deep.equal([
      path.join(bin, 'node'),
      script,
    ]);
    expect(lastingLine(started({ script }))).to.deep.equal([process.execPath, script]);
  });

  it('is no other program of the same name', () => {
    const bin = path.join(folder(), 'bin');
    mkdirSync(bin);
    writeFileSync(path.join(bin, 'node'), '#!/bin/sh\n', { mode: 0o755 });
    const script = '/opt/mpak';
    expect(lastingLine(started({ script, searchPath: [bin] }))).to.deep.equal([process.execPath, script]);
  });

  it('is none that a version manager has made for one shell, nor one in a cache that is cleared away', () => {
    const real = path.join(folder(), 'versions/24/bin');
    const shell = path.join(folder(), 'fnm_multishells/1_2');
    mkdirSync(real, { recursive: true });
    mkdirSync(shell, { recursive: true });
    symlinkSync(process.execPath, path.join(real, 'node'));
    symlinkSync(real, path.join(shell, 'bin'));
    const script = path.join(shell, 'bin/mpak');
    const searchPath = [path.join(shell, 'bin')];
    expect(lastingLine(started({ script, searchPath }))).to.deep.equal([
      process.execPath,
      path.join(real, 'mpak'),
    ]);
    for (const cache of [
      '/home/me/.npm/_npx/1/node_modules/.bin/mpak',
      '/home/me/.cache/pnpm/dlx-12/bin/mpak',
    ]) {
      expect(() => lastingLine(started({ script: cache }))).to.throw(MpakError, /cleared away/);
    }
  });
});
