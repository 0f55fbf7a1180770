import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { collectFiles } from '../../../src/lib/pack/collect.ts';
import { ignoreRules } from '../../../src/lib/pack/ignore-rules.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const folder = temporaryFolder();

function put(...names: string[]): void {
  for (const name of names) {
    const file = path.join(folder(), name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `content of ${name}`);
  }
}

function collect(ignored?: string) {
  return collectFiles(folder(), ignoreRules(ignored));
}

function paths(ignored?: string): string[] {
  const { paths: found, problems } = collect(ignored);
  expect(problems).to.deep.equal([]);
  return [...found];
}

function problems(): string[] {
  return collect().problems.map(({ path: place, message }) => `${place}: ${message}`);
}

describe('the files that become a bundle', () => {
  it('are all that no rule leaves out', () => {
    put('manifest.json', 'server/index.js', 'package-lock.json', 'node_modules/a/index.js', '.well-known');
    expect(paths()).to.have.members([
      'manifest.json',
      'server/index.js',
      'package-lock.json',
      'node_modules/a/index.js',
      '.well-known',
    ]);
  });

  it('are none that hold secrets or history, or differ from machine to machine, even if .mcpbignore wants them', () => {
    put(
      '.env',
      '.env.local',
      'server/.ENV',
      '.npmrc',
      'a/.npmrc',
      '.pypirc',
      '.netrc',
      '.git/config',
      '.svn/x',
    );
    put('old.mcpb', 'new.mcpb.tmp-1-2', '.mcpbignore', '__pycache__/a.pyc', 'b.pyc');
    put('node_modules/.bin/tool', 'node_modules/.package-lock.json', 'a/node_modules/.cache/x', 'kept');
    expect(paths()).to.deep.equal(['kept']);
    expect(paths('!**\n!.env\n!.npmrc\n!.git\n!*.mcpb')).to.deep.equal(['kept']);
  });

  it('are none that editors and tools leave behind, unless .mcpbignore takes them back', () => {
    put(
      '.DS_Store',
      'a.log',
      '.vscode/x',
      'a.map',
      'a.d.ts',
      'tsconfig.json',
      '.venv/bin/python',
      'a.js~',
      'kept',
    );
    expect(paths()).to.deep.equal(['kept']);
    expect(paths('!a.map\n!*.d.ts')).to.have.members(['a.map', 'a.d.ts', 'kept']);
  });

  it('are chosen by .mcpbignore as by .gitignore', () => {
    put('src/a.ts', 'src/keep/b.ts', 'lib/src/c.ts', 'test/d.ts', 'e.tmp', 'x/e.tmp', 'spaced name.txt');
    const ignored = '# not these\n/src/*\n!/src/keep/\ntest/\n*.tmp\nspaced\\ name.txt\r\n';
    expect(paths(ignored)).to.have.members(['src/keep/b.ts', 'lib/src/c.ts']);
  });

  it('are read through links inside the folder', () => {
    put('real/a.txt');
    symlinkSync('real/a.txt', path.join(folder(), 'link.txt'));
    symlinkSync('real', path.join(folder(), 'folder'));
    const found = collect();
    expect([...found.paths]).to.have.members(['real/a.txt', 'link.txt', 'folder/a.txt']);
    expect(found.read('folder/a.txt').toString()).to.equal('content of real/a.txt');
    expect(found.read('link.txt').toString()).to.equal('content of real/a.txt');
  });
});

describe('a folder cannot become a bundle', () => {
  it('with a link that leads out of it, or nowhere', () => {
    put('kept');
    symlinkSync('/etc/passwd', path.join(folder(), 'absolute'));
    symlinkSync('..', path.join(folder(), 'up'));
    symlinkSync('gone', path.join(folder(), 'gone.txt'));
    expect(problems()).to.deep.equal([
      'absolute: "absolute" is a link that leads out of the folder.',
      'gone.txt: "gone.txt" is a link that leads nowhere.',
      'up: "up" is a link that leads out of the folder.',
    ]);
  });

  it('with a link to a folder that it is in', () => {
    put('a/b/c');
    symlinkSync('..', path.join(folder(), 'a/b/up'));
    symlinkSync('.', path.join(folder(), 'self'));
    expect(problems()).to.deep.equal([
      'a/b/up: "a/b/up" is a link to a folder that it is in.',
      'self: "self" is a link to a folder that it is in.',
    ]);
  });

  it('with a link by another name to what is never packed', () => {
    put('.env', '.git/config');
    symlinkSync('.env', path.join(folder(), 'settings'));
    symlinkSync('.git', path.join(folder(), 'history'));
    symlinkSync('.git/config', path.join(folder(), 'remote'));
    expect(problems()).to.deep.equal([
      'history: "history" is a link to ".git", which is never packed.',
      'remote: "remote" is a link to ".git/config", which is never packed.',
      'settings: "settings" is a link to ".env", which is never packed.',
    ]);
  });

  it('with a pipe in it', () => {
    put('kept');
    expect(spawnSync('mkfifo', [path.join(folder(), 'pipe')]).status).to.equal(0);
    expect(problems()).to.deep.equal(['pipe: "pipe" is neither a file nor a folder, and cannot be packed.']);
  });

  it('with names that clients refuse, each told', () => {
    put('a:b', 'aux.js', 'dot.', 'back\\slash', 'Case', 'case', 'hidden\u202ename', `${'x'.repeat(254)}/y`);
    writeFileSync(Buffer.concat([Buffer.from(`${folder()}/`), Buffer.from([0x66, 0xff])]), '');
    const told = problems();
    expect(told).to.have.length(7);
    for (const name of ['a:b', 'aux.js', 'dot.', 'back', 'case', 'hidden', 'f\ufffd']) {
      expect(
        told.some((each) => each.includes(name)),
        name,
      ).to.equal(true);
    }
    expect(told.join()).not.to.include('\u202e');
  });

  it('unless .mcpbignore leaves out what is wrong', () => {
    put('a:b', 'kept');
    symlinkSync('/etc', path.join(folder(), 'etc'));
    expect(paths('a:b\netc')).to.deep.equal(['kept']);
  });
});
