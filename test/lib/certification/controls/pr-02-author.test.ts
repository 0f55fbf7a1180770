import { expect } from 'chai';
import type { Context } from '../../../../src/lib/certification/context.ts';
import { bundleOf, bundleWithManifest, resultOf, scanOf } from '../../../support/certified-bundle.ts';

const ANNOUNCED: Context = { registry: { owner: 'acme', repository: 'acme/echo', commit: 'a'.repeat(40) } };

async function judge(bytes: Uint8Array, context: Context = ANNOUNCED) {
  const { status, allows, reason, findings } = await resultOf(bytes, 'PR-02', context);
  return { status, allows, reason, titles: findings.map(({ title }) => title).join('\n') };
}

describe('PR-02, the author', () => {
  it('passes the baseline that its owner announced', async () => {
    expect(await judge(bundleOf())).to.deep.include({ status: 'pass', allows: 4, titles: '' });
    const upper = { registry: { owner: 'Acme', repository: 'Acme/Echo', commit: '' } };
    expect((await judge(bundleOf(), upper)).status).to.equal('pass');
  });

  it('passes what an attestation says of its publisher', async () => {
    const attestation = {
      predicateType: 'https://slsa.dev/provenance/v1',
      subjectSha256: '',
      issuer: 'https://token.actions.githubusercontent.com',
      builder: null,
      sourceRepository: 'https://github.com/acme/echo',
      sourceCommit: null,
    };
    expect((await judge(bundleOf(), { attestation })).status).to.equal('pass');
    const other = { ...attestation, sourceRepository: 'https://github.com/evil/echo' };
    expect((await judge(bundleOf(), { attestation: other })).status).to.equal('fail');
  });

  it('is skipped where nobody was verified', async () => {
    expect(await judge(bundleOf(), {})).to.deep.include({ status: 'skip', allows: 1 });
    expect((await judge(bundleOf(), { attestation: null })).status).to.equal('skip');
  });

  it('fails by itself alone what somebody else announced', async () => {
    const evil = { registry: { owner: 'evil', repository: 'acme/echo', commit: '' } };
    const [before, after] = await Promise.all([scanOf(bundleOf(), ANNOUNCED), scanOf(bundleOf(), evil)]);
    const changed = after.controls.filter(({ status }, index) => status !== before.controls[index]?.status);
    expect(changed.map(({ id }) => id)).to.deep.equal(['PR-02']);
    expect(changed[0]?.findings[0]?.title).to.equal('It is published by evil, who does not own @acme');
  });

  const failing: [string, Record<string, unknown>, RegExp][] = [
    ['no author', { author: undefined }, /no name/],
    ['an author without an address', { author: { name: 'Acme' } }, /no e-mail/],
    ['an address that is none', { author: { name: 'Acme', email: 'acme' } }, /no e-mail/],
    ['two addresses', { author: { name: 'Acme', email: 'a@acme.example,b@acme.example' } }, /no e-mail/],
    ['a name of hidden characters', { author: { name: '\u200b', email: 'dev@acme.example' } }, /no name/],
    [
      'another repository',
      { repository: { type: 'git', url: 'https://github.com/other/echo' } },
      /another repository/,
    ],
  ];
  for (const [what, changes, title] of failing) {
    it(`fails ${what}`, async () => {
      const { status, titles } = await judge(bundleWithManifest(changes));
      expect(titles).to.match(title);
      expect(status).to.equal('fail');
    });
  }
});
