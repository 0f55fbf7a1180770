import { expect } from 'chai';
import fc from 'fast-check';
import { parsePackageName } from '../../../src/lib/bundle/name.ts';
import { isAllowed } from '../../../src/lib/config/policy.ts';
import { type Concern, concernsOf, decide, type Proposal } from '../../../src/lib/install/proposal.ts';
import type { Verified } from '../../../src/lib/provenance/verify.ts';
import { provenanceFrom } from '../../support/index-of.ts';
import { receiptOf } from '../cache/installed.ts';

const NAME = parsePackageName('@acme/echo') ?? expect.fail();
const VERIFIED = {} as Verified;
const PUBLISHER = { owner: 'Acme', owner_id: '4711', repository: 'Acme/echo' };

type Permissions = Record<string, unknown> | null;

/** An update of 1.0.0, or a first installation. */
function proposal(options: {
  verified?: Verified | null;
  provenance?: Proposal['resolved']['provenance'];
  before?: { publisher?: typeof PUBLISHER | null; permissions?: Permissions } | undefined;
  permissions?: Permissions;
}): Proposal {
  const {
    verified = VERIFIED,
    provenance = provenanceFrom('Acme/echo'),
    before,
    permissions = null,
  } = options;
  const current =
    before === undefined
      ? undefined
      : {
          name: NAME,
          version: '1.0.0',
          folder: '/nowhere',
          receipt: receiptOf(NAME, '1.0.0', {
            publisher: before.publisher === undefined ? PUBLISHER : before.publisher,
            permissions: JSON.stringify(before.permissions ?? null),
          }),
        };
  const resolved = { name: NAME, version: '2.0.0', provenance } as Proposal['resolved'];
  return {
    registry: 'https://registry.example.com',
    source: 'signed',
    resolved,
    tools: [],
    permissions,
    certification: null,
    findings: null,
    verified,
    current,
  };
}

const update = (before: Permissions, now: Permissions) =>
  concernsOf(proposal({ before: { permissions: before }, permissions: now }));

