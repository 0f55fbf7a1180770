import { expect } from 'chai';
import { bundleOf, bundleWithManifest, type Changes, resultOf } from '../../support/certified-bundle.ts';

const SHELL = "require('child_process').exec('ls ' + process.argv[2]);\n";
const config = (args: string[], more: object = {}) => ({
  server: { type: 'node', entry_point: 'server/index.js', mcp_config: { command: 'node', args, ...more } },
});

async function titles(bytes: Uint8Array, id: string): Promise<string[]> {
  const { findings } = await resultOf(bytes, id);
  return findings.filter(({ blocks }) => blocks !== null).map(({ file, title }) => `${file}: ${title}`);
}

describe('code that is not called code', () => {
  it('is judged when an interpreter is given it, whatever it is called', async () => {
    const started: [Readonly<Record<string, unknown>>, string][] = [
      [{ server: { ...config([]).server, entry_point: 'server/main.txt' } }, 'server/main.txt'],
      [config(['\u0024{__dirname}/server/main.html']), 'server/main.html'],
      [config(['--require', '\u0024{__dirname}/pre.dat', '\u0024{__dirname}/server/index.js']), 'pre.dat'],
      [config(['--import=\u0024{__dirname}/pre.sh', '\u0024{__dirname}/server/index.js']), 'pre.sh'],
      [config(['--env-file', '\u0024{__dirname}/a.env', '\u0024{__dirname}/server/run']), 'server/run'],
    ];
    for (const [manifest, file] of started) {
      const found = await titles(bundleWithManifest(manifest, { [file]: SHELL, 'a.env': 'A=1\n' }), 'CQ-05');
      expect(found.join(), file).to.contain(`${file}: `);
    }
    const python = {
      server: { type: 'python', entry_point: 'main.cfg', mcp_config: { command: 'python3', args: [] } },
    };
    const files = { 'main.cfg': 'eval(input())\n', 'server/index.js': null };
    expect((await titles(bundleWithManifest(python, files), 'CQ-05')).join()).to.contain('main.cfg: ');
  });

  it('is data when it is given as such', async () => {
    const args = [
      '--env-file',
      '\u0024{__dirname}/a.env',
      '\u0024{__dirname}/server/index.js',
      '--config',
      '\u0024{__dirname}/c.txt',
    ];
    const bytes = bundleWithManifest(config(args), { 'a.env': 'A=1 (\n', 'c.txt': 'no (code\n' });
    expect(await resultOf(bytes, 'CQ-05')).to.include({ status: 'pass' });
    expect(await titles(bytes, 'AI-05')).to.deep.equal([]);
  });

  it('is told when the manifest has it in itself', async () => {
    const starts: [string[], object, RegExp][] = [
      [['-e', 'f()'], {}, /arguments/],
      [['--import=data:text/javascript,f()'], {}, /arguments/],
      [['-c', 'import x'], { command: '/usr/bin/python3' }, /arguments/],
      [['-c', 'x'], { command: 'bash' }, /arguments/],
      [[], { env: { NODE_OPTIONS: '--import ./a.txt' } }, /NODE_OPTIONS/],
      [[], { platform_overrides: { linux: { env: { LD_PRELOAD: 'a' } } } }, /LD_PRELOAD/],
    ];
    for (const [args, more, where] of starts) {
      const found = await titles(bundleWithManifest(config(args, more)), 'AI-05');
      expect(found.join(), where.source).to.match(where);
    }
    const honest = config(['--no-warnings', '\u0024{__dirname}/server/index.js'], {
      env: { NODE_OPTIONS: '--max-old-space-size=99' },
    });
    expect(await titles(bundleWithManifest(honest), 'AI-05')).to.deep.equal([]);
  });

  it('is told when own code requires it', async () => {
    const loads: [string, Changes, string][] = [
      ["require('./a.dat')", { 'server/a.dat': SHELL }, 'server/a.dat'],
      ["require('../words.txt')", { 'words.txt': SHELL }, 'words.txt'],
      ["import './more'", { 'server/more': SHELL }, 'server/more'],
      [
        "import { createRequire } from 'node:module'; const load = createRequire(import.meta.url); load('./a.css')",
        { 'server/a.css': SHELL },
        'server/a.css',
      ],
      [
        "import { createRequire } from 'node:module'; createRequire(import.meta.url)(['.', 'a.png'].join('/'))",
        { 'server/a.png': SHELL },
        'server/a.png',
      ],
      [
        "import { Worker } from 'node:worker_threads'; new Worker(new URL('./a.txt', import.meta.url))",
        { 'server/a.txt': SHELL },
        'server/a.txt',
      ],
      [
        "const { fork } = require('child_process'); const path = require('path'); fork(path.join(__dirname, 'a.dat'))",
        { 'server/a.dat': SHELL },
        'server/a.dat',
      ],
    ];
    for (const [index, files, file] of loads) {
      const found = await titles(bundleOf({ 'server/index.js': index, ...files }), 'AI-05');
      expect(found, file).to.deep.equal([`${file}: It is loaded as code, and is not called so`]);
    }
    const honest = "require('./a.json'); readFileSync('./a.txt'); import('./b'); require('./c.js')";
    const files = { 'server/a.json': '{}', 'server/a.txt': 'x', 'server/b.js': '', 'server/c.js': '' };
    expect(await titles(bundleOf({ 'server/index.js': honest, ...files }), 'AI-05')).to.deep.equal([]);
  });
});
