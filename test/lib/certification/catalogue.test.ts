import { expect } from 'chai';
import { CATALOGUE } from '../../../src/lib/certification/catalogue.ts';
import { CONTROLS } from '../../../src/lib/certification/controls.ts';

describe('the catalogue', () => {
  it('has 25 controls, each once, by level', () => {
    expect(new Set(CATALOGUE.map(({ id }) => id)).size).to.equal(25);
    const levels = CATALOGUE.map(({ level }) => level);
    expect(levels).to.deep.equal([...levels].sort());
  });

  it('is judged in its order, by a control for each', () => {
    expect(CONTROLS.map(({ id }) => id)).to.deep.equal(CATALOGUE.map(({ id }) => id));
  });
});
