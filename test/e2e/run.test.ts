import { type ChildProcessWithoutNullStreams, execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect } from 'chai';
import { IndexStore } from '../../src/lib/sync/store.ts';
import { sharedFolder } from '../registry/support/shared-folder.ts';
import { finished, type Result } from '../support/cli.ts';
import { packEverythingServer } from '../support/everything-server.ts';
import { type BundleFile, makeBundle, sha256Of, zip } from '../support/mcpb.ts';
import { processes } from '../support/processes.ts';
import { MPAK, World } from '../support/world.ts';

/** Says who it is; then repeats what it is told, and ends as it is told: `exit 7`, or with its input. */
const SERVER = `
const { version } = JSON.parse(require('node:fs').readFileSync(__dirname + '/../manifest.json'));
const self = { version, pid: process.pid, args: process.argv.slice(2), cwd: process.cwd() };
process.on('SIGTERM', () => process.exit(5));
process.stdout.write(JSON.stringify(self) + '\\n');
process.stdin.setEncoding('utf8').on('data', (text) => {
  process.stdout.write(text);
  const status = /^exit (\\d+)$/m.exec(text);
  if (status !== null) process.exit(Number(status[1]));
});
`;

const folder = sharedFolder();
let world: World;
/** What a test has started and not seen the end of. */
const running = new Set<ChildProcessWithoutNullStreams>();

before(async () => {
  world = await World.start(folder());
});
after(() => world.stop());
beforeEach(() => world.newUser());
afterEach(async () => {
  for (const child of running) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  running.clear();
});

function talker(name: string, version: string): BundleFile {
  return makeBundle(name, version, {}, { 'server/index.js': SERVER });
}

async function install(name: string, ...versions: string[]): Promise<void> {
  for (const version of versions) await world.publish(name, version, { bundle: talker(name, version) });
  await succeed('sync');
  for (const version of versions) await succeed('bundle', 'install', `${name}@${version}`);
}

async function succeed(...args: string[]): Promise<Result> {
  const result = await world.mpak(...args);
  expect(result.status, result.stderr).to.equal(0);
  return result;
}

/** Runs to its end, with that on its standard input. */
async function run(args: readonly string[], input = '', options: Parameters<World['start']>[1] = {}) {
  const child = world.start(['run', ...args], options);
  running.add(child);
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const result = finished(child);
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return { ...(await result), signal };
}

/** Starts, and waits for the server's first line. */
async function start(args: readonly string[], environment: Record<string, string> = {}) {
  const child = world.start(['run', ...args], { environment });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.includes('\n')) resolve();
    });
    child.once('close', (status) => reject(new Error(`ended with ${status}: ${stderr}`)));
  });
  return { child, self: JSON.parse(stdout), stdout: () => stdout, stderr: () => stderr };
}

function said(stdout: string) {
  const [first = '', ...rest] = stdout.split('\n');
  return { self: JSON.parse(first), rest: rest.join('\n') };
}

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + 15_000; !(await holds()); await sleep(50)) {
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
  }
}

/** Processes of mpak that belong to this user: a server is not handed its variables. */
function mpakProcesses(): string[] {
  const mark = `MPAK_HOME=${world.mpakHome}`;
  return processes()
    .filter((row) => row.environment.includes(mark))
    .map((row) => row.line.join(' '));
}

