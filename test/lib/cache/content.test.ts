import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { contentDigest, filesOnDisk } from '../../../src/lib/cache/content.ts';
import { temporaryFolder } from '../../support/temporary.ts';

describe('the digest of a bundle on the disk', () => {
  const temporary = temporaryFolder();
  const folder = () => path.join(temporary(), 'bundle');
  const write = (file: string, content: string | Buffer) => {
    mkdirSync(path.dirname(path.join(folder(), file)), { recursive: true });
    writeFileSync(path.join(folder(), file), content);
  };
  const digest = () => contentDigest(filesOnDisk(folder()));
  let before: string;

  beforeEach(() => {
    write('manifest.json', '{}');
    write('server/index.js', 'start();\n');
    write('server/empty', '');
    before = digest();
  });

  const expectNoticed = () => expect(digest()).to.not.equal(before);

  it('is that of its archive: path, size and CRC-32 of every file, in any order', () => {
    const entry = (file: string, content: string) => ({
      path: file,
      size: content.length,
      crc32: crc32(content),
    });
    const entries = [
      entry('server/index.js', 'start();\n'),
      entry('server/empty', ''),
      entry('manifest.json', '{}'),
    ];
    expect(contentDigest(entries)).to.equal(before);
    expect(contentDigest(entries.reverse())).to.equal(before);
  });

  it('notices a changed file', () => {
    write('server/index.js', 'start(1)\n');
    expectNoticed();
  });
  it('notices a changed bit', () => {
    write('manifest.json', '{|');
    expectNoticed();
  });
  it('notices a missing file, also an empty one', () => {
    rmSync(path.join(folder(), 'server/empty'));
    expectNoticed();
  });
  it('notices an added file, also a hidden one', () => {
    write('server/.hidden', '');
    expectNoticed();
  });
  it('notices a file that was renamed', () => {
    rmSync(path.join(folder(), 'server/empty'));
    write('server/other', '');
    expectNoticed();
  });

  describe('where there are links', () => {
    beforeEach(function () {
      if (process.platform === 'win32') this.skip();
    });

    it('notices a link in place of a file, though it leads to the same', () => {
      write('../kept.js', 'start();\n');
      rmSync(path.join(folder(), 'server/index.js'));
      symlinkSync(path.join(folder(), '../kept.js'), path.join(folder(), 'server/index.js'));
      expectNoticed();
      rmSync(path.join(folder(), '../kept.js'));
    });
    it('notices a link to a folder, and does not follow it', () => {
      symlinkSync('/', path.join(folder(), 'server/root'));
      expectNoticed();
    });
  });

  it('leaves out what Python and uv write when the server runs', () => {
    for (const file of [
      '__pycache__/main.cpython-313.pyc',
      'server/lib/__pycache__/x.cpython-313.opt-1.pyc',
      'server/__pycache__/x.cpython-313.pyc.140213',
      '.venv/bin/python',
      '.venv/pyvenv.cfg',
      'uv.lock',
    ])
      write(file, 'x');
    expect(digest()).to.equal(before);
  });

  it('leaves it out of an archive too, so that a bundle may bring it', () => {
    const files = [{ path: 'a.py', size: 1, crc32: 7 }];
    const compiled = { path: '__pycache__/a.cpython-313.pyc', size: 1, crc32: 8 };
    expect(contentDigest([...files, compiled])).to.equal(contentDigest(files));
  });

  for (const file of [
    '__pycache__/main.py',
    '__pycache__/deep/x.pyc',
    'x__pycache__/x.pyc',
    'server/x.pyc',
    'server/.venv/x',
    '.venv',
    'server/uv.lock',
    'uv.lock.js',
  ]) {
    it(`notices ${file}, which they do not write`, () => {
      write(file, 'x');
      expectNoticed();
    });
  }

  it('is another for other files', () => {
    const entry = fc.record({
      path: fc.string({ unit: fc.constantFrom('a', '/', '0', '1', ' ', '\n') }),
      size: fc.nat(20),
      crc32: fc.nat(20),
    });
    const files = fc.uniqueArray(entry, { selector: ({ path: file }) => file, maxLength: 4 });
    const canonical = (list: readonly { path: string; size: number; crc32: number }[]) =>
      JSON.stringify([...list].sort((a, b) => (a.path < b.path ? -1 : 1)));
    fc.assert(
      fc.property(files, files, (a, b) => {
        expect(contentDigest(a) === contentDigest(b)).to.equal(canonical(a) === canonical(b));
      }),
    );
  });
});
