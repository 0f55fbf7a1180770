import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { MpakError } from '../../../src/lib/errors.ts';
import { readAgain, readBundleFile } from '../../../src/lib/publish/bundle-file.ts';
import { makeBundle } from '../../support/mcpb.ts';
import { temporaryFolder } from '../../support/temporary.ts';

describe('a bundle to be published', () => {
  const folder = temporaryFolder();
  const write = (filename: string, bytes: Uint8Array) => {
    const file = path.join(folder(), filename);
    writeFileSync(file, bytes);
    return file;
  };
  const code = (file: string): string => {
    try {
      readBundleFile(file, {});
    } catch (error) {
      return error instanceof MpakError ? error.code : String(error);
    }
    return 'none';
  };

  it('is read once, and described as a registry will find it', () => {
    const bundle = makeBundle('@Acme/Echo', '1.0.0', {
      compatibility: { platforms: ['darwin'] },
      _meta: { x: { y: 1 } },
    });
    expect(readBundleFile(write('echo.mcpb', bundle.bytes), {})).to.deep.equal({
      file: path.join(folder(), 'echo.mcpb'),
      filename: 'echo.mcpb',
      name: '@acme/echo',
      version: '1.0.0',
      manifest: bundle.manifest,
      platform: { os: 'darwin', arch: 'any' },
      sha256: bundle.sha256,
      size: bundle.bytes.length,
    });
  });

  it('is sent as it was hashed, or not at all', () => {
    const { bytes } = makeBundle('@acme/echo', '1.0.0');
    const file = write('echo.mcpb', bytes);
    const bundle = readBundleFile(file, {});
    expect(readAgain(bundle)).to.deep.equal(bytes);
    writeFileSync(file, Buffer.concat([bytes, Buffer.from('x')]));
    expect(() => readAgain(bundle))
      .to.throw(MpakError, /changed/)
      .with.property('code', 'IO_FAILED');
  });

  it('is for the platform that was given', () => {
    const file = write('echo.mcpb', makeBundle('@acme/echo', '1.0.0').bytes);
    const given = { os: 'linux', arch: 'arm64' } as const;
    expect(readBundleFile(file, given).platform).to.deep.equal(given);
  });

  it('is for the part of a platform that was given, and what is detected beside it', () => {
    const file = write('echo.mcpb', makeBundle('@acme/echo', '1.0.0').bytes);
    expect(readBundleFile(file, { os: 'linux' }).platform).to.deep.equal({ os: 'linux', arch: 'any' });
    const mac = makeBundle('@acme/echo', '1.0.0', { compatibility: { platforms: ['darwin'] } });
    const { platform } = readBundleFile(write('mac.mcpb', mac.bytes), { arch: 'arm64' });
    expect(platform).to.deep.equal({ os: 'darwin', arch: 'arm64' });
  });

  it('is not for one processor on any system', () => {
    const file = write('echo.mcpb', makeBundle('@acme/echo', '1.0.0').bytes);
    for (const given of [{ os: 'any', arch: 'x64' }, { arch: 'arm64' }] as const) {
      expect(() => readBundleFile(file, given))
        .to.throw(MpakError, /on any system/)
        .with.property('code', 'USAGE');
    }
  });

  it('that is none is refused in words for who publishes it', () => {
    for (const [name, bytes] of [
      ['junk.mcpb', Buffer.from('PK')],
      ['empty.mcpb', Buffer.alloc(0)],
    ] as const) {
      const file = write(name, bytes);
      expect(() => readBundleFile(file, {}))
        .to.throw(MpakError)
        .with.property('hint')
        .that.includes('mpak bundle pack')
        .and.does.not.include('Ask its publisher');
    }
  });

  it('is refused by a name that no asset may have', () => {
    const { bytes } = makeBundle('@acme/echo', '1.0.0');
    for (const name of [
      'echo.zip',
      'a..mcpb',
      'a\nb.mcpb',
      `${'x'.repeat(250)}.mcpb`.slice(-255).replace('x', '..'),
    ]) {
      expect(code(path.join(folder(), name)), name).to.equal('USAGE');
    }
    expect(code(write('echo.mcpb', bytes))).to.equal('none');
  });

  it('is refused when it is not there, no file, or no bundle', () => {
    expect(code(path.join(folder(), 'none.mcpb'))).to.equal('NOT_FOUND');
    mkdirSync(path.join(folder(), 'folder.mcpb'));
    expect(code(path.join(folder(), 'folder.mcpb'))).to.equal('USAGE');
    execFileSync('mkfifo', [path.join(folder(), 'pipe.mcpb')]);
    expect(code(path.join(folder(), 'pipe.mcpb'))).to.equal('USAGE');
    expect(code(write('broken.mcpb', Buffer.from('PK')))).to.equal('ARCHIVE_NOT_ZIP');
  });

  it('is refused when it is of no scope or no semantic version', () => {
    expect(code(write('plain.mcpb', makeBundle('echo', '1.0.0').bytes))).to.equal('MANIFEST_INVALID');
    expect(code(write('odd.mcpb', makeBundle('@acme/echo', '1.0').bytes))).to.equal('MANIFEST_INVALID');
    expect(code(write('v.mcpb', makeBundle('@acme/echo', 'v1.0.0').bytes))).to.equal('MANIFEST_INVALID');
  });
});
