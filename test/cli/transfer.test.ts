import { expect } from 'chai';
import { ProgressLine } from '../../src/cli/progress.ts';
import { Transfer } from '../../src/cli/transfer.ts';

describe('a transfer as a line', () => {
  it('says how much of how much, and how fast it goes once that can be said', () => {
    const transfer = new Transfer('Downloading');
    expect(transfer.describe(0, 40_000_000, 0)).to.equal('Downloading 0 B of 40.0 MB (0 %)');
    expect(transfer.describe(400_000, 40_000_000, 400)).to.equal('Downloading 400.0 kB of 40.0 MB (1 %)');
    expect(transfer.describe(4_000_000, 40_000_000, 2_000)).to.equal(
      'Downloading 4.0 MB of 40.0 MB (10 %), 2.0 MB/s',
    );
  });

  it('says the rate of the last seconds, not of all of them', () => {
    const transfer = new Transfer('Downloading');
    for (let at = 0; at <= 20_000; at += 100) transfer.describe(at * 1_000, undefined, at);
    for (let at = 20_100; at <= 40_000; at += 100) transfer.describe(20_000_000 + at, undefined, at);
    expect(transfer.describe(20_040_000, undefined, 40_000)).to.equal('Downloading 20.0 MB, 1.0 kB/s');
  });

  it('says no more than all of it, and no rate of what went before', () => {
    const transfer = new Transfer('Downloading');
    transfer.describe(9_000, 10_000, 0);
    expect(transfer.describe(20_000, 10_000, 100)).to.equal('Downloading 20.0 kB of 10.0 kB (100 %)');
    expect(transfer.describe(10, 10_000, 9_000)).to.equal('Downloading 10 B of 10.0 kB (0 %)');
  });

  it('never fills more than a line of the terminal', () => {
    const written: string[] = [];
    const stream = { isTTY: true, columns: 20, write: (text: string) => written.push(text) };
    const line = new ProgressLine(stream as unknown as NodeJS.WriteStream);
    line.update(() => 'x'.repeat(100), 1_000);
    expect(written).to.deep.equal([`\r\u001b[K${'x'.repeat(18)}\u2026`]);
  });
});
