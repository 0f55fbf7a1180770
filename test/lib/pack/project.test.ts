import { expect } from 'chai';
import { MpakError } from '../../../src/lib/errors.ts';
import { readGitRemote, repositoryUrl } from '../../../src/lib/pack/git-remote.ts';
import { readProject } from '../../../src/lib/pack/project.ts';
import { type Files, writeFiles } from '../../support/server-project.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const folder = temporaryFolder();

function projectOf(files: Files) {
  writeFiles(folder(), files);
  // Without what is not said.
  return JSON.parse(JSON.stringify(readProject(folder())));
}

describe('a project', () => {
  it('is read from package.json', () => {
    const json = {
      name: '@acme/echo-mcp',
      version: '1.2.3',
      description: ' Says it again. ',
      author: 'Acme <dev@acme.example> (https://acme.example)',
      license: 'MIT',
      repository: 'github:Acme/echo',
      homepage: 'https://acme.example/echo',
      keywords: ['echo', 7],
      bin: { echo: './dist/cli.js' },
      main: 'dist/index.js',
      engines: { node: '>=20' },
    };
    expect(projectOf({ 'package.json': JSON.stringify(json) })).to.deep.equal({
      type: 'node',
      name: '@acme/echo-mcp',
      version: '1.2.3',
      description: 'Says it again.',
      author: { name: 'Acme', email: 'dev@acme.example', url: 'https://acme.example' },
      license: 'MIT',
      repository: 'https://github.com/Acme/echo',
      homepage: 'https://acme.example/echo',
      keywords: ['echo'],
      entryPoint: 'dist/cli.js',
      nodeRange: '>=20',
    });
  });

  it('is read from package.json whatever kinds of values are in it', () => {
    const odd = {
      name: 5,
      version: null,
      author: [],
      repository: { url: 7 },
      bin: {},
      keywords: 'x',
      engines: [],
    };
    expect(projectOf({ 'package.json': JSON.stringify(odd) })).to.deep.equal({
      type: 'node',
      entryPoint: 'index.js',
    });
    expect(projectOf({ 'package.json': '[]' })).to.deep.equal({ type: 'node', entryPoint: 'index.js' });
  });

  it('is read from pyproject.toml', () => {
    const toml = `
[project]
name = "echo-mcp"
version = "1.2.3"
description = "Says it again."
requires-python = ">=3.11"
license = { text = "MIT" }
authors = [{ name = "Acme", email = "dev@acme.example" }]
[project.urls]
Source = "https://github.com/acme/echo.git"
Homepage = "https://acme.example"
[project.scripts]
echo = "echo_mcp.server:main"
`;
    expect(projectOf({ 'pyproject.toml': toml, 'src/echo_mcp/server.py': '' })).to.deep.equal({
      type: 'python',
      name: 'echo-mcp',
      version: '1.2.3',
      description: 'Says it again.',
      author: { name: 'Acme', email: 'dev@acme.example' },
      license: 'MIT',
      repository: 'https://github.com/acme/echo',
      homepage: 'https://acme.example',
      entryPoint: 'src/echo_mcp/server.py',
      script: 'echo',
      pythonRange: '>=3.11',
    });
  });

  it('is read from Cargo.toml, go.mod and requirements.txt', () => {
    const cargo = '[package]\nname = "echo"\nversion = "0.2.0"\nauthors = ["Acme <dev@acme.example>"]\n';
    const go = 'module github.com/acme/echo-mcp/v2\n\ngo 1.23\n';
    expect(projectOf({ 'go.mod': go })).to.deep.equal({
      type: 'binary',
      name: 'echo-mcp',
      repository: 'https://github.com/acme/echo-mcp',
      entryPoint: 'bin/echo-mcp',
    });
    expect(projectOf({ 'Cargo.toml': cargo })).to.deep.equal({
      type: 'binary',
      name: 'echo',
      version: '0.2.0',
      author: { name: 'Acme', email: 'dev@acme.example' },
      entryPoint: 'bin/echo',
    });
    expect(projectOf({ 'requirements.txt': '', 'server.py': '' })).to.deep.equal({
      type: 'python',
      entryPoint: 'server.py',
    });
  });

  it('is nothing where there is nothing', () => {
    expect(projectOf({})).to.deep.equal({});
  });

  it('is refused when its file cannot be parsed', () => {
    for (const [name, content] of [
      ['package.json', '{'],
      ['pyproject.toml', '= ='],
    ] as const) {
      const place = `${folder()}/${name}`;
      writeFiles(place, { [name]: content });
      expect(() => readProject(place))
        .to.throw(MpakError, 'cannot be parsed')
        .with.property('code', 'USAGE');
    }
  });
});

describe('the repository of a folder', () => {
  const url = 'https://github.com/Acme/echo.mcp';
  const forms = [
    'https://github.com/Acme/echo.mcp',
    'https://github.com/Acme/echo.mcp.git',
    'https://user:secret@github.com/Acme/echo.mcp.git',
    'git+https://github.com/Acme/echo.mcp.git',
    'git+ssh://git@github.com/Acme/echo.mcp.git',
    'git://github.com/Acme/echo.mcp.git#main',
    'ssh://git@github.com:22/Acme/echo.mcp',
    'git@github.com:Acme/echo.mcp.git',
    'github:Acme/echo.mcp',
    'Acme/echo.mcp',
  ];
  for (const form of forms) {
    it(`is known from ${form}`, () => expect(repositoryUrl(form)).to.equal(url));
  }

  it('is not known from what is no repository', () => {
    for (const form of [
      '',
      'echo',
      '/srv/git/echo.git',
      '../echo',
      'file:///srv/echo',
      'C:\\echo',
      'https://a',
    ]) {
      expect(repositoryUrl(form), form).to.equal(undefined);
    }
  });

  it('is that of origin, in the folder or one above, and in a worktree', () => {
    const config =
      '[core]\n\tbare = false\n[remote "fork"]\n\turl = git@github.com:other/echo.git\n[remote "origin"]\n';
    writeFiles(folder(), {
      '.git/config': `${config}\turl = git@github.com:acme/echo.git\n\tfetch = x\n[branch "main"]\n\tremote = origin\n`,
      '.git/worktrees/wt/commondir': '../..\n',
      'below/deeper/a': '',
      'wt/.git': 'gitdir: ../.git/worktrees/wt\n',
    });
    for (const place of ['', 'below/deeper', 'wt']) {
      expect(readGitRemote(`${folder()}/${place}`)).to.equal('https://github.com/acme/echo');
    }
    writeFiles(folder(), { '.git/config': config });
    expect(readGitRemote(folder())).to.equal('https://github.com/other/echo');
    writeFiles(folder(), { '.git/config': '' });
    expect(readGitRemote(folder())).to.equal(undefined);
  });
});
