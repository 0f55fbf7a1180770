import { expect } from 'chai';
import { bundleOf, type Changes, resultOf, SOURCE, scanOf } from '../../../support/certified-bundle.ts';
import {
  APPROVED,
  COMMIT,
  judgement,
  npmLock,
  OTHER_LOCKS,
  PYTHON_LOCKS,
  SHA256_HEX,
} from '../supply-bundles.ts';

const judge = (changes: Changes) => judgement('SC-05', changes);
const resolved = (url: string): Changes => ({
  'package-lock.json': npmLock({ 'node_modules/zod': { resolved: url } }),
});

describe('SC-05, trusted sources', () => {
  it('passes the baseline', async () => {
    expect(await judge({})).to.include({ status: 'pass', allows: 4, titles: '' });
  });

  for (const [tool, changes] of Object.entries({ ...OTHER_LOCKS, ...PYTHON_LOCKS })) {
    it(`passes what is locked by ${tool}`, async () => {
      expect(await judge(changes)).to.include({ status: 'pass', titles: '' });
    });
  }

  it('fails by itself alone what is from elsewhere', async () => {
    const [before, after] = await Promise.all(
      [{}, resolved('https://elsewhere.example/zod.tgz')].map((each) =>
        scanOf(bundleOf(each), { approvedSources: APPROVED }),
      ),
    );
    const changed = after?.controls.filter(({ status }, index) => status !== before?.controls[index]?.status);
    expect(changed?.map(({ id }) => id)).to.deep.equal(['SC-05']);
  });

  const failing: [string, Changes, RegExp][] = [
    ['another host', resolved('https://elsewhere.example/npm/zod.tgz'), /elsewhere.*not approved/],
    [
      'the host as a user',
      resolved('https://packages.example.com@elsewhere.example/npm/a.tgz'),
      /not approved/,
    ],
    [
      'the host as a beginning',
      resolved('https://packages.example.com.elsewhere.example/npm/a'),
      /not approved/,
    ],
    ['another folder', resolved('https://packages.example.com/npm-other/a.tgz'), /not approved/],
    ['a way up', resolved(`${SOURCE}../other/a.tgz`), /not approved/],
    ['an encoded way up', resolved(`${SOURCE}%2e%2e%2fother/a.tgz`), /not approved/],
    ['no encryption', resolved(SOURCE.replace('https', 'http')), /not approved/],
    ['another port', resolved('https://packages.example.com:8443/npm/a.tgz'), /not approved/],
    ['no URL', resolved('ftp:x'), /not approved/],
    ['another package', resolved(`${SOURCE}zod-evil/-/zod-evil-4.6.7.tgz`), /locked to another package/],
    ['another scope', resolved(`${SOURCE}@evil%2fzod-a/-/zod-a-4.6.7.tgz`), /locked to another package/],
    ['an archive of the project', resolved('file:zod-4.6.7.tgz'), /no registry/],
    ['a repository', resolved(`git+https://x.example/zod.git#${COMMIT}`), /no attestation/],
    ['no lockfile', { 'package-lock.json': null }, /No lockfile says/],
    ['an npmrc', { '.npmrc': 'registry=https://elsewhere.example/\n' }, /elsewhere.*not approved/],
    ['an npmrc for a scope', { '.npmrc': '@acme:registry = "https://elsewhere.example/"\n' }, /not approved/],
    [
      'a tarball of pnpm',
      {
        'package-lock.json': null,
        'pnpm-lock.yaml': `lockfileVersion: '9.0'\npackages:\n  zod@4.6.7:\n    resolution: {tarball: https://elsewhere.example/zod.tgz}\n`,
      },
      /elsewhere/,
    ],
    [
      'an archive of yarn',
      {
        'package-lock.json': null,
        'yarn.lock': `__metadata:\n  version: 8\n"zod@npm:4.6.7":\n  version: 4.6.7\n  resolution: "zod@npm:4.6.7::__archiveUrl=https%3A%2F%2Felsewhere.example%2Fzod.tgz"\n`,
      },
      /elsewhere/,
    ],
    [
      'another index of Python',
      {
        'requirements.txt': `--extra-index-url https://elsewhere.example/simple\nsix==1.0 --hash=sha256:${SHA256_HEX}\n`,
      },
      /six is from https:\/\/elsewhere/,
    ],
    [
      'a URL of Python',
      { 'requirements.txt': `six @ https://elsewhere.example/six.whl --hash=sha256:${SHA256_HEX}\n` },
      /no registry/,
    ],
  ];
  for (const [what, changes, title] of failing) {
    it(`fails ${what}`, async () => {
      const { status, allows, titles } = await judge(changes);
      expect(titles).to.match(title);
      expect({ status, allows }).to.deep.equal({ status: 'fail', allows: 2 });
    });
  }

  it('is skipped when nothing is approved, and passes when nothing is to be', async () => {
    const { status, reason, allows } = await resultOf(bundleOf(), 'SC-05');
    expect({ status, allows }).to.deep.equal({ status: 'skip', allows: 2 });
    expect(reason).to.contain('sources.npm is not set');
    expect((await resultOf(bundleOf(OTHER_LOCKS['pnpm 10']), 'SC-05')).status).to.equal('pass');
  });

  it('is skipped when an approved index keeps its archives at a place that nobody approved', async () => {
    const approvedSources = new Map([...APPROVED, ['pypi', ['https://packages.example.com/simple']]]);
    const { status, reason } = await resultOf(bundleOf(PYTHON_LOCKS.uv), 'SC-05', { approvedSources });
    expect(status).to.equal('skip');
    expect(reason).to.match(/files\.example\.com is not known.*sources\.pypi/);
  });

  it('tells no password', async () => {
    const { titles } = await judge(resolved('https://user:secret@elsewhere.example/a.tgz'));
    expect(titles).to.contain('elsewhere').and.not.contain('secret');
  });
});