describe('what speaks for asking', () => {
  it('is that it is the first, and that nothing proves it', () => {
    expect(concernsOf(proposal({}))).to.deep.equal(['first']);
    expect(concernsOf(proposal({ verified: null }))).to.deep.equal(['unattested', 'first']);
    expect(concernsOf(proposal({ permissions: { network: 'full' } }))).to.deep.equal(['first']);
  });

  it('is, in the MCP registry, that who built it is not whose name it has', () => {
    const built = (owner: string | undefined) => ({ signer: { owner } }) as Verified;
    const first = (verified: Verified | null) => concernsOf({ ...proposal({ verified }), source: 'mcp' });
    expect(first(built('Acme'))).to.deep.equal(['first']);
    expect(first(built('evil'))).to.deep.equal(['owner', 'first']);
    expect(first(built(undefined))).to.deep.equal(['owner', 'first']);
    expect(first(null)).to.deep.equal(['unattested', 'first']);
    const decision = (allow: readonly string[], yes = false) =>
      decide(NAME, ['owner', 'first'], {
        ...{ interactive: false, yes, unattested: 'standing', policy: { consent: 'default', allow } },
      });
    expect(decision([])).to.equal('refuse');
    // All that is acme's is not what others build.
    expect(decision(['@acme/*'])).to.equal('refuse');
    expect(decision([NAME])).to.equal('proceed');
    expect(decision([], true)).to.equal('proceed');
  });

  it('is nothing for an update by the same publisher', () => {
    expect(concernsOf(proposal({ before: {} }))).to.deep.equal([]);
    expect(concernsOf(proposal({ before: {}, verified: null }))).to.deep.equal(['unattested']);
  });

  it('is another registry, whatever else is the same', () => {
    const update = { ...proposal({ before: {} }), registry: 'https://other.example.com' };
    expect(concernsOf(update)).to.deep.equal(['registry']);
    expect(concernsOf({ ...proposal({}), registry: 'https://other.example.com' })).to.deep.equal(['first']);
  });

  const other = (repository: string, owner_id: string) => {
    const provenance = provenanceFrom(repository);
    return { ...provenance, claims: { ...provenance.claims, owner_id } };
  };
  for (const [what, provenance, publisher, concern] of [
    ['the same account and repository', other('Acme/echo', '4711'), PUBLISHER, false],
    ['another account of the same name', other('Acme/echo', '4712'), PUBLISHER, true],
    ['another repository of the account', other('Acme/other', '4711'), PUBLISHER, true],
    ['an import, after an account', null, PUBLISHER, true],
    ['an account, after an import', other('Acme/echo', '4711'), null, true],
    ['an import, after an import', null, null, false],
  ] as const) {
    it(`is ${concern ? '' : 'not '}the publisher: ${what}`, () => {
      const concerns = concernsOf(proposal({ before: { publisher }, provenance }));
      expect(concerns).to.deep.equal(concern ? ['publisher'] : []);
    });
  }

  it('is the publisher that the attestation proves, whatever the registry claims', () => {
    const verified = (owner_id: string, repository: string) =>
      ({ signer: { owner: 'Acme', owner_id, repository } }) as Verified;
    const claimed = other('Acme/echo', '4711');
    const concerns = (signer: Verified, before: typeof PUBLISHER | null) =>
      concernsOf(proposal({ before: { publisher: before }, provenance: claimed, verified: signer }));
    expect(concerns(verified('4711', 'acme/Echo'), PUBLISHER)).to.deep.equal([]);
    expect(concerns(verified('222', 'Acme/echo'), PUBLISHER)).to.deep.equal(['publisher']);
    expect(concerns(verified('4711', 'Acme/side-project'), PUBLISHER)).to.deep.equal(['publisher']);
    expect(concerns(verified('4711', 'Acme/echo'), null)).to.deep.equal(['publisher']);
  });

  for (const [before, now, concern] of [
    [null, null, false],
    [null, {}, false],
    [null, { network: 'none' }, false],
    [null, { network: 'full' }, true],
    [{ network: 'none' }, null, true],
    [{}, null, true],
    [{ network: 'none' }, { network: 'none' }, false],
    [{ network: 'none' }, { network: 'outbound' }, true],
    [{ network: 'full' }, { network: 'none' }, false],
    [{ network: 'full' }, {}, false],
    [{ network: 'full' }, { network: 'full', subprocess: 'none' }, false],
    [{ network: 'full' }, { network: 'full', subprocess: 'full' }, true],
    [{ environment: ['A'] }, { environment: ['A'] }, false],
    [{ environment: ['B', 'A'] }, { environment: ['A', 'B'] }, false],
    [{ environment: ['A', 'B'] }, { environment: ['A'] }, false],
    [{ environment: ['A'] }, { environment: ['A', 'B'] }, true],
    [{ environment: 'A' }, { environment: ['A'] }, true],
    [{ environment: [] }, { environment: { A: true } }, true],
    [{ native: false }, { native: true }, true],
    [{ native: true }, { native: false }, false],
    [{ fs: { read: ['/a'] } }, { fs: { read: ['/a'], write: [] } }, false],
    [{ fs: { read: ['/a'] } }, { fs: { read: ['/a'], write: ['/a'] } }, true],
    [{ fs: 'none' }, { fs: { read: ['/a'] } }, true],
    [{ fs: { read: ['/a'] } }, { fs: 'full' }, true],
    [{}, JSON.parse('{"__proto__": {"polluted": true}}'), true],
    [{}, { constructor: 'full' }, true],
    [{ limit: 1 }, { limit: 2 }, true],
  ] as readonly [Permissions, Permissions, boolean][]) {
    it(`${JSON.stringify(before)} to ${JSON.stringify(now)} ${concern ? 'asks' : 'does not ask'}`, () => {
      expect(update(before, now)).to.deep.equal(concern ? ['permissions'] : []);
    });
  }

  const granted = fc.oneof(
    fc.constant(true),
    fc.constantFrom('read', 'full', 'outbound'),
    fc.integer({ min: 1 }),
  );
  const refusedValue = fc.constantFrom(false, null, 'none');
  const { tree } = fc.letrec((tie) => ({
    tree: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'toString'), tie('value'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      granted,
      refusedValue,
      fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 3 }),
      tie('tree'),
    ),
  })) as { tree: fc.Arbitrary<Record<string, unknown>> };

  it('is never the same again', () => {
    fc.assert(
      fc.property(tree, (permissions) => {
        expect(update(permissions, permissions)).to.deep.equal([]);
      }),
    );
  });

  it('is never missed when something is granted that was not, anywhere', () => {
    fc.assert(
      fc.property(tree, tree, (before, now) => {
        const known = grants(before);
        const isMore = [...grants(now)].some((grant) => !known.has(grant));
        expect(update(before, now)).to.deep.equal(isMore ? ['permissions'] : []);
      }),
      { numRuns: 1000 },
    );
  });
});

