import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect } from 'chai';
import { launchOf } from '../../src/lib/clients/entry.ts';
import { editorOf, serversIn } from '../../src/lib/clients/format.ts';
import { sharedFolder } from '../registry/support/shared-folder.ts';
import { finished, type Result } from '../support/cli.ts';
import { CLIENT_SAMPLES, type ClientSample, PROJECT_SAMPLES, writeSample } from '../support/client-homes.ts';
import { packEverythingServer } from '../support/everything-server.ts';
import { makeBundle, sha256Of } from '../support/mcpb.ts';
import { World } from '../support/world.ts';

const NAME = '@acme/everything';

describe('AI clients', () => {
  const folder = sharedFolder();
  let world: World;
  let project: string;

  before(async function () {
    this.timeout(60_000);
    world = await World.start(folder());
    const file = path.join(folder(), 'everything.mcpb');
    const manifest = await packEverythingServer(NAME, file);
    const bytes = readFileSync(file);
    const bundle = { name: NAME, bytes, sha256: sha256Of(bytes), manifest: { ...manifest } };
    await world.publish(NAME, String(manifest.version), { bundle });
    for (const name of ['@acme/echo', '@other/echo'])
      await world.publish(name, '1.0.0', { bundle: makeBundle(name, '1.0.0') });
    await succeed('sync');
    for (const name of [NAME, '@acme/echo', '@other/echo']) await succeed('bundle', 'install', name);
    project = path.join(folder(), 'project');
    mkdirSync(project);
  });
  after(async function () {
    // The registry ends when it has scanned what was announced.
    this.timeout(120_000);
    await world.stop();
  });

  async function succeed(...args: string[]): Promise<Result> {
    const result = await mpak(...args);
    expect(result.status, result.stderr).to.equal(0);
    return result;
  }

  function mpak(...args: string[]): Promise<Result> {
    const child = world.start(args, { cwd: project });
    child.stdin.end();
    return finished(child);
  }

  /** As the client reads it. */
  async function entryIn(file: string, { keys }: ClientSample, name: string) {
    const format = file.endsWith('.toml') ? 'toml' : file.endsWith('.yaml') ? 'yaml' : 'json';
    const editor = await editorOf(format);
    const content = editor.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''), file);
    return serversIn(content, keys, file)?.[name];
  }

  /** Starts it as a client that has been started from a desktop does, and asks which tools it has. */
  async function toolsOf(entry: unknown): Promise<string[]> {
    const launch = launchOf(entry);
    if (launch === undefined) throw new Error(`${JSON.stringify(entry)} starts nothing`);
    const variables = Object.entries({ HOME: world.home, ...launch.env }).map(
      ([key, value]) => `${key}=${value}`,
    );
    const transport = new StdioClientTransport({
      command: '/usr/bin/env',
      args: ['-i', ...variables, launch.command, ...launch.args],
      stderr: 'pipe',
    });
    const client = new Client({ name: 'test', version: '1.0.0' });
    await client.connect(transport);
    try {
      return (await client.listTools()).tools.map((tool) => tool.name);
    } finally {
      await client.close();
    }
  }

  /** Lines that are there still. A comma may have come to the last server. */
  function expectKept(before: string, after: string): void {
    const bare = (line: string) => line.replace(/,?(\s+(\/\/.*|\/\*.*\*\/))?\s*$/, '$1').trimEnd();
    const lines = after.split('\n').map(bare);
    let at = -1;
    for (const line of before.split('\n').map(bare)) {
      if (before.split('\n').length < 4 && /mcpServers|^\{\}$/.test(line)) continue;
      if (line.trim() === '"servers": {}') continue;
      at = lines.indexOf(line, at + 1);
      expect(at, `${line}\nin\n${after}`).to.be.greaterThan(-1);
    }
  }

  for (const sample of CLIENT_SAMPLES) {
    it(`${sample.client} starts the bundle with nothing but a HOME, keeps every line, and comes back byte for byte`, async function () {
      this.timeout(30_000);
      const file = writeSample(world.home, sample);
      const before = readFileSync(file);
      await succeed('client', 'add', NAME, '--client', sample.client);
      const added = readFileSync(file);
      expectKept(before.toString(), added.toString());
      expect(statSync(file).mode & 0o777).to.equal(sample.mode);
      expect(readFileSync(`${file}.mpak-backup`).equals(before)).to.equal(true);
      expect(statSync(`${file}.mpak-backup`).mode & 0o777).to.equal(sample.mode);
      expect(await toolsOf(await entryIn(file, sample, 'everything'))).to.include('echo');
      // Once more changes nothing.
      const again = await succeed('client', 'add', NAME, '--client', sample.client);
      expect(again.stdout).to.include('has it already');
      expect(readFileSync(file).equals(added)).to.equal(true);
      await succeed('client', 'remove', NAME, '--client', sample.client);
      expect(readFileSync(file).equals(before), readFileSync(file, 'utf8')).to.equal(true);
      expect(statSync(file).mode & 0o777).to.equal(sample.mode);
    });
  }

  for (const sample of PROJECT_SAMPLES) {
    it(`${sample.client} takes it in its project's file, which comes back byte for byte`, async function () {
      this.timeout(30_000);
      const file = writeSample(project, sample);
      await succeed('client', 'add', NAME, '--client', sample.client, '--project');
      expectKept(sample.text, readFileSync(file, 'utf8'));
      expect(await toolsOf(await entryIn(file, sample, 'everything'))).to.include('echo');
      await succeed('client', 'remove', NAME, '--client', sample.client, '--project');
      expect(readFileSync(file, 'utf8')).to.equal(sample.text);
    });
  }

  it('two bundles come and go in any order; a file that was made goes with the last', async () => {
    mkdirSync(path.join(world.home, '.mastracode'));
    const file = path.join(world.home, '.mastracode', 'mcp.json');
    await succeed('client', 'add', NAME, '--client', 'mastracode');
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    await succeed('client', 'add', '@acme/echo', '--client', 'mastracode');
    await succeed('client', 'remove', NAME, '--client', 'mastracode');
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')).mcpServers)).to.deep.equal(['echo']);
    await succeed('client', 'remove', '@acme/echo', '--client', 'mastracode');
    expect(existsSync(file)).to.equal(false);
  });

  it('a name that is another server\u2019s is refused, and --as gives it another', async () => {
    const sample = CLIENT_SAMPLES.find(({ client }) => client === 'cursor') as ClientSample;
    const file = writeSample(world.home, {
      ...sample,
      text: '{"mcpServers": {"echo": {"command": "mine"}}}',
    });
    const before = readFileSync(file, 'utf8');
    const refused = await mpak('client', 'add', '@acme/echo', '--client', 'cursor', '--json');
    expect(refused.status).to.equal(66);
    expect(JSON.parse(refused.stdout).error).to.include({ code: 'CLIENT_ENTRY_TAKEN' });
    expect(readFileSync(file, 'utf8')).to.equal(before);
    await succeed('client', 'add', '@acme/echo', '--client', 'cursor', '--as', 'acme-echo');
    const other = await mpak('client', 'add', '@other/echo', '--client', 'cursor', '--as', 'acme-echo');
    expect(other.status).to.equal(66);
    expect(other.stderr).to.include('@acme/echo');
    const listed = JSON.parse((await succeed('client', 'list', '--json')).stdout);
    const cursor = listed.clients.find((row: { client: string }) => row.client === 'cursor');
    expect(cursor.files[0].entries).to.deep.equal([{ name: 'acme-echo', package: '@acme/echo' }]);
    await succeed('client', 'remove', '@acme/echo', '--client', 'cursor');
    expect(readFileSync(file, 'utf8')).to.equal(before);
    for (const name of ['', 'a b', '../x', '__proto__"', '__proto__', 'x'.repeat(65)]) {
      const { status } = await mpak('client', 'add', '@acme/echo', '--client', 'cursor', `--as=${name}`);
      expect(status, name).to.equal(2);
    }
  });

  it('--dry-run prints the difference and touches nothing, not even a folder', async () => {
    const sample = CLIENT_SAMPLES.find(({ client }) => client === 'goose') as ClientSample;
    const file = writeSample(world.home, sample);
    rmSync(`${file}.mpak-backup`, { force: true });
    const { stdout } = await succeed('client', 'add', NAME, '--client', 'goose', '--dry-run');
    expect(stdout).to.match(/^--- \S+config\.yaml\n\+\+\+ \S+config\.yaml\n@@ /);
    expect(stdout.split('\n').filter((line) => /^-(?!--)/.test(line))).to.deep.equal([]);
    expect(readFileSync(file, 'utf8')).to.equal(sample.text);
    expect(existsSync(`${file}.mpak-backup`)).to.equal(false);
    const fresh = path.join(folder(), 'fresh');
    mkdirSync(fresh);
    const child = world.start(['client', 'add', NAME, '--client', 'cursor', '--project', '--dry-run'], {
      cwd: fresh,
    });
    child.stdin.end();
    expect((await finished(child)).stdout).to.match(/^--- \/dev\/null\n/);
    expect(existsSync(path.join(fresh, '.cursor'))).to.equal(false);
  });

  it('--dry-run shows nothing of other servers, however few lines they are on', async () => {
    const sample = CLIENT_SAMPLES.find(({ client }) => client === 'cursor') as ClientSample;
    const other = '"github": {"command": "x", "env": {"TOKEN": "ghp_secret"}}';
    const texts = [
      `{"mcpServers": {${other}}}`,
      `{"mcpServers": {${other}},\n "z": "sk-too"}\n`,
      `{"other": "sk-too", "mcpServers": {}, "z": "sk-too"}\n`,
      `{\n  "mcpServers": {\n    ${other} // sk-too\n  }\n}\n`,
      `{\n  "mcpServers": {\n    "a": {\n      "env": {\n        "TOKEN": "ghp_secret"\n      }\n    }\n  }\n}\n`,
    ];
    for (const text of texts) {
      const file = writeSample(world.home, { ...sample, text });
      for (const args of [[], ['--json']]) {
        const added = await succeed('client', 'add', NAME, '--client', 'cursor', '--dry-run', ...args);
        expect(added.stdout, text)
          .to.include(NAME)
          .and.not.to.match(/ghp_|sk-/);
      }
      await succeed('client', 'add', NAME, '--client', 'cursor');
      const removed = await succeed('client', 'remove', NAME, '--client', 'cursor', '--dry-run');
      expect(removed.stdout, text)
        .to.include(NAME)
        .and.not.to.match(/ghp_|sk-/);
      await succeed('client', 'remove', NAME, '--client', 'cursor');
      expect(readFileSync(file, 'utf8')).to.equal(text);
    }
  });

  it('a file that cannot be read is told of beside the others, and keeps nobody from listing', async () => {
    const file = path.join(world.home, '.cursor', 'mcp.json');
    rmSync(file, { force: true });
    symlinkSync(file, file);
    const listed = await succeed('client', 'list');
    expect(listed.stdout).to.match(/^cursor\t.*unreadable/m);
    expect(listed.stderr).to.include('too many links');
    expect((await mpak('client', 'add', NAME, '--client', 'cursor')).status).to.equal(1);
    rmSync(file);
  });

  it('a file that cannot be parsed is refused with its line, and left as it is', async () => {
    const broken = {
      codex: 'model = "a"\nmodel = "b"\n',
      zed: '{\n  "a": \n',
      goose: 'a: [\nextensions: {}\n',
    };
    for (const [client, text] of Object.entries(broken)) {
      const sample = CLIENT_SAMPLES.find((other) => other.client === client) as ClientSample;
      const file = writeSample(world.home, { ...sample, text });
      const { status, stderr } = await mpak('client', 'add', NAME, '--client', client);
      expect(status, client).to.equal(65);
      expect(stderr)
        .to.match(/line \d/)
        .and.to.include(file);
      expect(readFileSync(file, 'utf8')).to.equal(text);
    }
    const list = await succeed('client', 'list');
    expect(list.stdout).to.include('unreadable');
  });

  it('a link stays a link, and the file that it leads to changes', async () => {
    const dotfiles = path.join(folder(), 'dotfiles.json');
    writeFileSync(dotfiles, '{"mcpServers": {"a": {}}}\n', { mode: 0o644 });
    const link = path.join(world.home, '.cursor', 'mcp.json');
    rmSync(link, { force: true });
    symlinkSync(dotfiles, link);
    await succeed('client', 'add', NAME, '--client', 'cursor');
    expect(readFileSync(dotfiles, 'utf8')).to.include(NAME);
    expect(readFileSync(link, 'utf8')).to.include(NAME);
    expect(existsSync(`${dotfiles}.mpak-backup`)).to.equal(true);
    rmSync(dotfiles);
    const dangling = await mpak('client', 'add', NAME, '--client', 'cursor');
    expect(dangling.status).to.equal(65);
    expect(dangling.stderr).to.include('leads nowhere');
    rmSync(link);
  });

  it('the client that is not on this machine gets no file, and the one that has no project says so', async () => {
    const away = await mpak('client', 'add', NAME, '--client', 'kimi-code');
    expect(away.status).to.equal(3);
    expect(existsSync(path.join(world.home, '.kimi-code'))).to.equal(false);
    const none = await mpak('client', 'add', NAME, '--client', 'windsurf', '--project');
    expect(none.status).to.equal(2);
    const nothing = await mpak('client', 'remove', '@acme/echo', '--client', 'windsurf');
    expect(nothing.status).to.equal(3);
  });

  it('what the user has changed in the entry stays when it is written again', async () => {
    const sample = CLIENT_SAMPLES.find(({ client }) => client === 'opencode') as ClientSample;
    const file = writeSample(world.home, sample);
    await succeed('client', 'add', NAME, '--client', 'opencode');
    const changed = readFileSync(file, 'utf8')
      .replace('"enabled": true', '"enabled": false, "own": [1]')
      .replace(/"command": \[\n\s*"[^"]*\//, '"command": [\n "/old/');
    writeFileSync(file, changed);
    await succeed('client', 'add', NAME, '--client', 'opencode');
    const entry = (await entryIn(file, sample, 'everything')) as Record<string, unknown>;
    expect(entry).to.include({ enabled: false });
    expect(entry.own).to.deep.equal([1]);
    expect(JSON.stringify(entry.command)).not.to.include('/old/');
  });

  it('a home of mpak that is not the usual one is in the entry', async () => {
    const home = path.join(folder(), 'elsewhere');
    const sample = CLIENT_SAMPLES.find(({ client }) => client === 'codex') as ClientSample;
    const file = writeSample(world.home, sample);
    await finished(
      world.start(['bundle', 'install', '@acme/echo', '--yes'], {
        environment: { MPAK_HOME: home },
        cwd: project,
      }),
    );
    const sync = world.start(['sync'], { environment: { MPAK_HOME: home }, cwd: project });
    await finished(sync);
    const child = world.start(['client', 'add', '@acme/echo', '--yes', '--client', 'codex'], {
      environment: { MPAK_HOME: home },
      cwd: project,
    });
    child.stdin.end();
    const result = await finished(child);
    expect(result.status, result.stderr).to.equal(0);
    const launch = launchOf(await entryIn(file, sample, 'echo'));
    expect(launch?.env).to.deep.equal({ MPAK_HOME: home });
    expect(launch && path.isAbsolute(launch.command)).to.equal(true);
  });

  describe('check', () => {
    interface Row {
      readonly check: string;
      readonly state: string;
      readonly message: string;
      readonly hint: string | null;
    }
    const cursor = CLIENT_SAMPLES.find(({ client }) => client === 'cursor') as ClientSample;
    let file: string;

    beforeEach(() => {
      world.newUser();
      rmSync(project, { recursive: true });
      mkdirSync(project);
      file = writeSample(world.home, cursor);
    });

    async function install(...names: string[]) {
      await succeed('sync');
      for (const name of names) await succeed('bundle', 'install', name);
    }

    async function check(...args: string[]): Promise<{ status: number | null; findings: Row[] }> {
      const { status, stdout } = await mpak(...args, '--json');
      return { status, findings: JSON.parse(stdout).findings };
    }

    it('finds a server that answers, from `client check` and from `doctor`', async () => {
      await install(NAME);
      await succeed('client', 'add', NAME, '--client', 'cursor');
      const { status, findings } = await check('client', 'check');
      expect(findings).to.deep.equal([
        { check: 'Cursor: everything', state: 'ok', message: `${NAME} answers`, hint: null },
      ]);
      expect(status).to.equal(0);
      const doctor = await check('doctor', '--offline');
      expect(doctor.findings.find((row) => row.check === 'Cursor: everything')).to.include({ state: 'ok' });
    });

    it('finds a server that does not speak MCP, and one whose program or bundle is gone', async () => {
      const silent = makeBundle('@acme/silent', '1.0.0', {}, { 'server/index.js': 'process.exit(7)' });
      await world.publish('@acme/silent', '1.0.0', { bundle: silent });
      await install(NAME, '@acme/silent', '@acme/echo');
      for (const name of [NAME, '@acme/silent', '@acme/echo'])
        await succeed('client', 'add', name, '--client', 'cursor');
      await succeed('bundle', 'remove', '@acme/echo');
      const text = readFileSync(file, 'utf8');
      const first = await check('client', 'check', '--client', 'cursor');
      expect(first.status).to.equal(1);
      const of = (name: string) => first.findings.find((row) => row.check === `Cursor: ${name}`);
      expect(of('everything')).to.include({ state: 'ok' });
      expect(of('silent')).to.include({ state: 'fail' });
      expect(of('silent')?.message).to.include('ends before it has answered');
      expect(of('echo')).to.include({ state: 'fail', hint: 'mpak bundle install @acme/echo' });
      const moved = text.replace(/"command": "\/[^"]*(node|mpak)"/g, '"command": "/gone/$1"');
      writeFileSync(file, moved);
      const second = await check('client', 'check');
      expect(second.findings.every(({ state }) => state === 'fail')).to.equal(true);
      expect(second.findings[0]?.message).to.include('is not there');
      expect(second.findings[0]?.hint).to.include('mpak client add');
    });

    it('finds what is revoked, and what lacks its settings', async () => {
      const keyed = makeBundle('@acme/keyed', '1.0.0', {
        user_config: {
          key: { type: 'string', title: 'Key', description: 'A key.', sensitive: true, required: true },
        },
      });
      await world.publish('@acme/keyed', '1.0.0', { bundle: keyed });
      await world.publish('@acme/bad', '1.0.0', { bundle: makeBundle('@acme/bad', '1.0.0') });
      await install('@acme/keyed', '@acme/bad');
      for (const name of ['@acme/keyed', '@acme/bad'])
        await succeed('client', 'add', name, '--client', 'cursor');
      const at = '2026-06-01T00:00:00.000Z';
      world.appendToLog({ kind: 'revoke', package: '@acme/bad', versions: '*', reason: 'malicious', at });
      await succeed('sync');
      const { findings } = await check('client', 'check');
      const of = (name: string) => findings.find((row) => row.check === `Cursor: ${name}`);
      expect(of('bad')?.message).to.include('revoked');
      expect(of('keyed')?.message).to.include('needs settings: key');
      expect(of('keyed')?.hint).to.include('mpak config set @acme/keyed key=-');
      // Nor is it added anywhere else.
      const refused = await mpak('client', 'add', '@acme/bad', '--client', 'cursor', '--as=x');
      expect(refused.status, refused.stderr).to.equal(32);
      expect((await mpak('client', 'list')).stdout).not.to.include('x (@acme/bad)');
    });

    it('ends what it has started when it is interrupted, and says so', async () => {
      const mark = path.join(world.home, 'pid');
      const script = `process.on('SIGTERM', () => 0); setInterval(() => 0, 1000);
        require('node:fs').writeFileSync(${JSON.stringify(mark)}, process.pid + '\\n');`;
      const bundle = makeBundle('@acme/mute', '1.0.0', {}, { 'server/index.js': script });
      await world.publish('@acme/mute', '1.0.0', { bundle });
      await install('@acme/mute');
      await succeed('client', 'add', '@acme/mute', '--client', 'cursor');
      for (const [signal, ...args] of [
        ['SIGINT', 'client', 'check', '--json'],
        ['SIGTERM', 'doctor', '--offline', '--json'],
      ] as const) {
        rmSync(mark, { force: true });
        const child = world.start(args, { cwd: project });
        const end = finished(child);
        while (!existsSync(mark) || !readFileSync(mark, 'utf8').endsWith('\n')) await sleep(20);
        child.kill(signal);
        const { status, stdout } = await end;
        expect(status).to.equal(1);
        expect(stdout).to.include('it was interrupted');
        expect(() => process.kill(Number(readFileSync(mark, 'utf8')), 0)).to.throw('ESRCH');
      }
    });

    it('starts nothing that a project has brought along, from `doctor` or from `client check`', async () => {
      await install('@acme/echo', NAME);
      const mark = path.join(world.home, 'ran');
      const evil = path.join(project, 'mpak');
      writeFileSync(evil, `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
      await succeed('client', 'add', NAME, '--client', 'claude-code', '--project');
      const file = path.join(project, '.mcp.json');
      const own = JSON.parse(readFileSync(file, 'utf8')).mcpServers.everything;
      const node = process.execPath;
      const preload = path.join(project, 'preload.cjs');
      writeFileSync(preload, `require('node:fs').writeFileSync(${JSON.stringify(mark)}, '')`);
      const servers = {
        everything: own,
        a: { command: evil, args: ['run', '@acme/echo'] },
        b: { command: '/bin/sh', args: ['-c', `touch ${mark}`, 'mpak', 'run', '@acme/echo'] },
        c: { command: node, args: [evil, 'run', '@acme/echo'] },
        d: { ...own, env: { NODE_OPTIONS: `--require=${preload}` } },
        e: { ...own, env: { MPAK_HOME: project } },
        '\u001b[31mred\u0007': { ...own, args: [...own.args.slice(0, -1), '@acme/echo'], env: { X: '1' } },
      };
      writeFileSync(file, JSON.stringify({ mcpServers: servers }));
      const doctor = await check('doctor', '--offline');
      expect(doctor.findings.filter((row) => row.check.startsWith('Claude Code'))).to.deep.equal([]);
      const { findings } = await check('client', 'check', '--project');
      const states = Object.fromEntries(
        findings.map((row) => [row.check.replace('Claude Code: ', ''), row.state]),
      );
      expect(states).to.deep.include({ everything: 'ok', a: 'warn', c: 'warn', d: 'warn', e: 'warn' });
      expect(states).not.to.have.property('b');
      expect(existsSync(mark)).to.equal(false);
      for (const args of [
        ['client', 'check', '--project'],
        ['client', 'list', '--all', '--project'],
      ]) {
        const { stdout, stderr } = await mpak(...args);
        expect(stdout + stderr)
          .to.include('[31mred')
          .and.not.to.include('\u001b')
          .and.not.to.include('\u0007');
      }
    });
  });
});
