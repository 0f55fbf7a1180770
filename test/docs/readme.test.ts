import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect } from 'chai';
import manifest from '../../oclif.manifest.json' with { type: 'json' };
import packageJson from '../../package.json' with { type: 'json' };
import registryManifest from '../../registry/oclif.manifest.json' with { type: 'json' };
import { finished, type Result } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const README = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
/** Runs this very test: the only command of the README that it cannot run. */
const SELF = 'npm test';

function commands(): string[] {
  const blocks = [...README.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block as string);
  return blocks.flatMap((block) => block.split('\n')).filter((line) => line !== '');
}

describe('README.md', () => {
  const folder = temporaryFolder();
  const servers: ChildProcess[] = [];

  afterEach(async () => {
    for (const server of servers.splice(0)) {
      if (server.exitCode !== null) continue;
      const exited = once(server, 'exit');
      server.kill('SIGTERM');
      await exited;
    }
  });

  it('has commands that work, run in their order by a newcomer with an empty home', async function () {
    this.timeout(120_000);
    // What `npm link` does.
    const bin = path.join(folder(), 'bin');
    mkdirSync(bin);
    for (const [name, file] of Object.entries(packageJson.bin))
      symlinkSync(path.join(ROOT, file), path.join(bin, name));
    const home = path.join(folder(), 'home');
    mkdirSync(home);
    const port = await freePort();
    const environment: Record<string, string> = {
      HOME: home,
      NO_COLOR: '1',
      PATH: [bin, path.dirname(process.execPath), process.env.PATH].join(path.delimiter),
    };
    const start = (line: string, cwd: string) =>
      spawn(line, { cwd, env: environment, shell: true, stdio: ['ignore', 'pipe', 'pipe'], detached: false });

    let ran = 0;
    for (const command of commands()) {
      const line = command.replaceAll('4874', String(port));
      if (line === SELF) continue;
      ran += 1;
      const assignment = /^export (\w+)=(\S+)$/.exec(line);
      if (assignment !== null) {
        environment[assignment[1] as string] = assignment[2] as string;
      } else if (/^mpak-registry serve /.test(line)) {
        // Without the shell in between, so that it is the server that gets the signal.
        const server = start(`exec ${line}`, folder());
        servers.push(server);
        await listening(server);
      } else if (line.startsWith('npm run --silent ')) {
        // npm needs the project's folder; its output goes where the newcomer stands.
        const [script, target] = line.split(' > ') as [string, string];
        const result = await succeeded(line, start(script, ROOT));
        writeFileSync(path.join(folder(), target), result.stdout);
      } else {
        await succeeded(line, start(line, line.startsWith('npm ') ? ROOT : folder()));
      }
    }
    expect(ran).to.be.greaterThan(10);
  });

  it('links to files that are there', () => {
    const targets = [...README.matchAll(/\]\(([^)#]+)\)/g)].map(([, target]) => target as string);
    expect(
      targets.filter((target) => !/^https?:/.test(target) && !existsSync(path.join(ROOT, target))),
    ).to.deep.equal([]);
  });

  it('names every command, and none that is not there', () => {
    const named = [...README.matchAll(/^\| `(mpak(?:-registry)?) ([a-z-]+(?: [a-z]+)*)/gm)].map(
      ([, cli, id]) => `${cli} ${id}`,
    );
    const visible = (commandLine: { commands: object }, cli: string) =>
      Object.entries(commandLine.commands as Record<string, { hidden?: boolean }>)
        .filter(([, command]) => command.hidden !== true)
        .map(([id]) => `${cli} ${id.replaceAll(':', ' ')}`);
    const expected = [...visible(manifest, 'mpak'), ...visible(registryManifest, 'mpak-registry')];
    // `mpak search` is the short name of `mpak bundle search`.
    const full = named.map((name) => (name === 'mpak search' ? 'mpak bundle search' : name));
    expect(full.sort()).to.deep.equal(expected.sort());
  });
});

async function succeeded(line: string, child: ChildProcess): Promise<Result> {
  const result = await finished(child);
  expect(result.status, `${line}\n${result.stdout}${result.stderr}`).to.equal(0);
  return result;
}

/** Resolves when a server says that it listens; fails when it ends before. */
function listening(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    server.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (/^Listening /m.test(output)) resolve();
    });
    server.stderr?.resume();
    server.once('exit', (status) => reject(new Error(`the server ended with status ${status}: ${output}`)));
  });
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