/** Every permission that is granted, with its path: another way to say what is compared. */
function grants(value: unknown, at = ''): Set<string> {
  if (value === null || value === undefined || value === false || value === 'none') return new Set();
  if (Array.isArray(value)) return new Set(value.map((item) => `${at} has ${JSON.stringify(item)}`));
  if (typeof value === 'object')
    return new Set(Object.entries(value).flatMap(([key, inner]) => [...grants(inner, `${at}/${key}`)]));
  return new Set([`${at} is ${JSON.stringify(value)}`]);
}

describe('who decides', () => {
  const concernSets: Concern[][] = [
    [],
    ['first'],
    ['unattested'],
    ['unattested', 'first'],
    ['publisher'],
    ['permissions'],
    ['publisher', 'permissions'],
  ];

  for (const concerns of concernSets)
    for (const consent of ['default', 'always'] as const)
      for (const interactive of [true, false]) {
        const isSerious = concerns.some((concern) => concern !== 'first');
        const isQuiet = consent === 'default' && (concerns.length === 0 || (!interactive && !isSerious));
        const expected = isQuiet ? 'proceed' : interactive ? 'ask' : 'refuse';
        const where = `${consent}, ${interactive ? 'on a terminal' : 'without one'}`;
        it(`[${concerns}], ${where}: ${expected}; --yes and the allow list: proceed`, () => {
          const decision = (yes: boolean, allow: string[]) =>
            decide(NAME, concerns, {
              interactive,
              yes,
              policy: { consent, allow },
              unattested: 'wished',
            });
          expect(decision(false, [])).to.equal(expected);
          expect(decision(false, ['@acme/other', '@other/*'])).to.equal(expected);
          for (const agreed of [decision(true, []), decision(false, [NAME]), decision(false, ['@acme/*'])])
            expect(agreed).to.equal('proceed');
        });
      }

  it('is not the allow list for another registry: it is of names, and there the same name is another', () => {
    for (const interactive of [true, false]) {
      const decision = (yes: boolean) =>
        decide(NAME, ['registry'], {
          interactive,
          yes,
          policy: { consent: 'default', allow: [NAME, '@acme/*'] },
          unattested: 'wished',
        });
      expect(decision(false)).to.equal(interactive ? 'ask' : 'refuse');
      expect(decision(true)).to.equal('proceed');
    }
  });

  it('is written out: the six that matter', () => {
    const decision = (concerns: Concern[], interactive: boolean) =>
      decide(NAME, concerns, {
        interactive,
        yes: false,
        policy: { consent: 'default', allow: [] },
        unattested: 'wished',
      });
    expect(decision([], true)).to.equal('proceed');
    expect(decision(['first'], true)).to.equal('ask');
    expect(decision(['first'], false)).to.equal('proceed');
    expect(decision(['permissions'], true)).to.equal('ask');
    expect(decision(['permissions'], false)).to.equal('refuse');
    expect(decision(['unattested', 'first'], false)).to.equal('refuse');
  });

  it('allows by the whole name or the whole scope', () => {
    for (const pattern of ['@acme/echo', '@acme/*']) expect(isAllowed(NAME, [pattern])).to.equal(true);
    for (const pattern of [
      '*',
      '@*',
      '@acme',
      '@acme/',
      '@acme/e*',
      '@acme/ech',
      '@acm/*',
      'acme/*',
      '@acme/echo2',
    ])
      expect(isAllowed(NAME, [pattern]), pattern).to.equal(false);
  });
});
