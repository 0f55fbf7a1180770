import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect } from 'chai';
import { CONTROLS } from '../../../src/lib/certification/controls.ts';
import type { ScanFuzzReport } from '../../support/scan-fuzz.ts';

const FUZZ = path.join(import.meta.dirname, '../../support/scan-fuzz.ts');
const MOST_BYTES = 768 * 1024 * 1024;
/** CONTRIBUTING.md says how to let it run for longer. */
const SECONDS = Number(process.env.MPAK_FUZZ_SECONDS ?? 15);
const SEED = process.env.MPAK_FUZZ_SEED ?? '20260101';

describe('bundles that are made to break the scanner', () => {
  it('end in one report each, the same each time: no crash, no error of a control, little memory', function () {
    this.timeout(SECONDS * 1000 + 300_000);
    const args = [FUZZ, String(SECONDS * 1000), SEED];
    const report: ScanFuzzReport = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
    expect(report.failures).to.deep.equal([]);
    expect(report.scans).to.be.greaterThan(5);
    for (const { id } of CONTROLS) expect(Object.keys(report.answers).join(), id).to.contain(id);
    expect(report.peakBytes).to.be.within(1, MOST_BYTES);
  });
});
