import { expect } from 'chai';
import type { Environment } from '../../bench/environment.ts';
import { allPass, reportOf, tableOf } from '../../bench/report.ts';
import { row } from '../../bench/rows.ts';

const ENVIRONMENT: Environment = {
  day: '2026-11-24',
  machine: { cores: 2, model: 'Some CPU', memoryGb: 23.5, kernel: 'Linux 6.1' },
  versions: { mpak: '0.1.0', Node: '26.10.0' },
  corpus: { sizes: [1000, 100_000], seed: 7, records: 2000, real: false },
};

describe('a row of a benchmark', () => {
  it('passes up to its bar, and not beyond', () => {
    const pass = (ours: number) => row({ measure: 'x', ours, baseline: 10, unit: 'ms', bar: 1.4 }).pass;
    expect([13, 14, 14.1].map(pass)).to.deep.equal([true, true, false]);
  });

  it('passes from its bar on, when it asks for at least that', () => {
    const pass = (ours: number) =>
      row({ measure: 'x', ours, baseline: 10, unit: '/s', bar: 0.6, atLeast: true }).pass;
    expect([5.9, 6, 7].map(pass)).to.deep.equal([false, true, true]);
  });

  it('asks nothing without a bar, and does not pass with one when there is no ratio', () => {
    expect(row({ measure: 'x', ours: 99, baseline: 1, unit: 'ms' }).pass).to.equal(true);
    const none = { measure: 'x', ours: 0, baseline: 0, unit: 'ms' };
    expect(row({ ...none, bar: 1 }).pass).to.equal(false);
    expect(row({ ...none, bar: 1, atLeast: true }).pass).to.equal(false);
  });

  it('has a ratio of its own, where that is the median of many', () => {
    expect(row({ measure: 'x', ours: 30, baseline: 20, unit: 'ms', ratio: 1.3, bar: 1.4 })).to.include({
      ratio: 1.3,
      pass: true,
    });
  });
});

describe('the table of benchmarks', () => {
  const outcomes = [
    {
      name: 'start',
      rows: [
        row({ measure: 'a start', ours: 15, baseline: 10, unit: 'ms', bar: 1.4 }),
        row({ measure: 'a|b', ours: 1234, baseline: 2000, unit: '/s', bar: 0.6, atLeast: true }),
        row({ measure: 'told', ours: 0.0123, baseline: 1, unit: 's' }),
      ],
    },
    { name: 'sync', rows: [], failure: 'cannot open /home/someone/x.sqlite\n    at file:///a/b.ts:1:1' },
  ];

  it('says for each measure what it is, what is asked, and whether that is met', () => {
    expect(tableOf(outcomes).split('\n')).to.deep.equal([
      '| measure             |     ours | baseline |    ratio |      bar | pass   |',
      '| ------------------- | -------: | -------: | -------: | -------: | ------ |',
      '| a start             |  15.0 ms |  10.0 ms |   1.50 × | ≤ 1.40 × | NO     |',
      '| a\\|b                | 1,234 /s | 2,000 /s |   0.62 × | ≥ 0.60 × | yes    |',
      '| told                | 0.0123 s |   1.00 s | 0.0123 × |     none |        |',
      '| sync: cannot open … |          |          |          |          | FAILED |',
      '',
    ]);
  });

  it('tells of no place of the machine it was made on', () => {
    const places = ['/srv/x/y', 'file:///srv/x/y.ts:3', "'/srv/a b'", 'C:\\Users\\x\\y'];
    for (const place of places) {
      const table = tableOf([{ name: 'x', rows: [], failure: `ENOENT: open ${place}` }]);
      expect(table, place).not.to.match(/srv|Users/);
    }
    expect(tableOf([{ name: 'x', rows: [], failure: 'HTTP 404 of http://localhost:1/v1/x' }])).to.include(
      'http://localhost:1/v1/x',
    );
  });

  it('is passed when everything was run and no bar is missed', () => {
    const good = { name: 'x', rows: [row({ measure: 'x', ours: 1, baseline: 1, unit: 'ms', bar: 1 })] };
    expect(allPass([good])).to.equal(true);
    expect(allPass([good, { name: 'y', rows: [], failure: 'no' }])).to.equal(false);
    expect(allPass(outcomes.slice(0, 1))).to.equal(false);
  });

  it('is written with what it was measured on', () => {
    const report = reportOf(outcomes, ENVIRONMENT);
    expect(report).to.include(tableOf(outcomes));
    expect(report).to.include('1 bar missed, 1 benchmark failed.');
    expect(report).to.include('2 cores, Some CPU, 24 GB of memory, Linux 6.1');
    expect(report).to.include('mpak 0.1.0, Node 26.10.0');
    expect(report).to.include('corpora of 1,000, 100,000 packages: 2,000 records, the sample');
    expect(report).to.include('the seed 7');
  });
});
