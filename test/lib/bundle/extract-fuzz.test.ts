import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { FuzzReport } from '../../support/archive-fuzz.ts';
import { packEverythingServer } from '../../support/everything-server.ts';
import { makeBundle } from '../../support/mcpb.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const FUZZ = path.join(import.meta.dirname, '../../support/archive-fuzz.ts');
const MOST_BYTES = 512 * 1024 * 1024;
/** Each bundle that is unpacked is flushed to the disk, with whatever else waits to be written there. */
const PATIENCE_MS = 600_000;

describe('an archive with flipped bits, or cut off', () => {
  const folder = temporaryFolder();

  function fuzz(file: string, cases: number): FuzzReport {
    const sandbox = path.join(folder(), 'sandbox');
    mkdirSync(sandbox);
    const before = readdirSync(folder());
    const args = [FUZZ, file, sandbox, String(cases), '20260101'];
    const report: FuzzReport = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
    expect(readdirSync(folder())).to.deep.equal(before);
    return report;
  }

  it('is refused or unpacked as it was, 2,000 times: no crash, nothing outside, little memory', function () {
    this.timeout(PATIENCE_MS);
    const file = path.join(folder(), 'echo.mcpb');
    const files = { 'docs/README.md': 'Says it again. '.repeat(100), 'server/lib/echo.js': 'export {};\n' };
    writeFileSync(file, makeBundle('@acme/echo', '1.0.0', {}, files).bytes);
    const { accepted, refused, failures, peakBytes } = fuzz(file, 2000);
    expect(failures).to.deep.equal([]);
    expect(accepted + Object.values(refused).reduce((sum, count) => sum + count)).to.equal(2000);
    expect(Object.keys(refused).length).to.be.greaterThan(15);
    expect(peakBytes).to.be.within(1, MOST_BYTES);
  });

  it('is so too when it is a real server with thousands of files', async function () {
    this.timeout(PATIENCE_MS);
    const file = path.join(folder(), 'everything.mcpb');
    await packEverythingServer('@acme/everything', file);
    const { refused, failures, peakBytes } = fuzz(file, 40);
    expect(failures).to.deep.equal([]);
    expect(refused).not.to.deep.equal({});
    expect(peakBytes).to.be.within(1, MOST_BYTES);
  });
});
