import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { type LocateOptions, locateCommand } from '../../../src/lib/launch/locate.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { rejectionOf, resolved } from './support.ts';

describe('the program that starts a server', () => {
  const folder = temporaryFolder();
  const ownNode = { path: '/opt/mpak/node', version: '26.1.0' };

  /** Puts programs into a folder on the PATH, each of which says a version. */
  function install(versions: Readonly<Record<string, string>>): string {
    const bin = path.join(folder(), 'bin');
    mkdirSync(bin, { recursive: true });
    for (const [name, version] of Object.entries(versions)) {
      const file = path.join(bin, name);
      const script = version === '' ? 'exit 1' : `[ "$1" = --version ] && echo "It is ${version}"`;
      writeFileSync(file, `#!/bin/sh\n${script}\n`);
      chmodSync(file, 0o755);
    }
    return bin;
  }

  function locate(
    command: string,
    { type = 'node', ...changes }: Partial<LocateOptions> & { type?: string; range?: string } = {},
  ): Promise<string> {
    const server = resolved({ server: { type, mcp_config: { command, args: ['x'] } } }, { folder: folder() });
    return locateCommand({
      server,
      folder: folder(),
      runtimes: { node: changes.range, python: changes.range },
      environment: { PATH: path.join(folder(), 'bin') },
      platform: process.platform,
      ownNode,
      ...changes,
    });
  }

  it('is the Node that runs mpak, as long as it is new enough', async () => {
    install({ node: 'v99.0.0' });
    expect(await locate('node')).to.equal(ownNode.path);
    expect(await locate('node', { range: '>=18' })).to.equal(ownNode.path);
    expect(await locate('node', { range: '>=99' })).to.equal(path.join(folder(), 'bin', 'node'));
    expect(await locate('node', { ownNode: undefined })).to.equal(path.join(folder(), 'bin', 'node'));
  });

  it('is the Node inside a single executable for scripts alone: options are for a whole one', async () => {
    install({ node: 'v99.0.0' });
    const inside = { ...ownNode, scriptsOnly: { MPAK_RUN_AS_NODE: '1' } };
    const start = (...args: string[]) =>
      locate('node', {
        ownNode: inside,
        server: {
          ...resolved(
            { server: { type: 'node', mcp_config: { command: 'node', args: ['x'] } } },
            { folder: folder() },
          ),
          command: 'node',
          args,
        },
      });
    expect(await start('server/index.js')).to.equal(ownNode.path);
    expect(await start(path.join(folder(), 'server', 'index'))).to.equal(ownNode.path);
    for (const args of [['--import', './a.js', 'server/index.js'], ['-e', '0'], []])
      expect(await start(...args)).to.equal(path.join(folder(), 'bin', 'node'));
  });

  it('is a Python of the range that the bundle asks for, by either of its names', async () => {
    const bin = install({ python3: 'Python 3.9.2', python: 'Python 3.12.1' });
    expect(await locate('python')).to.equal(path.join(bin, 'python3'));
    expect(await locate('python3', { range: '>=3.8' })).to.equal(path.join(bin, 'python3'));
    expect(await locate('python3', { range: '>=3.11,<4' })).to.equal(path.join(bin, 'python'));
    const error = await rejectionOf(locate('python3', { range: '>=3.13' }));
    expect(error).to.include({ code: 'INTERPRETER_MISSING', exitStatus: 42 });
    for (const text of ['>=3.13', '3.9.2', '3.12.1', path.join(bin, 'python')])
      expect(error.message).to.include(text);
    expect(error.hint).to.include('Install Python 3');
  });

  it('is no Python 2', async () => {
    install({ python: 'Python 2.7.18' });
    expect((await rejectionOf(locate('python'))).message).to.include('2.7.18');
  });

  it('is exactly the Python that the bundle names', async () => {
    const bin = install({ python3: 'Python 3.12.1', 'python3.11': 'Python 3.11.0' });
    expect(await locate('python3.11')).to.equal(path.join(bin, 'python3.11'));
    const error = await rejectionOf(locate('python3.10'));
    expect(error.code).to.equal('INTERPRETER_MISSING');
    expect(error.message).to.include('needs python3.10: there is none');
  });

  it('says its version, or is not used where one is asked for', async () => {
    install({ python3: '' });
    const { message } = await rejectionOf(locate('python3', { range: '>=3.8' }));
    expect(message).to.include('does not say its version');
  });

  it('is another program on the PATH, or an error that says what to install', async () => {
    const bin = install({ uv: '0.9', docker: '29' });
    expect(await locate('uv', { type: 'uv' })).to.equal(path.join(bin, 'uv'));
    expect(await locate('docker', { type: 'binary' })).to.equal(path.join(bin, 'docker'));
    const hints: [string, string][] = [
      ['npx', 'https://nodejs.org'],
      ['uvx', 'https://docs.astral.sh/uv'],
      ['deno', 'https://deno.com'],
      ['something', 'Install something'],
    ];
    for (const [command, hint] of [...hints]) {
      const error = await rejectionOf(locate(command));
      expect(error.code).to.equal('INTERPRETER_MISSING');
      expect(error.hint).to.include(hint);
    }
    expect((await rejectionOf(locate('uv', { environment: {} }))).hint).to.include('Install uv');
  });

  it('is not found in a folder that depends on where one stands, nor by a file that is no program', async () => {
    const bin = install({ uv: '0.9' });
    const relative = path.relative(process.cwd(), bin);
    await rejectionOf(locate('uv', { environment: { PATH: ['', '.', relative].join(path.delimiter) } }));
    chmodSync(path.join(bin, 'uv'), 0o644);
    await rejectionOf(locate('uv'));
    mkdirSync(path.join(bin, 'docker'));
    await rejectionOf(locate('docker'));
  });

  it("is the bundle's own, which may be executed from now on", async () => {
    const file = path.join(folder(), 'server');
    writeFileSync(file, '#!/bin/sh\n', { mode: 0o640 });
    expect(await locate('./server', { type: 'binary' })).to.equal(file);
    expect(statSync(file).mode & 0o777).to.equal(0o751);
    expect(await locate('server', { type: 'binary' })).to.equal(file);
    const error = await rejectionOf(locate('./gone', { type: 'binary' }));
    expect(error).to.include({ code: 'SERVER_INVALID', exitStatus: 44 });
    expect(existsSync(path.join(folder(), 'gone'))).to.equal(false);
  });
});
