import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readArchive } from '../../../src/lib/bundle/archive.ts';
import { MpakError } from '../../../src/lib/errors.ts';
import { binaryTarget } from '../../../src/lib/pack/binary-header.ts';
import { detectPlatform } from '../../../src/lib/pack/platform-of.ts';
import { makeBundle } from '../../support/mcpb.ts';
import {
  DARWIN_ARM64,
  DARWIN_BOTH,
  DARWIN_X64,
  elf,
  fatMachO,
  LINUX_ARM64,
  LINUX_X64,
  machO,
  portableExecutable,
  WINDOWS_ARM64,
  WINDOWS_X64,
} from './binaries.ts';

function platformOf(manifest: Record<string, unknown>, files: Record<string, string | Buffer> = {}): string {
  const { os, arch } = detectPlatform(readArchive(makeBundle('@acme/echo', '1.0.0', manifest, files).bytes));
  return `${os}-${arch}`;
}

function binary(entryPoint: string, config: Record<string, unknown> = {}) {
  return {
    server: {
      type: 'binary',
      entry_point: entryPoint,
      mcp_config: { command: `\u0024{__dirname}/${entryPoint}`, args: [], ...config },
    },
  };
}

describe('the header of a compiled file', () => {
  const cases: readonly [string, Buffer, string | undefined][] = [
    ['ELF for x86-64', LINUX_X64, 'linux x64'],
    ['ELF for AArch64', LINUX_ARM64, 'linux arm64'],
    ['ELF by the GNU ABI', elf(62, { abi: 3 }), 'linux x64'],
    ['ELF of FreeBSD', elf(62, { abi: 9 }), 'other x64'],
    ['ELF for RISC-V', elf(243), 'linux other'],
    ['ELF with its high byte first', elf(22, { bigEndian: true }), 'linux other'],
    ['Mach-O for x86-64', DARWIN_X64, 'darwin x64'],
    ['Mach-O for Apple silicon', DARWIN_ARM64, 'darwin arm64'],
    ['Mach-O for both', DARWIN_BOTH, 'darwin x64,arm64'],
    ['Mach-O for PowerPC', machO(18), 'darwin other'],
    ['PE for x64', WINDOWS_X64, 'win32 x64'],
    ['PE for ARM64', WINDOWS_ARM64, 'win32 arm64'],
    ['PE for x86', portableExecutable(0x14c), 'win32 other'],
    ['a Java class', Buffer.from('cafebabe0000003d0021', 'hex'), undefined],
    ['a universal file that was cut off', DARWIN_BOTH.subarray(0, 30), undefined],
    ['a universal file of nothing', fatMachO(), undefined],
    ['a DOS program', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(100)]), undefined],
    ['a PE header beyond the end', WINDOWS_X64.subarray(0, 131), undefined],
    ['an ELF header that was cut off', LINUX_X64.subarray(0, 19), undefined],
    ['a script', Buffer.from('#!/bin/sh\nexit 0\n'), undefined],
    ['nothing', Buffer.alloc(0), undefined],
  ];
  for (const [what, content, expected] of cases) {
    it(`says of ${what}: ${expected ?? 'no compiled file'}`, () => {
      const target = binaryTarget(content);
      expect(target && `${target.os} ${target.archs.join()}`).to.equal(expected);
    });
  }

  it('says of the Node that runs this what Node says itself', () => {
    const target = binaryTarget(readFileSync(process.execPath));
    expect(target).to.deep.equal({ os: process.platform, archs: [process.arch] });
  });
});

describe('the platform of a bundle', () => {
  it('is any, for scripts', () => {
    expect(platformOf({})).to.equal('any-any');
  });

  it('is the one system that the manifest names', () => {
    expect(platformOf({ compatibility: { platforms: ['darwin'] } })).to.equal('darwin-any');
    expect(platformOf({ compatibility: { platforms: ['darwin', 'darwin'] } })).to.equal('darwin-any');
    expect(platformOf({ compatibility: { platforms: ['darwin', 'linux'] } })).to.equal('any-any');
    expect(platformOf({ compatibility: { platforms: [] } })).to.equal('any-any');
  });

  it('is that of a binary server', () => {
    expect(platformOf(binary('bin/server'), { 'bin/server': LINUX_ARM64 })).to.equal('linux-arm64');
    expect(platformOf(binary('bin/server'), { 'bin/server.exe': WINDOWS_X64 })).to.equal('win32-x64');
    expect(platformOf(binary('bin/server'), { 'bin/server': DARWIN_BOTH })).to.equal('darwin-any');
  });

  it('is narrowed by both, the manifest and the server', () => {
    const manifest = { ...binary('bin/server'), compatibility: { platforms: ['linux'] } };
    expect(platformOf(manifest, { 'bin/server': LINUX_X64 })).to.equal('linux-x64');
    expect(platformOf(manifest, { 'bin/server': DARWIN_X64 })).to.equal('linux-any');
  });

  it('is any, for a binary server that has a program for each system', () => {
    const manifest = binary('bin/server', {
      platform_overrides: { win32: { command: '\u0024{__dirname}/bin/server.exe' } },
    });
    expect(platformOf(manifest, { 'bin/server': LINUX_X64, 'bin/server.exe': WINDOWS_X64 })).to.equal(
      'any-any',
    );
  });

  it('is not said by libraries beside a binary server', () => {
    const files = { 'bin/server': LINUX_X64, 'lib/other.dll': WINDOWS_X64 };
    expect(platformOf(binary('bin/server'), files)).to.equal('linux-x64');
  });

  it('is that of native addons when they agree', () => {
    const addon = 'node_modules/a/build/Release/a.node';
    expect(platformOf({}, { [addon]: LINUX_X64 })).to.equal('linux-x64');
    expect(platformOf({}, { [addon]: LINUX_X64, 'deps/b/_b.cpython-312.so': LINUX_X64 })).to.equal(
      'linux-x64',
    );
    expect(platformOf({}, { [addon]: LINUX_X64, 'deps/libb.so.1.2': LINUX_ARM64 })).to.equal('linux-any');
    expect(platformOf({}, { [addon]: LINUX_X64, 'prebuilds/b.node': DARWIN_X64 })).to.equal('any-any');
    expect(platformOf({}, { 'deps/b.pyd': WINDOWS_ARM64 })).to.equal('win32-arm64');
  });

  it('is not said by a file that only has the name of an addon', () => {
    expect(platformOf({}, { 'a.node': 'no machine code', 'b.so': '' })).to.equal('any-any');
  });

  it('is not said by launchers for Windows that a package carries along', () => {
    expect(platformOf({}, { 'deps/setuptools/cli-64.exe': WINDOWS_X64 })).to.equal('any-any');
  });

  it('is refused for a server compiled for a platform without a name', () => {
    for (const program of [elf(243), elf(62, { abi: 9 }), portableExecutable(0x14c)]) {
      expect(() => platformOf(binary('bin/server'), { 'bin/server': program }))
        .to.throw(MpakError)
        .with.property('code', 'PLATFORM_UNSUPPORTED');
    }
  });
});
