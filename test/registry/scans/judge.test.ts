import { expect } from 'chai';
import { fitted } from '../../../registry/scans/judge.ts';
import { parseAnswer, unscanned } from '../../../registry/scans/verdict.ts';
import type { Report } from '../../../src/lib/certification/report.ts';
import { bundleOf, scanOf } from '../../support/certified-bundle.ts';
import { sha256Of } from '../../support/mcpb.ts';

describe('a report that a registry keeps', () => {
  const bytes = bundleOf();
  let report: Report;
  before(async () => {
    report = await scanOf(bytes);
  });

  const withFindings = (count: number): Report => ({
    ...report,
    controls: report.controls.map((each) => ({
      ...each,
      findings: Array.from({ length: count }, (_, line) => ({
        ...{ severity: 'low' as const, file: 'server/index.js', line, blocks: null },
        ...{ title: 'x'.repeat(100), remedy: 'Take it out.' },
      })),
    })),
  });

  it('is whole where it fits', () => {
    const { report: text, omitted } = fitted(report);
    expect(JSON.parse(text)).to.deep.equal(JSON.parse(JSON.stringify(report)));
    expect(omitted).to.equal(0);
  });

  it('keeps the worst findings of each control where it does not, and says how many are left out', () => {
    const many = withFindings(2_000);
    const { report: text, omitted } = fitted(many);
    expect(Buffer.byteLength(text)).to.be.at.most(1024 * 1024);
    const { controls } = JSON.parse(text) as Report;
    expect(controls.map(({ findings }) => findings.length)).to.deep.equal(Array(25).fill(100));
    expect(controls[0]?.findings[99]?.line).to.equal(99);
    expect(omitted).to.equal(25 * 1_900);
  });

  it('is taken as a worker says it, with its level and every control', () => {
    const answer = { ...fitted(report), sources: { osv: '2026-11-01T00:00:00Z' } };
    const verdict = parseAnswer(JSON.stringify(answer), sha256Of(bytes));
    expect(verdict).to.deep.include({ level: report.level, report: answer.report, omitted: 0 });
    expect('scanner' in verdict && verdict.scanner).to.deep.equal({
      ...report.scanner,
      catalogue: report.catalogue,
      sources: answer.sources,
    });
  });

  it('has the same shape for a bundle that was never scanned', () => {
    const at = new Date('2026-11-01T00:00:00Z');
    const verdict = unscanned({ sha256: 'ab', size: 7 }, 'It is gone.', { name: 'mpak', version: '1' }, at);
    const again = { report: verdict.report, omitted: 0, sources: {} };
    expect(parseAnswer(JSON.stringify(again), 'ab')).to.deep.equal(verdict);
    expect(Object.keys(JSON.parse(verdict.report))).to.have.members(Object.keys(report));
  });
});
