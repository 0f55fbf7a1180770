import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { temporaryFolder } from '../../support/temporary.ts';
import type { Script } from './become-server.ts';

const RUNNER = path.join(import.meta.dirname, 'become-server.ts');
const REPLACES = process.platform === 'linux' || process.platform === 'darwin';

interface Outcome {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A server that says what it is, and answers a line with a line until it is told to end. */
const SERVER = `
  const { pid, ppid, argv, env } = process;
  process.on('SIGTERM', () => process.exit(3));
  process.on('SIGHUP', () => process.exit(4));
  process.stdout.write(JSON.stringify({ pid, ppid, args: argv.slice(2), cwd: process.cwd(), env }) + '\\n');
  let line = '';
  process.stdin.setEncoding('utf8').on('data', (text) => {
    line += text;
    if (line.includes('exit')) process.exit(7);
    if (line.includes('die')) process.kill(pid, 'SIGKILL');
  });
  process.stdin.on('end', () => { process.stdout.write('read ' + line.length + '\\n'); });
`;

describe('the process that becomes a server', () => {
  const folder = temporaryFolder();

  function script(changes: Partial<Script> = {}, args: readonly string[] = []): Script {
    const file = path.join(folder(), 'server.js');
    writeFileSync(file, SERVER);
    const environment = { ONLY: 'this' };
    return {
      spec: { command: process.execPath, args: [file, ...args], environment, cwd: folder() },
      ...changes,
    };
  }

  function start(given: Script): ChildProcess {
    return spawn(process.execPath, [RUNNER, JSON.stringify(given)], { stdio: ['pipe', 'pipe', 'pipe'] });
  }

  it('starts it with its arguments and environment, in its folder', async () => {
    for (const stayBehind of [false, true]) {
      const args = ['a b', '', '$HOME "\\', 'é'];
      const child = start(script({ stayBehind }, args));
      child.stdin?.end('x');
      const { status, stdout } = await outcome(child);
      const [hello, read] = stdout.trim().split('\n') as [string, string];
      const said = JSON.parse(hello);
      // macOS adds a variable of its own.
      delete said.env.__CF_USER_TEXT_ENCODING;
      // So does Node, when coverage is measured.
      delete said.env.NODE_V8_COVERAGE;
      expect(said).to.deep.include({ args, cwd: realpathSync(folder()), env: { ONLY: 'this' } });
      expect([status, read], `stayBehind ${stayBehind}`).to.deep.equal([0, 'read 1']);
    }
  });

  if (REPLACES) {
    it('is the server then: the same pid, and nothing of mpak above or beside it', async () => {
      const child = start(script());
      const said = JSON.parse(await firstLine(child));
      expect(said).to.include({ pid: child.pid, ppid: process.pid });
      if (process.platform === 'linux') {
        const commandLine = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8');
        expect(commandLine).to.include('server.js').and.not.include('become-server');
        const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
        expect(children).to.equal('');
      }
      child.stdin?.write('exit');
      expect(await outcome(child)).to.include({ status: 7, signal: null });
    });
  }

  for (const stayBehind of [false, true]) {
    const where = stayBehind ? 'below mpak' : 'in its place';

    it(`ends with the server's status and signals, ${where}`, async () => {
      const cases: [(child: ChildProcess) => void, Partial<Outcome>][] = [
        [(child) => child.stdin?.write('exit'), { status: 7, signal: null }],
        [(child) => child.kill('SIGTERM'), { status: 3, signal: null }],
        [(child) => child.kill('SIGHUP'), { status: 4, signal: null }],
        [(child) => child.kill('SIGINT'), { status: null, signal: 'SIGINT' }],
        [(child) => child.stdin?.write('die'), { status: null, signal: 'SIGKILL' }],
      ];
      for (const [act, expected] of cases) {
        const child = start(script({ stayBehind }));
        await firstLine(child);
        act(child);
        expect(await outcome(child)).to.include(expected);
      }
    });

    it(`leaves stdin and stdout to the server, to the byte, ${where}`, async () => {
      const child = start(script({ stayBehind, talk: true }));
      // More than a pipe holds, and partly there before the server is.
      child.stdin?.end('x'.repeat(300_000));
      const { stdout, stderr } = await outcome(child);
      expect(stdout).to.match(/^\{.*\}\nread 300000\n$/);
      expect(stderr).to.equal('talk\n');
    });

    it(`says why a program cannot be started, and stays itself, ${where}`, async () => {
      const text = path.join(folder(), 'text');
      writeFileSync(text, 'no program\n');
      chmodSync(text, 0o755);
      for (const [command, why] of [
        [path.join(folder(), 'nothing'), 'not there'],
        [text, 'no program of this system'],
        [folder(), 'may not be executed'],
      ] as const) {
        // Node's own spawn hands such a file to a shell.
        if (stayBehind && command === text) continue;
        const given = script({ stayBehind });
        const child = start({ ...given, spec: { ...given.spec, command, args: [] } });
        const { status, stdout, stderr } = await outcome(child);
        expect({ status, stdout }, command).to.deep.equal({ status: 9, stdout: '' });
        expect(stderr).to.include(`START_FAILED in ${process.cwd()}: ${command}`).and.include(why);
      }
    });
  }

  if (process.platform === 'linux') {
    it('hands on no file of its own, streams that block, and no signal that is ignored or held back', async () => {
      const files = ['status', 'fdinfo/0', 'fdinfo/1', 'fdinfo/2'].map((name) => `/proc/self/${name}`);
      // What was open before mpak is open in the server too.
      const direct = await outcome(spawn('/bin/ls', ['/proc/self/fd']));
      for (const talk of [false, true]) {
        const given = script({ talk });
        const look = start({ ...given, spec: { ...given.spec, command: '/bin/cat', args: files } });
        const { stdout } = await outcome(look);
        expect(stdout)
          .to.match(/^SigIgn:\t0+$/m)
          .and.match(/^SigBlk:\t0+$/m);
        const flags = [...stdout.matchAll(/^flags:\t(\d+)$/gm)].map(([, digits]) =>
          Number.parseInt(digits as string, 8),
        );
        expect(flags).to.have.length(3);
        for (const flag of flags) expect(flag & 0o4000, `talk ${talk}`).to.equal(0);
        const list = start({
          ...given,
          spec: { ...given.spec, command: '/bin/ls', args: ['/proc/self/fd'] },
        });
        expect((await outcome(list)).stdout).to.equal(direct.stdout);
      }
    });
  }
});

function outcome(child: ChildProcess): Promise<Outcome> {
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text) => {
      texts[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal, ...texts }));
  });
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [chunk] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  return String(chunk).split('\n')[0] as string;
}