describe('mpak run, for the official MCP client', () => {
  const NAME = '@modelcontextprotocol/server-everything';

  /** Starts the server as AI clients do, and uses it. @param line the command line that starts it */
  async function converse(line: readonly string[], environment: Record<string, string>): Promise<void> {
    const [command, ...args] = line as [string, ...string[]];
    const transport = new StdioClientTransport({
      command,
      args,
      env: { PATH: process.env.PATH ?? '', ...environment },
      stderr: 'pipe',
    });
    const client = new Client({ name: 'test', version: '1.0.0' });
    const problems: Error[] = [];
    client.onerror = (error) => problems.push(error);
    await client.connect(transport);
    try {
      expect(client.getServerVersion()?.name).to.include('everything');
      const { tools } = await client.listTools();
      expect(tools.map((tool) => tool.name)).to.include.members(['echo', 'get-sum']);
      const sum = await client.callTool({ name: 'get-sum', arguments: { a: 19, b: 23 } });
      expect(JSON.stringify(sum.content)).to.include('42');
      const text = 'é'.repeat(200_000);
      const echo = await client.callTool({ name: 'echo', arguments: { message: text } });
      expect((echo.content as { text: string }[])[0]?.text).to.include(text);
    } finally {
      await client.close();
    }
    // A line that is no message would be one.
    expect(problems).to.deep.equal([]);
  }

  it('is a real server from npm: attested, announced, synced, installed, used; and used without a network', async function () {
    this.timeout(60_000);
    mkdirSync(path.join(folder(), 'apart'));
    const apart = await World.start(path.join(folder(), 'apart'));
    const { environment } = apart;
    try {
      const file = path.join(folder(), 'everything.mcpb');
      const manifest = await packEverythingServer(NAME, file);
      const bytes = readFileSync(file);
      const bundle = { name: NAME, bytes, sha256: sha256Of(bytes), manifest };
      await apart.publish(NAME, manifest.version, { bundle, repository: 'ModelContextProtocol/servers' });
      expect(await apart.mpak('sync')).to.include({ status: 0 });
      expect(await apart.mpak('bundle', 'install', NAME)).to.include({ status: 0 });
      await converse([...MPAK, 'run', NAME], environment);
    } finally {
      await apart.stop();
    }
    // Nobody answers any more. A network of its own has not even a loopback that is up.
    const alone = ['unshare', '--user', '--map-root-user', '--net'];
    const [command, ...args] = alone as [string, ...string[]];
    const isolated = spawnSync(command, [...args, 'true']).status === 0;
    const closed = 'http://127.0.0.1:9';
    const proxies = { HTTP_PROXY: closed, HTTPS_PROXY: closed, http_proxy: closed, https_proxy: closed };
    const line = [...(isolated ? alone : []), ...MPAK, 'run', NAME];
    await converse(line, { ...environment, ...proxies });
  });
});

