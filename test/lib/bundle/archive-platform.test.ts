import { expect } from 'chai';
import { currentPlatform } from '../../../src/lib/bundle/platform.ts';

describe('the current platform', () => {
  it('is named as the log names it', () => {
    expect(currentPlatform({ platform: 'win32', arch: 'arm64' })).to.deep.equal({
      os: 'win32',
      arch: 'arm64',
    });
    expect(currentPlatform().os).to.be.oneOf(['darwin', 'linux', 'win32']);
  });

  it('is any where bundles are not built for it', () => {
    expect(currentPlatform({ platform: 'freebsd', arch: 'riscv64' })).to.deep.equal({
      os: 'any',
      arch: 'any',
    });
  });
});
