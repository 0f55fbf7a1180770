import { expect } from 'chai';
import type { Rebuild } from '../../../../src/lib/certification/context.ts';
import { bundleOf, resultOf } from '../../../support/certified-bundle.ts';
import { bundleDeclaring, sha256Of } from '../../../support/provenance-of.ts';

const rebuilding = (sha256: string): Rebuild => ({ rebuild: async () => ({ sha256 }) });

describe('AI-04, the same bytes again', () => {
  const declaring = bundleDeclaring({
    reproducible: { instructions: 'git checkout v1.0.0 && mpak bundle pack' },
  });

  it('passes what has the same bytes when it is built again', async () => {
    const result = await resultOf(declaring, 'AI-04', { rebuild: rebuilding(sha256Of(declaring)) });
    expect({ status: result.status, allows: result.allows }).to.deep.equal({ status: 'pass', allows: 4 });
  });

  it('fails what has others', async () => {
    const other = sha256Of(bundleOf());
    const { status, findings } = await resultOf(declaring, 'AI-04', { rebuild: rebuilding(other) });
    expect(status).to.equal('fail');
    expect(findings[0]?.title).to.contain(other);
  });

  it('fails what nobody can build again by its manifest, whatever a rebuild gave', async () => {
    for (const reproducible of [
      undefined,
      true,
      [],
      {},
      { instructions: '' },
      { instructions: ' make     ' },
    ]) {
      const bytes = bundleDeclaring({ reproducible });
      const result = await resultOf(bytes, 'AI-04', { rebuild: rebuilding(sha256Of(bytes)) });
      expect(result.status, JSON.stringify(reproducible)).to.equal('fail');
    }
  });

  it('is skipped when nothing was built again, with the reason', async () => {
    expect((await resultOf(declaring, 'AI-04')).reason).to.equal('Nobody built it again to compare.');
    const rebuild = { rebuild: async () => ({ unavailable: 'the tag v1.0.0 is gone.' }) };
    const { status, reason, allows } = await resultOf(declaring, 'AI-04', { rebuild });
    expect({ status, allows }).to.deep.equal({ status: 'skip', allows: 3 });
    expect(reason).to.equal('It could not be built again: the tag v1.0.0 is gone.');
  });

  it('is an error when a rebuild breaks, or answers with no digest', async () => {
    for (const rebuild of [rebuilding(''), { rebuild: () => Promise.reject(new Error('no space left')) }]) {
      expect((await resultOf(declaring, 'AI-04', { rebuild })).status).to.equal('error');
    }
  });
});