describe('mpak run', () => {
  it('installs what is not here, says so on stderr, and stdout has nothing but the server', async () => {
    await world.publish('@acme/fresh', '1.0.0', { bundle: talker('@acme/fresh', '1.0.0') });
    await succeed('sync');
    const first = await run(['@acme/fresh'], 'hello\n');
    expect(first.status, first.stderr).to.equal(0);
    expect(said(first.stdout).rest).to.equal('hello\n');
    expect(first.stderr).to.include('proven').and.include('Installed @acme/fresh 1.0.0.');
    const second = await run(['@acme/fresh'], 'hello\n');
    expect(said(second.stdout).rest).to.equal('hello\n');
    expect(second.stderr).to.equal('');
  });

  it('hands on arguments as they are, and what comes on stdin from the first byte', async () => {
    await install('@acme/args', '1.0.0');
    const args = ['--verbose', '--set', 'a=b', '--', 'a', 'a', '', '-x', "it's", '$HOME'];
    const text = `${'x'.repeat(300_000)}\n`;
    const result = await run(['@acme/args', '--', ...args], text);
    const { self, rest } = said(result.stdout);
    expect(self.args).to.deep.equal(args);
    expect(self.cwd).to.equal(path.join(world.packageFolder('@acme/args'), '1.0.0'));
    expect(rest).to.equal(text);
  });

  it('ends as the server ends: with its status, or by its signal', async () => {
    await install('@acme/ends', '1.0.0');
    expect(await run(['@acme/ends'], 'exit 7\n')).to.include({ status: 7, signal: null });
    const handled = await start(['@acme/ends']);
    handled.child.kill('SIGTERM');
    expect(await once(handled.child, 'exit')).to.deep.equal([5, null]);
    const killed = await start(['@acme/ends']);
    killed.child.kill('SIGHUP');
    expect(await once(killed.child, 'exit')).to.deep.equal([null, 'SIGHUP']);
  });

  it('takes a version, a range and a tag, and what is here before what is newer', async () => {
    await install('@acme/picks', '1.0.0', '1.1.0', '2.0.0');
    await world.publish('@acme/picks', '1.2.0', { bundle: talker('@acme/picks', '1.2.0') });
    await succeed('sync');
    for (const [reference, version] of [
      ['', '2.0.0'],
      ['@latest', '2.0.0'],
      ['@1.0.0', '1.0.0'],
      ['@v1.0.0', '1.0.0'],
      ['@^1', '1.1.0'],
      ['@~1.0.0', '1.0.0'],
      ['@1.2', '1.2.0'],
    ] as const) {
      const result = await run([`@acme/picks${reference}`]);
      expect(result.status, result.stderr).to.equal(0);
      expect(said(result.stdout).self.version, reference).to.equal(version);
    }
    expect(await run(['@acme/picks@^3'])).to.include({ status: 3, stdout: '' });
    expect(await run(['@acme/picks@../picks/1.0.0'])).to.include({ status: 3, stdout: '' });
  });

  it('does not run what was revoked after it was installed, and runs it again when it is updated', async () => {
    await install('@acme/revoked', '1.0.0');
    await world.publish('@acme/revoked', '1.0.1', { bundle: talker('@acme/revoked', '1.0.1') });
    const at = new Date().toISOString();
    const revocation = { kind: 'revoke', package: '@acme/revoked', reason: 'compromised', at } as const;
    world.appendToLog({ ...revocation, versions: '1.0.0' });
    expect((await run(['@acme/revoked'])).status).to.equal(0);
    await succeed('sync');
    for (const reference of ['@acme/revoked', '@acme/revoked@1.0.0', '@acme/revoked@~1.0.0 <1.0.1']) {
      const refused = await run([reference]);
      expect(refused).to.include({ status: 32, stdout: '' });
      expect(refused.stderr).to.include('compromised').and.include('mpak bundle install @acme/revoked');
    }
    const updated = await run(['@acme/revoked', '--update']);
    expect(said(updated.stdout).self.version).to.equal('1.0.1');
    world.appendToLog({ ...revocation, versions: '*' });
    await succeed('sync');
    expect((await run(['@acme/revoked'])).stderr).to.include('mpak bundle remove @acme/revoked');
  });

  it('passes over what is revoked in a range: for what is here, then for what can be had', async () => {
    await install('@acme/ranged', '1.0.0', '1.1.0');
    const at = new Date().toISOString();
    const revocation = { kind: 'revoke', package: '@acme/ranged', reason: 'compromised', at } as const;
    world.appendToLog({ ...revocation, versions: '1.1.0' });
    await world.publish('@acme/ranged', '1.2.0', { bundle: talker('@acme/ranged', '1.2.0') });
    await succeed('sync');
    expect(said((await run(['@acme/ranged@^1'])).stdout).self.version).to.equal('1.0.0');
    world.appendToLog({ ...revocation, versions: '1.0.0' });
    await succeed('sync');
    expect(said((await run(['@acme/ranged@^1'])).stdout).self.version).to.equal('1.2.0');
    world.appendToLog({ ...revocation, versions: '1.2.0' });
    await succeed('sync');
    expect(await run(['@acme/ranged@^1'])).to.include({ status: 32, stdout: '' });
  });

  it('does not change what others run when it has to install what is named', async () => {
    for (const version of ['1.0.0', '1.1.0', '2.0.0'])
      await world.publish('@acme/pinned', version, { bundle: talker('@acme/pinned', version) });
    await succeed('sync');
    const runs = async (reference: string) =>
      said((await run([`@acme/pinned${reference}`])).stdout).self.version;
    // Nothing was current.
    expect(await runs('@1.1.0')).to.equal('1.1.0');
    expect(await runs('')).to.equal('1.1.0');
    expect(await runs('@1.0.0')).to.equal('1.0.0');
    expect(await runs('@^2')).to.equal('2.0.0');
    expect(await runs('@latest')).to.equal('2.0.0');
    expect(await runs('')).to.equal('1.1.0');
    await succeed('bundle', 'install', '@acme/pinned@1.0.0');
    expect(await runs('')).to.equal('1.0.0');
    expect(said((await run(['@acme/pinned', '--update'])).stdout).self.version).to.equal('2.0.0');
    expect(await runs('')).to.equal('2.0.0');
  });

  it('runs what is deprecated, and says so on stderr', async () => {
    await install('@acme/deprecated', '1.0.0');
    world.appendToLog({
      kind: 'deprecate',
      package: '@acme/deprecated',
      versions: '<2',
      message: 'It is \u001b[31mnot maintained.',
      successor: '@acme/better',
      at: new Date().toISOString(),
    });
    await succeed('sync');
    const result = await run(['@acme/deprecated']);
    expect(result.status).to.equal(0);
    expect(said(result.stdout).rest).to.equal('');
    expect(result.stderr).to.equal(
      '@acme/deprecated 1.0.0 is deprecated: It is [31mnot maintained. Use @acme/better instead.\n',
    );
  });

  it('runs a server of Node where there is none on the PATH', async () => {
    await install('@acme/alone', '1.0.0');
    const { self } = await start(['@acme/alone', '--', 'x'], { PATH: path.join(world.folder, 'nothing') });
    expect(self.args).to.deep.equal(['x']);
  });

  it('runs on a machine whose index is gone', async () => {
    await install('@acme/bare', '1.0.0');
    const environment = { MPAK_REGISTRY_URL: 'http://127.0.0.1:9' };
    expect(await run(['@acme/bare'], '', { environment })).to.include({ status: 0, stderr: '' });
  });

  it('runs in a folder that was removed meanwhile', async () => {
    await install('@acme/nowhere', '1.0.0');
    const folder = mkdtempSync(path.join(world.folder, 'removed-'));
    const wrap = (line: readonly string[]) => [
      '/bin/sh',
      '-c',
      'cd "$0" && rmdir "$0" && exec "$@"',
      folder,
      ...line,
    ];
    const result = await run(['@acme/nowhere'], 'here\n', { wrap });
    expect(result.status, result.stderr).to.equal(0);
    expect(said(result.stdout).rest).to.equal('here\n');
  });

  it('says so when nobody knows any more which version ran', async () => {
    await install('@acme/lost', '1.0.0');
    writeFileSync(path.join(world.packageFolder('@acme/lost'), 'current.json'), '{');
    const result = await run(['@acme/lost']);
    expect(result.status, result.stderr).to.equal(0);
    expect(result.stderr).to.include('@acme/lost 1.0.0 runs from here on');
    expect((await run(['@acme/lost'])).stderr).to.equal('');
  });
});

