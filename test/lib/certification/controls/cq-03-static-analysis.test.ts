import { expect } from 'chai';
import { RULES, type RuleId } from '../../../../src/lib/certification/analysis/rule.ts';
import { staticAnalysis } from '../../../../src/lib/certification/controls/cq-03-static-analysis.ts';
import { SAMPLES } from '../../../support/analysis-samples.ts';
import { bundleOf, type Changes, resultOf, scanOf } from '../../../support/certified-bundle.ts';

async function judged(changes: Changes) {
  const { controls } = await scanOf(bundleOf(changes), {}, { controls: [staticAnalysis] });
  const result = controls.find(({ id }) => id === 'CQ-03');
  if (result === undefined) throw new Error('not judged');
  return result;
}

describe('CQ-03, static analysis', () => {
  for (const id of Object.keys(RULES) as RuleId[]) {
    const { severity, confidence, remedy } = RULES[id];
    const { hostile, honest } = SAMPLES[id];

    it(`finds ${id}`, async () => {
      expect(hostile).to.not.deep.equal([]);
      for (const [extension, text] of hostile) {
        const { status, allows, findings } = await judged({ [`server/sample.${extension}`]: text });
        const found = findings.filter(({ title }) => title.endsWith(`(${id})`));
        expect(found, text).to.have.length(1);
        const blocks = severity === 'high' && confidence === 'high' ? 2 : null;
        expect(found[0], text).to.include({ severity, remedy, blocks });
        expect({ status, allows }, text).to.deep.equal(
          blocks === null ? { status: 'pass', allows: 4 } : { status: 'fail', allows: 1 },
        );
      }
    });

    it(`takes nothing honest for ${id}`, async () => {
      expect(honest).to.not.deep.equal([]);
      for (const [extension, text] of honest) {
        const { findings } = await judged({ [`server/sample.${extension}`]: text });
        expect(
          findings.filter(({ title, blocks }) => title.endsWith(`(${id})`) || blocks !== null),
          text,
        ).to.deep.equal([]);
      }
    });
  }

  it('passes a bundle that is clean, whatever packages and tests do', async () => {
    const text = "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';\n";
    const files = {
      'node_modules/zod/a.js': text,
      'deps/six-1.0.dist-info/METADATA': 'Name: six\nVersion: 1.0\n',
      'deps/a.js': text,
      'test/a.js': text,
    };
    expect((await resultOf(bundleOf({ 'vendor/a.js': text }), 'CQ-03')).status).to.equal('fail');
    expect((await resultOf(bundleOf(files), 'CQ-03')).status).to.equal('pass');
  });
});
