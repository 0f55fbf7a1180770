import { expect } from 'chai';
import fc from 'fast-check';
import { parseOsvRecord } from '../../../src/lib/vulnerabilities/osv-record.ts';
import { bundleOf, type Changes, scanOf } from '../../support/certified-bundle.ts';
import { osvRecord } from '../../support/osv.ts';
import { APPROVED, npmLock, OTHER_LOCKS, PYTHON_LOCKS } from './supply-bundles.ts';

const SUPPLY = new Set(['SC-01', 'SC-02', 'SC-03', 'SC-04', 'SC-05', 'AI-05', 'PR-02']);
const DATA = { approvedSources: APPROVED, vulnerabilities: { asOf: '2026-01-01', affecting: () => [] } };

/** Texts that are nearly what they were: cut, doubled, with something else in them. */
function mutations(text: string) {
  const at = fc.nat({ max: text.length });
  const odd = fc.constantFrom(
    '',
    '"',
    '{',
    '[',
    '\n',
    ':',
    '\\',
    '\u0000',
    '__proto__',
    '@',
    '&a *a',
    '#',
    '- ',
    'null',
    '99999',
  );
  return fc
    .tuple(at, fc.nat({ max: 40 }), odd)
    .map(([start, length, put]) => text.slice(0, start) + put + text.slice(start + length));
}

async function outcome(changes: Changes): Promise<string[]> {
  const { controls } = await scanOf(bundleOf(changes), DATA);
  return controls
    .filter(({ id, status }) => SUPPLY.has(id) && status === 'error')
    .map(({ reason }) => reason ?? '');
}

describe('what a bundle says of its dependencies', () => {
  const sources: [string, Changes, string][] = [
    ['package-lock.json', {}, npmLock()],
    [
      'sbom.cdx.json',
      {},
      JSON.stringify({
        bomFormat: 'CycloneDX',
        specVersion: '1.6',
        components: [{ name: 'zod', version: '4.6.7', purl: 'pkg:npm/zod@4.6.7' }],
        vulnerabilities: [{ id: 'CVE-2026-1', analysis: { state: 'not_affected' }, affects: [{ ref: 'x' }] }],
      }),
    ],
    ['package.json', {}, JSON.stringify({ bin: { a: 'b.js' }, dependencies: { zod: '^4', a: 'npm:b@1' } })],
  ];
  for (const changes of Object.values({ ...OTHER_LOCKS, ...PYTHON_LOCKS })) {
    for (const [file, text] of Object.entries(changes)) {
      if (typeof text === 'string') sources.push([file, changes, text]);
    }
  }
  for (const [file, changes, text] of sources) {
    it(`is judged, whatever ${file} has become (${text.length} bytes)`, async () => {
      await fc.assert(
        fc.asyncProperty(mutations(text), async (mutated) => {
          expect(await outcome({ ...changes, [file]: mutated })).to.deep.equal([]);
        }),
        { numRuns: 25 },
      );
    });
  }

  it('a record of OSV is one or none, whatever it has become', () => {
    fc.assert(
      fc.property(mutations(JSON.stringify(osvRecord())), (mutated) => {
        const record = parseOsvRecord(Buffer.from(mutated), 'npm');
        if (record !== undefined) expect(record.id).to.match(/^[A-Za-z][\w.:-]+$/);
      }),
      { numRuns: 500 },
    );
  });
});
