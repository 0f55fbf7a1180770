import { expect } from 'chai';
import type { Changes } from '../../../support/certified-bundle.ts';
import { COMMIT, judgement, npmLock, OTHER_LOCKS, PYTHON_LOCKS, SHA256_HEX } from '../supply-bundles.ts';

const judge = (changes: Changes) => judgement('SC-03', changes);
const packageJson = (dependencies: object) => ({
  'package.json': JSON.stringify({ name: 'echo', version: '1.0.0', dependencies }),
});
const requirements = (text: string): Changes => ({ ...PYTHON_LOCKS.requirements, 'requirements.txt': text });

describe('SC-03, pinning', () => {
  it('passes the baseline', async () => {
    expect(await judge({})).to.include({ status: 'pass', allows: 4, titles: '' });
  });

  it('passes a bundle that depends on nothing', async () => {
    const { status } = await judge({
      'package-lock.json': null,
      'package.json': null,
      'node_modules/zod/package.json': null,
      'node_modules/zod/index.js': null,
      'node_modules/@modelcontextprotocol/sdk/package.json': null,
      'node_modules/@modelcontextprotocol/sdk/index.js': null,
    });
    expect(status).to.equal('pass');
  });

  for (const [tool, changes] of Object.entries({ ...OTHER_LOCKS, ...PYTHON_LOCKS })) {
    it(`passes what is locked by ${tool}`, async () => {
      expect(await judge(changes)).to.include({ status: 'pass', titles: '' });
    });
  }

  it('passes a range that is locked to one version', async () => {
    const { titles } = await judge(packageJson({ zod: '^4.0.0', '@modelcontextprotocol/sdk': '1.x' }));
    expect(titles).to.equal('');
  });

  it('passes a git repository that is locked to a commit', async () => {
    const resolved = `git+ssh://git@github.com/acme/zod.git#${COMMIT}`;
    const { titles } = await judge({
      'package-lock.json': npmLock({ 'node_modules/zod': { resolved, integrity: undefined } }),
      ...packageJson({ zod: `github:acme/zod#${COMMIT}` }),
    });
    expect(titles).to.equal('');
  });

  it('passes what came inside the archive of a locked package', async () => {
    const { titles } = await judge({
      'package-lock.json': npmLock({
        'node_modules/zod/node_modules/a': { version: '1.0.0', inBundle: true },
      }),
    });
    expect(titles).to.equal('');
  });

  const failing: [string, Changes, RegExp][] = [
    ['no lockfile', { 'package-lock.json': null }, /no lockfile/],
    [
      'no lockfile of Python',
      { 'deps/six-1.0.dist-info/METADATA': 'Name: six\nVersion: 1.0\n' },
      /Python and no lockfile/,
    ],
    [
      'a pyproject.toml that asks for more, and no lockfile',
      { 'pyproject.toml': '[project]\ndependencies = ["six"]\n' },
      /Python and no lockfile/,
    ],
    [
      'a package without integrity',
      { 'package-lock.json': npmLock({ 'node_modules/zod': { integrity: undefined } }) },
      /zod 4\.6\.7 is locked without a hash/,
    ],
    [
      'a package by SHA-1',
      { 'package-lock.json': npmLock({ 'node_modules/zod': { integrity: `sha1-${'a'.repeat(27)}=` } }) },
      /another content/,
    ],
    [
      'a link to a folder of packages',
      {
        'package-lock.json': npmLock({
          'node_modules/zod': { link: true, resolved: 'node_modules/zod', integrity: undefined },
        }),
      },
      /zod 4\.6\.7 is locked without a hash/,
    ],
    [
      'an integrity that is none',
      { 'package-lock.json': npmLock({ 'node_modules/zod': { integrity: 'sha512-short' } }) },
      /without a hash/,
    ],
    [
      'a range in the lockfile',
      { 'package-lock.json': npmLock({ 'node_modules/zod': { version: '^4.6.7' } }) },
      /no exact version/,
    ],
    [
      'a branch of a repository',
      {
        'package-lock.json': npmLock({
          'node_modules/zod': { resolved: 'git+ssh://git@x.example/zod.git#main' },
        }),
      },
      /no commit/,
    ],
    [
      'something that says it came inside of nothing',
      {
        'package-lock.json': npmLock({
          'node_modules/zod': { inBundle: true, integrity: undefined },
        }),
      },
      /without a hash/,
    ],
    ['latest', packageJson({ zod: 'latest' }), /"latest", which moves/],
    ['any version', packageJson({ zod: '*' }), /which moves/],
    ['nothing at all', packageJson({ zod: '' }), /which moves/],
    ['a tag under another name', packageJson({ zod: 'npm:zod@next' }), /which moves/],
    ['a repository without a commit', packageJson({ zod: 'github:acme/zod' }), /which moves/],
    ['a branch', packageJson({ zod: 'git+https://x.example/zod.git#semver:^1' }), /which moves/],
    ['what is not locked', packageJson({ zod: '4.6.7', left: '1.0.0' }), /does not name it/],
    ['requirements with a range', requirements(`six>=1.0 --hash=sha256:${SHA256_HEX}`), /no exact version/],
    ['requirements with a star', requirements(`six==1.* --hash=sha256:${SHA256_HEX}`), /no exact version/],
    ['requirements without a version', requirements('six'), /no exact version/],
    ['requirements without a hash', requirements('six==1.0'), /without a hash/],
    ['requirements by MD5', requirements('six==1.0 --hash=md5:abc'), /another content/],
    ['requirements elsewhere', requirements('-r other.txt'), /leads to another file/],
    ['requirements of a branch', requirements('six @ git+https://x.example/six@main'), /no commit/],
    ['requirements of a URL', requirements('https://x.example/six.whl'), /without a hash/],
    [
      'a uv.lock without hashes',
      {
        'uv.lock':
          'version = 1\n[[package]]\nname = "a"\nversion = "1.0"\nsource = { registry = "https://x.example" }\nwheels = [{ url = "https://x.example/a.whl" }]\n',
      },
      /a 1\.0 is locked without/,
    ],
    [
      'a lockfile of pnpm 5',
      { 'package-lock.json': null, 'pnpm-lock.yaml': 'lockfileVersion: 5.4\n' },
      /not read/,
    ],
    ['a package-lock.json that is no JSON', { 'package-lock.json': '{' }, /not JSON/],
    ['a package-lock.json that is none', { 'package-lock.json': '{}' }, /no lockfile of npm/],
    ['a uv.lock that is no TOML', { 'uv.lock': '[[' }, /not TOML/],
    ['a yarn.lock that is none', { 'package-lock.json': null, 'yarn.lock': 'a: [' }, /not YAML/],
  ];
  for (const [what, changes, title] of failing) {
    it(`fails ${what}`, async () => {
      const { status, allows, titles } = await judge(changes);
      expect(titles).to.match(title);
      expect({ status, allows }).to.deep.equal({ status: 'fail', allows: 1 });
    });
  }
});