describe('mpak run --local', () => {
  it('runs a file of the user, with arguments, and a changed file anew', async () => {
    const file = path.join(world.home, 'mine.mcpb');
    for (const version of ['1.0.0', '1.0.1']) {
      writeFileSync(file, talker('mine', version).bytes);
      for (const _ of ['unpacked', 'there already']) {
        const result = await run(['--local', 'mine.mcpb', '--', 'a', '--b'], 'exit 3\n', { cwd: world.home });
        expect(result).to.include({ status: 3, stderr: '' });
        expect(said(result.stdout).self)
          .to.include({ version })
          .and.deep.include({ args: ['a', '--b'] });
      }
    }
  });

  it('gets no settings that are kept for the package that it calls itself', async () => {
    await succeed('config', 'set', '@acme/vault', 'api_key=SECRET');
    const file = path.join(world.home, 'impostor.mcpb');
    const changes = {
      user_config: {
        api_key: { type: 'string', title: 'Key', description: '', required: true, sensitive: true },
      },
    };
    writeFileSync(file, makeBundle('@acme/vault', '1.0.0', changes, { 'server/index.js': SERVER }).bytes);
    const refused = await run(['--local', file]);
    expect(refused).to.include({ status: 40, stdout: '' });
    expect(refused.stderr).to.include('--set api_key=').and.not.include('SECRET');
    const dash = await run(['--local', file, '--set', 'api_key=-']);
    expect(dash).to.include({ status: 2, stdout: '' });
    expect(dash.stderr).to.include("standard input is the server's");
    const word = await run(['--local', file, '--set', 'api_key']);
    expect(word).to.include({ status: 2, stdout: '' });
    expect(word.stderr).to.not.include('key=-');
  });

  it('refuses a file that is missing, is none, or is hostile, and unpacks nothing of it', async () => {
    const file = path.join(world.home, 'hostile.mcpb');
    expect(await run(['--local', file])).to.include({ status: 3, stdout: '' });
    expect(await run(['--local', world.home])).to.include({ status: 2, stdout: '' });
    if (process.platform !== 'win32') {
      execFileSync('mkfifo', [path.join(world.home, 'pipe')]);
      for (const special of [path.join(world.home, 'pipe'), '/dev/zero', '/dev/stdin'])
        expect((await run(['--local', special])).stderr).to.include('is no regular file');
    }
    writeFileSync(file, '');
    truncateSync(file, 2 ** 33);
    expect((await run(['--local', file])).stderr).to.include('is larger than');
    writeFileSync(file, 'no zip');
    expect(await run(['--local', file])).to.include({ status: 30, stdout: '' });
    writeFileSync(file, zip({ 'manifest.json': '{}' }));
    expect(await run(['--local', file])).to.include({ status: 35, stdout: '' });
    writeFileSync(file, Buffer.concat([talker('mine', '1.0.0').bytes, Buffer.from('and more')]));
    expect(await run(['--local', file])).to.include({ status: 30, stdout: '' });
    expect(existsSync(path.join(world.mpakHome, 'local'))).to.equal(false);
  });

  it('clears away what a killed run has left', async () => {
    const file = path.join(world.home, 'mine.mcpb');
    writeFileSync(file, talker('mine', '1.0.0').bytes);
    expect((await run(['--local', file])).status).to.equal(0);
    const local = path.join(world.mpakHome, 'local');
    const [unpacked] = readdirSync(local).filter((name) => /^[0-9a-f]{64}$/.test(name));
    renameSync(path.join(local, unpacked as string), path.join(local, '.aside-killed'));
    expect((await run(['--local', file])).status).to.equal(0);
    expect(readdirSync(local)).to.include(unpacked).and.not.include('.aside-killed');
  });
});

