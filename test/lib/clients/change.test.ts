import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { PackageName } from '../../../src/lib/bundle/name.ts';
import { carryOut, planAdd, planRemove } from '../../../src/lib/clients/change.ts';
import type { Client } from '../../../src/lib/clients/client.ts';
import { launchOf, ownEntries } from '../../../src/lib/clients/entry.ts';
import { MpakError } from '../../../src/lib/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const NAME = '@acme/echo' as PackageName;
const TEXT = '{\n  "mcpServers": {\n    "a": {}\n  }\n}\n';

describe('a change of a client\u2019s file', () => {
  const folder = temporaryFolder();
  const home = () => path.join(folder(), 'home');
  const file = () => path.join(folder(), 'client', 'mcp.json');

  beforeEach(() => mkdirSync(path.dirname(file())));

  function client(): Client {
    return {
      id: 'x',
      name: 'X',
      format: 'json',
      found: true,
      user: { file: file(), path: ['mcpServers'], scope: 'user' },
      project: undefined,
      shape: (_name, { command, args }) => ({ command, args }),
    };
  }

  function plan() {
    const launch = { command: '/bin/mpak', args: ['run', NAME], env: {} };
    return planAdd(client(), client().user, { package: NAME, name: undefined, fallback: 'echo', launch });
  }

  async function refused(work: () => Promise<unknown>): Promise<MpakError> {
    try {
      await work();
    } catch (error) {
      expect(error).to.be.instanceOf(MpakError);
      return error as MpakError;
    }
    throw new Error('was done');
  }

  it('is refused when another program has written the file, made it or taken it away meanwhile', async () => {
    const meanwhile: [string | undefined, () => void][] = [
      [TEXT, () => writeFileSync(file(), TEXT.replace('a', 'b'))],
      [undefined, () => writeFileSync(file(), '{}')],
    ];
    for (const [before, change] of meanwhile) {
      if (before !== undefined) writeFileSync(file(), before);
      const planned = await plan();
      change();
      const after = readFileSync(file(), 'utf8');
      expect((await refused(() => carryOut(home(), planned))).code).to.equal('BUSY');
      expect(readFileSync(file(), 'utf8')).to.equal(after);
      expect(readdirSync(path.dirname(file())).filter((name) => name.includes('.tmp-'))).to.deep.equal([]);
      rmSync(file());
    }
  });

  it('is done by one process after the other: none loses what another has added', async () => {
    writeFileSync(file(), TEXT);
    const names = Array.from({ length: 12 }, (_, index) => `@acme/n${index}` as PackageName);
    await Promise.all(
      names.map(async (name) => {
        const launch = { command: '/bin/mpak', args: ['run', name], env: {} };
        const options = { package: name, name: undefined, fallback: name.slice(6), launch };
        for (;;) {
          const planned = await planAdd(client(), client().user, options);
          try {
            await carryOut(home(), planned);
            return;
          } catch (error) {
            if (!(error instanceof MpakError) || error.code !== 'BUSY') throw error;
          }
        }
      }),
    );
    const servers = JSON.parse(readFileSync(file(), 'utf8')).mcpServers;
    expect(Object.keys(servers).sort()).to.deep.equal(['a', ...names.map((name) => name.slice(6))].sort());
    for (const name of names)
      await carryOut(home(), await planRemove(client(), client().user, { package: name, home: home() }));
    expect(readFileSync(file(), 'utf8')).to.equal(TEXT);
  });

  it('keeps a mode that a new file would not get, setgid and all, and leaves one backup', async () => {
    writeFileSync(file(), TEXT);
    chmodSync(file(), 0o2664);
    await carryOut(home(), await plan());
    expect(statSync(file()).mode & 0o7777).to.equal(0o2664);
    await carryOut(home(), await planRemove(client(), client().user, { package: NAME, home: home() }));
    expect(readdirSync(path.dirname(file())).sort()).to.deep.equal(['mcp.json', 'mcp.json.mpak-backup']);
    expect(readFileSync(`${file()}.mpak-backup`, 'utf8')).to.include(NAME);
  });

  it('is refused for what is no UTF-8 text or no file', async () => {
    writeFileSync(file(), Buffer.from([0x7b, 0xff, 0x7d]));
    expect((await refused(plan)).message).to.include('not UTF-8');
    writeFileSync(file(), Buffer.from('\ufeff{}', 'utf16le'));
    expect((await refused(plan)).code).to.equal('CLIENT_FILE_INVALID');
    rmSync(file());
    mkdirSync(file());
    expect((await refused(plan)).code).to.equal('USAGE');
    expect(existsSync(home())).to.equal(false);
  });

  it('is refused for what is nested deeper than can be read, and for a circle of links', async () => {
    writeFileSync(file(), '['.repeat(200_000));
    expect((await refused(plan)).message).to.include('nested too deep');
    rmSync(file());
    symlinkSync(file(), file());
    expect((await refused(plan)).code).to.equal('IO_FAILED');
  });

  it('is refused for a file that its owner has made read-only', async () => {
    writeFileSync(file(), TEXT, { mode: 0o400 });
    expect((await refused(plan)).message).to.include('read-only');
    expect(readFileSync(file(), 'utf8')).to.equal(TEXT);
  });

  it('is refused where an entry that was added is there twice by now', async () => {
    await carryOut(home(), await plan());
    const entry = JSON.stringify(JSON.parse(readFileSync(file(), 'utf8')).mcpServers.echo);
    writeFileSync(file(), `{"mcpServers": {"echo": ${entry}, "echo": ${entry}}}`);
    const remove = () => planRemove(client(), client().user, { package: NAME, home: home() });
    expect((await refused(remove)).code).to.equal('CLIENT_FILE_INVALID');
  });

  it('follows no link out of the project, be it the file or a folder', async () => {
    const project = path.join(folder(), 'project');
    const outside = path.join(folder(), 'outside');
    for (const made of [project, outside]) mkdirSync(made);
    writeFileSync(path.join(outside, 'mcp.json'), TEXT);
    symlinkSync(path.join(outside, 'mcp.json'), path.join(project, 'mcp.json'));
    symlinkSync(outside, path.join(project, 'there'));
    const launch = { command: '/bin/mpak', args: ['run', NAME], env: {} };
    const options = { package: NAME, name: undefined, fallback: 'echo', launch };
    for (const name of ['mcp.json', 'there/mcp.json', 'there/new/mcp.json']) {
      const place = { ...client().user, file: path.join(project, name), within: project };
      expect((await refused(() => planAdd(client(), place, options))).message).to.include(
        'out of the project',
      );
    }
    symlinkSync(project, path.join(folder(), 'link'));
    const within = path.join(folder(), 'link');
    const place = { ...client().user, file: path.join(within, 'a', 'mcp.json'), within };
    expect((await planAdd(client(), place, options)).names).to.deep.equal(['echo']);
  });

  it('takes an entry for mpak\u2019s only when it starts mpak and nothing else', () => {
    const line = (command: unknown, ...args: unknown[]) => ({ command, args });
    const servers = {
      executable: line('/opt/mpak', 'run', NAME),
      asDownloaded: line('/opt/mpak-linux-x64', 'run', NAME),
      windows: line('C:\\tools\\mpak.exe', 'run', NAME),
      npm: line('/usr/bin/node', '/usr/lib/node_modules/mpak/bin/mpak.cjs', 'run', NAME),
      opencode: { command: ['/opt/mpak', 'run', NAME] },
      goose: { cmd: '/opt/mpak', args: ['run', NAME] },
    };
    expect(ownEntries(servers).map(({ name }) => name)).to.deep.equal(Object.keys(servers));
    const others = {
      shell: line('/bin/sh', '-c', 'x', 'mpak', 'run', NAME),
      eval: line('/usr/bin/node', '--eval', 'x', 'mpak', 'run', NAME),
      more: line('/opt/mpak', 'run', NAME, '--local', 'x'),
      flags: line('/opt/mpak', '--x', 'run', NAME),
      nameless: line('/opt/mpak', 'run', 'x'),
      number: line('/opt/mpak', 'run', 1),
      remote: { url: 'https://example.com' },
      text: 'x',
      nothing: null,
    };
    expect(ownEntries(others)).to.deep.equal([]);
    for (const value of [undefined, [], 'x', 1]) expect(ownEntries(value)).to.deep.equal([]);
    expect(launchOf({ command: 'x', environment: { A: 1 } })?.env).to.deep.equal({ A: '1' });
  });
});
