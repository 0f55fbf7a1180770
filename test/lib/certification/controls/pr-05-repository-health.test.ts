import { expect } from 'chai';
import type { ScorecardAnswer } from '../../../../src/lib/certification/context.ts';
import { bundleOf, bundleWithManifest, resultOf } from '../../../support/certified-bundle.ts';
import { provenanceOf } from '../../../support/provenance-of.ts';

const HEALTHY = { 'Token-Permissions': 10, 'Dangerous-Workflow': 10, 'Branch-Protection': 8 };

function scorecard(score: number, checks: Readonly<Record<string, number>>): ScorecardAnswer {
  return { score, checks: new Map(Object.entries(checks)) };
}

describe('PR-05, the health of the repository', () => {
  const judged = (answer: ScorecardAnswer) =>
    resultOf(bundleOf(), 'PR-05', { scorecard: { of: () => answer } });

  it('passes 5.0 of 10 with the checks that matter', async () => {
    const { status, findings } = await judged(scorecard(5, HEALTHY));
    expect({ status, findings }).to.deep.equal({ status: 'pass', findings: [] });
  });

  it('fails less than 5.0', async () => {
    const { status, findings } = await judged(scorecard(4.9, HEALTHY));
    expect(status).to.equal('fail');
    expect(findings).to.have.length(1);
  });

  for (const [name, value] of Object.entries({
    'Token-Permissions': 0,
    'Dangerous-Workflow': 0,
    'Branch-Protection': 4,
  })) {
    it(`fails ${value} for ${name}, whatever the rest`, async () => {
      const { status, findings } = await judged(scorecard(9.1, { ...HEALTHY, [name]: value }));
      expect(status).to.equal('fail');
      expect(findings.map(({ title }) => title).join()).to.contain(name);
    });
  }

  it('is skipped when a check is not there, or could not tell', async () => {
    const { 'Branch-Protection': _, ...less } = HEALTHY;
    for (const checks of [less, { ...HEALTHY, 'Branch-Protection': -1 }]) {
      const { status, reason } = await judged(scorecard(9, checks));
      expect(status).to.equal('skip');
      expect(reason).to.contain('Branch-Protection');
    }
  });

  it('fails all the same for what is known then', async () => {
    expect(
      (await judged(scorecard(9, { ...HEALTHY, 'Token-Permissions': -1, 'Dangerous-Workflow': 0 }))).status,
    )
      .to //
      .equal('fail');
  });

  it('is skipped without a source, a repository or a result, with the reason', async () => {
    expect((await resultOf(bundleOf(), 'PR-05')).reason).to.contain('no source');
    expect((await judged(null)).reason).to.equal('There is no Scorecard of github.com/acme/echo.');
    expect((await judged({ unavailable: 'It is down.' })).reason).to.equal('It is down.');
    const source = { of: () => scorecard(9, HEALTHY) };
    for (const url of [
      '',
      'https://github.com/acme',
      'ssh://git@github.com/acme/echo',
      'https://h/a/b/c/d',
    ]) {
      const bytes = bundleWithManifest({ repository: { type: 'git', url } });
      const { status, reason } = await resultOf(bytes, 'PR-05', { scorecard: source });
      expect(status, url).to.equal('skip');
      expect(reason).to.contain('not known');
    }
  });

  it('asks for the repository that was verified, not for the one that the manifest names', async () => {
    const asked: string[] = [];
    const source = {
      of(repository: string) {
        asked.push(repository);
        return scorecard(9, HEALTHY);
      },
    };
    const bytes = bundleOf();
    await resultOf(bytes, 'PR-05', { scorecard: source });
    const sourceRepository = 'https://github.com/acme/other';
    await resultOf(bytes, 'PR-05', {
      scorecard: source,
      attestation: provenanceOf(bytes, { sourceRepository }),
    });
    expect(asked).to.deep.equal(['github.com/acme/echo', 'github.com/acme/other']);
  });
});
