import { expect } from 'chai';
import type { UnattestedPolicy } from '../../../src/lib/config/policy.ts';
import { decide } from '../../../src/lib/install/proposal.ts';
import { acceptanceOf } from '../../../src/lib/install/unattested.ts';

const NAME = '@acme/echo';
const NOTHING: UnattestedPolicy = { unattested: 'ask', allowUnattested: [] };

describe('what nothing proves is accepted', () => {
  const accepted = (
    policy: Partial<UnattestedPolicy>,
    options: Partial<{ wished: boolean; interactive: boolean; yes: boolean }> = {},
  ) =>
    acceptanceOf(NAME, {
      policy: { ...NOTHING, ...policy },
      ...{ wished: false, interactive: false, yes: false, ...options },
    });

  it('by nothing, where it is denied', () => {
    for (const wished of [true, false])
      for (const interactive of [true, false])
        for (const yes of [true, false])
          expect(
            accepted(
              { unattested: 'deny', allowUnattested: [NAME, '@acme/*'] },
              { wished, interactive, yes },
            ),
          ).to.equal(undefined);
  });

  it('by the configuration, for all, for a name or for a scope', () => {
    expect(accepted({ unattested: 'allow' })).to.equal('standing');
    expect(accepted({ allowUnattested: [NAME] })).to.equal('standing');
    expect(accepted({ allowUnattested: ['@acme/*'] }, { wished: true })).to.equal('standing');
    for (const other of ['@acme/echo2', '@acm/*', '@acme/ech']) {
      expect(accepted({ allowUnattested: [other] })).to.equal(undefined);
    }
  });

  it('by the flag, for this once', () => {
    expect(accepted({}, { wished: true })).to.equal('wished');
  });

  it('by whoever is asked, and by nobody where nobody is, or where nothing is to be asked', () => {
    expect(accepted({}, { interactive: true })).to.equal('ask');
    expect(accepted({}, { interactive: true, yes: true })).to.equal(undefined);
    expect(accepted({}, { yes: true })).to.equal(undefined);
    expect(accepted({})).to.equal(undefined);
  });

  it('and is asked about whatever was agreed to beforehand, when it is to be asked', () => {
    for (const consent of ['default', 'always'] as const)
      for (const allow of [[], [NAME], ['@acme/*']])
        for (const yes of [true, false])
          for (const interactive of [true, false])
            expect(
              decide(NAME, ['unattested', 'first'], {
                ...{ interactive, yes, policy: { consent, allow }, unattested: 'ask' },
              }),
            ).to.equal(interactive ? 'ask' : 'refuse');
  });

  it('and is no reason to ask where the configuration accepts it, while all other reasons are', () => {
    const decision = (concerns: Parameters<typeof decide>[1], interactive: boolean) =>
      decide(NAME, concerns, {
        ...{ interactive, yes: false, policy: { consent: 'default', allow: [] }, unattested: 'standing' },
      });
    expect(decision(['unattested'], true)).to.equal('proceed');
    expect(decision(['unattested', 'first'], false)).to.equal('proceed');
    expect(decision(['unattested', 'first'], true)).to.equal('ask');
    for (const other of ['registry', 'publisher', 'permissions'] as const) {
      expect(decision(['unattested', other], false), other).to.equal('refuse');
      expect(decision(['unattested', other], true), other).to.equal('ask');
    }
  });
});
