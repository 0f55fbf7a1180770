import { expect } from 'chai';
import { bundleOf, resultOf, scanOf } from '../../../support/certified-bundle.ts';
import { expectRates, judgeAll } from '../../../support/corpus/corpus.ts';
import { honestSecrets, hostileSecrets } from '../../../support/corpus/secrets.ts';

describe('CQ-01, secrets', () => {
  it('passes a bundle without one', async () => {
    expect((await resultOf(bundleOf(), 'CQ-01')).findings).to.deep.equal([]);
  });

  it('finds every secret of the corpus, and nothing in what looks like one', async () => {
    expectRates('CQ-01', await judgeAll('CQ-01', hostileSecrets()), await judgeAll('CQ-01', honestSecrets()));
  }).timeout(60_000);

  it('says where it is and what, and never the secret itself', async () => {
    const secret = `ghp_${'aZ3kQ9xL2mB7nV5cR8tY1wE4uI6oP0sD'}fGhJ`;
    const report = await scanOf(bundleOf({ 'server/a.js': `\n\nexport const a = '${secret}';\n` }));
    const { findings = [] } = report.controls.find(({ id }) => id === 'CQ-01') ?? {};
    expect(findings).to.have.length(1);
    expect(findings[0]).to.include({ file: 'server/a.js', line: 3, severity: 'critical', blocks: 1 });
    expect(findings[0]?.title).to.contain('GitHub token');
    expect(JSON.stringify(report)).not.to.contain(secret.slice(5, 14));
    expect(report.level).to.equal(0);
  });
});