// What /proc shows of it; test/lib/launch tests the rest everywhere.
if (process.platform === 'linux') {
  describe('the process of mpak run', () => {
    it("is the server's own: the same pid, its command line, no child, and no mpak left", async () => {
      await install('@acme/alone', '1.0.0');
      const { child, self } = await start(['@acme/alone', '--', 'x']);
      expect(self.pid).to.equal(child.pid);
      const rows = processes();
      const entry = path.join(world.packageFolder('@acme/alone'), '1.0.0', 'server', 'index.js');
      expect(rows.find((row) => row.pid === child.pid)?.line).to.deep.equal([MPAK[0], entry, 'x']);
      expect(rows.filter((row) => row.parent === child.pid)).to.deep.equal([]);
      expect(mpakProcesses()).to.deep.equal([]);
    });
  });
}

describe('the daily look for newer versions', () => {
  const mark = () => path.join(storeOf(world).folder, 'looked');
  const age = (file: string) => {
    const old = new Date(Date.now() - 25 * 3_600_000);
    utimesSync(file, old, old);
  };
  const knows = async (version: string) =>
    (await world.mpak('bundle', 'show', '@acme/looks', '--json')).stdout.includes(`"${version}"`);

  beforeEach(() => install('@acme/looks', '1.0.0'));

  it('is made in the background, by nobody that the server has to do with, and told at the next run', async () => {
    writeFileSync(mark(), '');
    age(mark());
    await world.publish('@acme/looks', '1.1.0', { bundle: talker('@acme/looks', '1.1.0') });
    const asked = () => world.registry.log.split('/v1/index/checkpoint').length;
    const before = asked();
    const { child, self, stdout, stderr } = await start(['@acme/looks']);
    // The server has answered, and what looks has not begun: it waits.
    expect(asked()).to.equal(before);
    if (process.platform === 'linux')
      expect(mpakProcesses().filter((line) => /^\S*node/.test(line))).to.deep.equal([]);
    expect(self).to.include({ version: '1.0.0', pid: child.pid });
    await until(() => knows('1.1.0'), 'the index has 1.1.0');
    if (process.platform === 'linux') {
      await until(() => mpakProcesses().length === 0, 'the look has ended');
      // Not as a zombie either.
      expect(processes().filter((row) => row.parent === child.pid)).to.deep.equal([]);
    }
    expect(stdout().split('\n')).to.have.length(2);
    expect(stderr()).to.equal('');
    expect(Date.now() - statSync(mark()).mtimeMs).to.be.lessThan(60_000);
    const next = await run(['@acme/looks']);
    expect(said(next.stdout).rest).to.equal('');
    expect(said(next.stdout).self.version).to.equal('1.0.0');
    expect(next.stderr).to.equal(
      '@acme/looks 1.1.0 is there, and 1.0.0 runs: `mpak bundle update @acme/looks`.\n',
    );
  });

  it('is made once a day, and never when that is turned off', async () => {
    const syncs = () => world.registry.log.split('/v1/index/checkpoint').length;
    age(storeOf(world).folder);
    const before = syncs();
    const off = { environment: { MPAK_NO_UPDATE_CHECK: '1' } };
    expect((await run(['@acme/looks'], '', off)).status).to.equal(0);
    expect(existsSync(mark())).to.equal(false);
    await Promise.all([1, 2, 3].map(() => run(['@acme/looks'])));
    await until(() => syncs() > before, 'a look');
    if (process.platform === 'linux') await until(() => mpakProcesses().length === 0, 'the end of it');
    expect(existsSync(mark())).to.equal(true);
  });
});

function storeOf({ mpakHome, registry }: World): IndexStore {
  return new IndexStore(mpakHome, new URL(registry.url));
}
