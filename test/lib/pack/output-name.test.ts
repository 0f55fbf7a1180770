import { expect } from 'chai';
import type { PackageName } from '../../../src/lib/bundle/name.ts';
import { MpakError } from '../../../src/lib/errors.ts';
import type { Platform } from '../../../src/lib/index/bundle-types.ts';
import { outputName } from '../../../src/lib/pack/output-name.ts';

const ANY: Platform = { os: 'any', arch: 'any' };
const LINUX: Platform = { os: 'linux', arch: 'arm64' };

function named(template: string | undefined, platform = ANY): string {
  return outputName(template, '@acme/echo' as PackageName, '1.2.0-rc.1+b', platform);
}

describe('the name of a bundle file', () => {
  it('is name and version, and the platform where there is one', () => {
    expect(named(undefined)).to.equal('echo-1.2.0-rc.1+b.mcpb');
    expect(named(undefined, LINUX)).to.equal('echo-1.2.0-rc.1+b-linux-arm64.mcpb');
  });

  it('fills in what it knows', () => {
    expect(named('dist/{scope}.{name}.{version}.{os}.{arch}.mcpb', LINUX)).to.equal(
      'dist/acme.echo.1.2.0-rc.1+b.linux.arm64.mcpb',
    );
    expect(named('plain.mcpb')).to.equal('plain.mcpb');
  });

  it('refuses what it does not know', () => {
    for (const template of [
      '{Name}.mcpb',
      '{}.mcpb',
      '{toString}.mcpb',
      'a{.mcpb',
      'a}.mcpb',
      '{{name}}.mcpb',
    ]) {
      expect(() => named(template), template)
        .to.throw(MpakError)
        .with.property('code', 'USAGE');
    }
  });

  it('refuses a name that no registry takes', () => {
    for (const template of [
      'echo.zip',
      'echo',
      '.mcpb',
      'dist/.mcpb',
      'echo.mcpb/',
      'a\nb.mcpb',
      'a..b.mcpb',
    ]) {
      expect(() => named(template), template).to.throw(MpakError, 'name of a bundle');
    }
  });
});
