import { expect } from 'chai';
import { bundleOf, type Changes, resultOf, scanOf } from '../../../support/certified-bundle.ts';
import { APPROVED, judgement, npmLock, OTHER_LOCKS, PYTHON_LOCKS } from '../supply-bundles.ts';

const judge = (changes: Changes) => judgement('SC-04', changes);
const packageJson = (name: string, version: string) => JSON.stringify({ name, version });

describe('SC-04, lockfile integrity', () => {
  it('passes the baseline', async () => {
    expect(await judge({})).to.include({ status: 'pass', allows: 4, titles: '' });
  });

  for (const [tool, changes] of Object.entries({ ...OTHER_LOCKS, ...PYTHON_LOCKS })) {
    it(`passes what is locked by ${tool}`, async () => {
      expect(await judge(changes)).to.include({ status: 'pass', titles: '' });
    });
  }

  it('fails by itself alone what is another version than locked', async () => {
    const changes = { 'node_modules/zod/package.json': packageJson('zod', '4.6.6') };
    const [before, after] = await Promise.all(
      [{}, changes].map((each) => scanOf(bundleOf(each), { approvedSources: APPROVED })),
    );
    const changed = after?.controls.filter(({ status }, index) => status !== before?.controls[index]?.status);
    expect(changed?.map(({ id }) => id)).to.deep.equal(['SC-04']);
    expect(changed?.[0]?.findings.map(({ title, file }) => [title, file])).to.deep.equal([
      ['zod 4.6.6 is zod 4.6.7 in the lockfile', 'node_modules/zod/package.json'],
    ]);
  });

  it('passes what is locked under another name, and what is inside an archive', async () => {
    const { titles } = await judge({
      'package-lock.json': npmLock({ 'node_modules/other': { name: 'lodash', version: '4.17.21' } }),
      'node_modules/other/package.json': packageJson('lodash', '4.17.21'),
      'node_modules/zod/test/node_modules/fixture/package.json': packageJson('fixture', '1.0.0'),
      'node_modules/zod/test/node_modules/fixture/node_modules/x/package.json': packageJson('x', '1.0.0'),
    });
    expect(titles).to.equal('');
  });

  it('asks the lockfile that is nearest', async () => {
    const { titles } = await judge({
      'server/package-lock.json': npmLock({ 'node_modules/zod': { version: '3.0.0' } }),
      'server/node_modules/zod/package.json': packageJson('zod', '4.6.7'),
    });
    expect(titles).to.equal('zod 4.6.7 is zod 3.0.0 in the lockfile');
  });

  const failing: [string, Changes, RegExp][] = [
    ['no lockfile', { 'package-lock.json': null }, /is named by no lockfile/],
    [
      'a package that was added',
      { 'node_modules/evil/package.json': packageJson('evil', '1.0.0') },
      /evil 1\.0\.0 is not in the lockfile/,
    ],
    [
      'a package that was added inside another',
      { 'node_modules/zod/node_modules/evil/package.json': packageJson('evil', '1.0.0') },
      /evil 1\.0\.0 is not in the lockfile/,
    ],
    [
      'a package at the place of another',
      { 'node_modules/zod/package.json': packageJson('evil', '4.6.7') },
      /evil 4\.6\.7 is zod 4\.6\.7/,
    ],
    ['a package without a name', { 'node_modules/evil/index.js': '' }, /does not say which it is/],
    ['a lockfile that is none', { 'package-lock.json': '[]' }, /no object/],
    [
      'a package of Python that is not locked',
      { ...PYTHON_LOCKS.uv, 'deps/evil-1.0.dist-info/METADATA': 'Name: evil\nVersion: 1.0\n' },
      /evil 1\.0 is not in the lockfile/,
    ],
    [
      'packages of Python without a lockfile of Python',
      { 'deps/six-1.0.dist-info/METADATA': 'Name: six\nVersion: 1.0\n' },
      /six 1\.0 is named by no lockfile/,
    ],
    [
      'a package of another version than yarn locked',
      { ...OTHER_LOCKS['yarn 1'], 'node_modules/zod/package.json': packageJson('zod', '4.6.6') },
      /zod 4\.6\.6 is not in the lockfile/,
    ],
  ];
  for (const [what, changes, title] of failing) {
    it(`fails ${what}`, async () => {
      const { status, allows, titles } = await judge(changes);
      expect(titles).to.match(title);
      expect({ status, allows }).to.deep.equal({ status: 'fail', allows: 1 });
    });
  }

  it('reads a lockfile of 100,000 packages', async () => {
    const entries: Record<string, object> = {};
    for (let count = 0; count < 100_000; count += 1) {
      entries[`node_modules/p${count}`] = { version: '1.0.0', integrity: `sha512-${count}` };
    }
    const { status, reason } = await judge({ 'package-lock.json': npmLock(entries) });
    expect({ status, reason }).to.deep.equal({ status: 'pass', reason: null });
  }).timeout(30_000);

  it('takes no key for what it stands for', async () => {
    const hostile = npmLock().replace(
      '"packages":{',
      '"packages":{"__proto__":{"node_modules/zod":{"version":"0.0.0"}},"node_modules/__proto__":{"version":"1.0.0","polluted":1},"node_modules/constructor":null,',
    );
    const { titles } = await judge({ 'package-lock.json': hostile });
    expect(titles).to.equal('');
    expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
  });

  const bombs: [string, string, string][] = [
    ['aliases', 'pnpm-lock.yaml', `a: &a [1]\nb: &b [*a, *a]\nlockfileVersion: [*b, *b]\n`],
    ['a key twice', 'pnpm-lock.yaml', `lockfileVersion: '9.0'\npackages:\n  a@1.0.0: {}\n  a@1.0.0: {}\n`],
    ['nesting', 'pnpm-lock.yaml', `lockfileVersion: ${'['.repeat(20_000)}`],
    ['nesting', 'bun.lock', '{"a":'.repeat(20_000)],
    ['nesting', 'uv.lock', `a = ${'['.repeat(20_000)}`],
    ['nesting', 'package-lock.json', `${'{"dependencies":{"a":'.repeat(5000)}1${'}}'.repeat(5000)}`],
  ];
  for (const [what, name, text] of bombs) {
    it(`ends with an answer to ${what} in ${name}`, async () => {
      const changes = {
        'package-lock.json': null,
        ...PYTHON_LOCKS.poetry,
        'poetry.lock': null,
        [name]: text,
      };
      const result = await resultOf(bundleOf(changes), 'SC-04');
      expect(result.status).to.equal('fail');
      expect(result.findings.map(({ title }) => title).join('\n')).to.match(/not (YAML|TOML)|nested deeper/);
    });
  }
});
