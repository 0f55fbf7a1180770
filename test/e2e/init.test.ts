import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { mpak, type Result } from '../support/cli.ts';
import { type Files, writeFiles } from '../support/server-project.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { treeOf } from '../support/tree.ts';

const folder = temporaryFolder();

function run(...args: string[]): Promise<Result> {
  return mpak(folder(), ['bundle', ...args]);
}

function project(files: Files): string {
  const place = path.join(folder(), 'project');
  writeFiles(place, { '.git/config': '[remote "origin"]\n\turl = git@github.com:Acme/echo.git\n', ...files });
  return place;
}

async function manifestOf(source: string, ...args: string[]) {
  const result = await run('init', source, '--yes', ...args);
  expect(result.status, result.stderr).to.equal(0);
  expect(result.stdout).to.equal(`${path.join(source, 'manifest.json')}\n`);
  const validated = await run('validate', source, '--json');
  expect(validated.status, validated.stdout).to.equal(0);
  return JSON.parse(readFileSync(path.join(source, 'manifest.json'), 'utf8'));
}

describe('mpak bundle init', () => {
  it('writes a valid manifest for a Node.js project', async () => {
    const packageJson = {
      name: '@acme/echo',
      version: '1.2.0',
      description: 'Says it again.',
      author: { name: 'Acme', email: 'dev@acme.example' },
      license: 'MIT',
      main: 'server.js',
      engines: { node: '>=20' },
    };
    const manifest = await manifestOf(
      project({ 'package.json': JSON.stringify(packageJson), 'server.js': '' }),
    );
    expect(manifest).to.deep.equal({
      manifest_version: '0.4',
      name: '@acme/echo',
      display_name: 'echo',
      version: '1.2.0',
      description: 'Says it again.',
      author: { name: 'Acme', email: 'dev@acme.example' },
      repository: { type: 'git', url: 'https://github.com/Acme/echo' },
      license: 'MIT',
      server: {
        type: 'node',
        entry_point: 'server.js',
        mcp_config: { command: 'node', args: ['\u0024{__dirname}/server.js'] },
      },
      tools: [],
      compatibility: { runtimes: { node: '>=20' } },
    });
  });

  it('writes a valid manifest for a Python project', async () => {
    const toml = '[project]\nname = "Echo_MCP"\nversion = "0.3.0"\ndescription = "Says it again."\n';
    const manifest = await manifestOf(project({ 'pyproject.toml': toml, 'server.py': '' }));
    expect(manifest).to.deep.include({ name: '@acme/echo-mcp', version: '0.3.0', author: { name: 'Acme' } });
    expect(manifest.server).to.deep.equal({
      type: 'python',
      entry_point: 'server.py',
      mcp_config: {
        command: 'python',
        args: ['\u0024{__dirname}/server.py'],
        env: { PYTHONPATH: '\u0024{__dirname}/deps' },
      },
    });
  });

  it('writes a valid manifest for a program, with what flags say', async () => {
    const source = project({ 'go.mod': 'module github.com/acme/echo\n', 'out/echo': '' });
    const manifest = await manifestOf(source, '--description', 'Says it again.', '--entry-point', 'out/echo');
    expect(manifest).to.deep.include({ name: '@acme/echo', version: '0.1.0', description: 'Says it again.' });
    expect(manifest.server).to.deep.equal({
      type: 'binary',
      entry_point: 'out/echo',
      mcp_config: { command: '\u0024{__dirname}/out/echo', args: [] },
    });
  });

  it('asks nobody without a terminal, and says which flag is missing', async () => {
    const source = project({ 'server.js': '' });
    const before = treeOf(source);
    const result = await run('init', source, '--json');
    expect(result.status).to.equal(2);
    expect(JSON.parse(result.stdout).error).to.include({ code: 'USAGE' });
    expect(JSON.parse(result.stdout).error.hint).to.include('--name');
    expect(treeOf(source)).to.deep.equal(before);
  });

  it('refuses what will not do, and writes nothing', async () => {
    const source = project({
      'package.json': JSON.stringify({ name: 'echo', description: 'x' }),
      'index.js': '',
    });
    const before = treeOf(source);
    for (const flags of [
      ['--name', 'echo'],
      ['--name', '@Acme/echo'],
      ['--version', 'one'],
      ['--author', ' '],
    ]) {
      const result = await run('init', source, '--yes', ...flags);
      expect(result.status, flags.join(' ')).to.equal(2);
    }
    expect((await run('init', path.join(folder(), 'gone'), '--yes')).status).to.equal(3);
    expect(treeOf(source)).to.deep.equal(before);
  });

  it('replaces a manifest only with --force', async () => {
    const source = project({
      'package.json': JSON.stringify({ name: 'echo', version: '1.0.0', description: 'x' }),
      'index.js': '',
      'manifest.json': '{"mine": true}',
    });
    const result = await run('init', source, '--yes');
    expect(result.status).to.equal(2);
    expect(result.stderr).to.include('--force');
    expect(readFileSync(path.join(source, 'manifest.json'), 'utf8')).to.equal('{"mine": true}');
    expect((await manifestOf(source, '--force')).name).to.equal('@acme/echo');
  });
});
