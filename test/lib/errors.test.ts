import { expect } from 'chai';
import { EXIT_STATUS, MpakError } from '../../src/lib/errors.ts';

describe('an error', () => {
  it('carries its code, its hint, its cause and the exit status of its code', () => {
    const cause = new Error('below');
    const error = new MpakError('ROLLBACK', 'It went back.', { hint: 'Tell the operator.', cause });
    expect(error).to.include({
      name: 'MpakError',
      code: 'ROLLBACK',
      message: 'It went back.',
      hint: 'Tell the operator.',
      exitStatus: 23,
      cause,
    });
  });

  it('has no hint and no cause unless they are given', () => {
    const error = new MpakError('NETWORK', 'No answer.');
    expect(error.hint).to.equal(undefined);
    expect(error).not.to.have.property('cause');
  });

  it('never ends a process with a status that means something else', () => {
    // 0 is success; from 126 on, shells use the numbers themselves.
    for (const [code, status] of Object.entries(EXIT_STATUS)) {
      expect(status, code).to.be.within(1, 125);
    }
  });

  it('has a status of its own for each way in which a registry is caught', () => {
    const security = Object.values(EXIT_STATUS).filter((status) => status >= 20 && status < 30);
    expect(new Set(security).size).to.equal(security.length).and.be.greaterThan(5);
  });
});
