import { expect } from 'chai';
import type { VerifiedProvenance } from '../../../../src/lib/certification/context.ts';
import { bundleOf, resultOf } from '../../../support/certified-bundle.ts';
import { provenanceOf } from '../../../support/provenance-of.ts';

const HOSTED = 'https://github.com/actions/runner/github-hosted';
const GENERATOR =
  'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml';

describe('PR-03, the build attestation', () => {
  const bytes = bundleOf();
  const judged = (changes: Partial<VerifiedProvenance>, builders?: readonly string[]) =>
    resultOf(bytes, 'PR-03', { attestation: provenanceOf(bytes, changes), builders });

  it('passes provenance of a workflow on a machine of GitHub', async () => {
    const { status, findings } = await judged({});
    expect({ status, findings }).to.deep.equal({ status: 'pass', findings: [] });
  });

  it('passes provenance that names the machine itself', async () => {
    expect((await judged({ builder: HOSTED })).status).to.equal('pass');
  });

  it('passes a builder of the configuration, at whatever version', async () => {
    expect((await judged({ builder: `${GENERATOR}@refs/tags/v2` }, [GENERATOR])).status).to.equal('pass');
    expect((await judged({ builder: GENERATOR }, [GENERATOR])).status).to.equal('pass');
  });

  const wrong: Readonly<Record<string, Partial<VerifiedProvenance>>> = {
    'another predicate': { predicateType: 'https://spdx.dev/Document/v2.3' },
    'provenance of an older version': { predicateType: 'https://slsa.dev/provenance/v0.2' },
    'another subject': { subjectSha256: 'ab'.repeat(32) },
    'no builder': { builder: null },
    'a builder that nobody knows': { builder: 'https://builder.example/v1' },
    'a workflow that is not the one that signed': {
      builder: 'https://github.com/slsa-framework/trusted/.github/workflows/build.yml@refs/heads/main',
    },
    'a machine of the publisher': { runner: 'self-hosted' },
    'a machine of the publisher that says it is GitHub’s': { runner: 'self-hosted', builder: HOSTED },
    'a machine that only the predicate names': { runner: null, builder: HOSTED },
    'a builder that begins as a known one does': { builder: `${HOSTED}.example` },
    'no commit': { sourceCommit: null },
    'a branch for a commit': { sourceCommit: 'main' },
  };
  for (const [what, changes] of Object.entries(wrong)) {
    it(`fails ${what}`, async () => {
      const { status, findings } = await judged(changes);
      expect(status).to.equal('fail');
      expect(findings).to.have.length(1);
    });
  }

  it('fails the default builders when the configuration has others', async () => {
    expect((await judged({}, [GENERATOR])).status).to.equal('fail');
  });

  it('fails when none can be verified, and is skipped when nobody looked', async () => {
    expect((await resultOf(bytes, 'PR-03', { attestation: null })).status).to.equal('fail');
    expect((await resultOf(bytes, 'PR-03')).status).to.equal('skip');
  });
});
