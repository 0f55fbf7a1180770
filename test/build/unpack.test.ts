import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { type Addon, loadUnpacked, type Places, unpackAtHome } from '../../src/binary/unpack.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { treeOf } from '../support/tree.ts';

const POSIX = process.platform !== 'win32';

describe('the addon of a single executable', () => {
  const folder = temporaryFolder();
  const home = () => path.join(folder(), 'home');
  // More than the pieces in which it is compared.
  const bytes = Buffer.alloc(300_000, 'native code ');
  const addon: Addon = {
    name: 'addon.node',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes,
  };
  const places = (): Places => ({ home: home(), temporary: folder, uid: process.getuid?.() });
  const unpacked = () => path.join(home(), 'cli', 'native', addon.sha256, addon.name);
  /** In place of dlopen: what is loaded, and from where. */
  const load = (file: string) => ({ file, content: readFileSync(file) });

  it('is put under the home, named by its hash, where only its user may write', () => {
    const loaded = loadUnpacked(addon, places(), load);
    expect(loaded.file).to.equal(unpacked());
    expect(loaded.content.equals(bytes)).to.equal(true);
    if (!POSIX) return;
    for (const part of [home(), path.dirname(unpacked())])
      expect(lstatSync(part).mode & 0o777).to.equal(0o700);
    expect(lstatSync(unpacked()).mode & 0o777).to.equal(0o600);
  });

  it('is written once', () => {
    unpackAtHome(addon, places());
    const before = lstatSync(unpacked());
    unpackAtHome(addon, places());
    const after = lstatSync(unpacked());
    expect([after.ino, after.mtimeMs]).to.deep.equal([before.ino, before.mtimeMs]);
  });

  for (const [what, spoil] of [
    [
      'was changed in its last byte',
      () => writeFileSync(unpacked(), Buffer.concat([bytes.subarray(1), Buffer.from('x')])),
    ],
    ['was cut short', () => writeFileSync(unpacked(), bytes.subarray(0, 1000))],
    ['is empty', () => writeFileSync(unpacked(), '')],
    [
      'has become a folder',
      () => {
        rmSync(unpacked());
        mkdirSync(path.join(unpacked(), 'x'), { recursive: true });
      },
    ],
  ] as const) {
    it(`is written again when what is there ${what}`, () => {
      unpackAtHome(addon, places());
      spoil();
      expect(loadUnpacked(addon, places(), load).content.equals(bytes)).to.equal(true);
      expect(readFileSync(unpacked()).equals(bytes)).to.equal(true);
    });
  }

  it('is never loaded through a link in its place, and what the link leads to is left alone', () => {
    unpackAtHome(addon, places());
    const other = path.join(folder(), 'other');
    writeFileSync(other, bytes);
    rmSync(unpacked());
    symlinkSync(other, unpacked());
    loadUnpacked(addon, places(), load);
    expect(lstatSync(unpacked()).isFile()).to.equal(true);
    expect(readFileSync(other).equals(bytes)).to.equal(true);
  });

  for (const part of ['cli', 'cli/native', 'hash'] as const) {
    const place = () => (part === 'hash' ? path.dirname(unpacked()) : path.join(home(), part));

    it(`is not loaded from behind a link in place of ${part}`, () => {
      unpackAtHome(addon, places());
      const moved = path.join(folder(), 'moved');
      renameSync(place(), moved);
      symlinkSync(moved, place());
      expect(() => unpackAtHome(addon, places())).to.throw('is not a folder');
      expect(loadUnpacked(addon, places(), load).file.startsWith(home())).to.equal(false);
    });

    if (POSIX) {
      it(`is not loaded where others may write to ${part}`, () => {
        unpackAtHome(addon, places());
        for (const mode of [0o770, 0o707]) {
          chmodSync(place(), mode);
          expect(() => unpackAtHome(addon, places())).to.throw('may be written by others');
          expect(loadUnpacked(addon, places(), load).file.startsWith(home())).to.equal(false);
        }
      });
    }
  }

  if (POSIX) {
    it('is not loaded from a home that others may write to', () => {
      mkdirSync(home());
      chmodSync(home(), 0o777);
      expect(() => unpackAtHome(addon, places())).to.throw('may be written by others');
      expect(readdirSync(home())).to.deep.equal([]);
    });

    it('is not loaded from a folder of somebody else', () => {
      unpackAtHome(addon, places());
      const stranger = { ...places(), uid: 12_345 };
      expect(() => unpackAtHome(addon, stranger)).to.throw('belongs to somebody else');
    });

    it('is written anew when others could write to the file', () => {
      unpackAtHome(addon, places());
      chmodSync(unpacked(), 0o666);
      unpackAtHome(addon, places());
      expect(lstatSync(unpacked()).mode & 0o777).to.equal(0o600);
    });
  }

  it('is loaded from a temporary folder of its own where the home cannot be made, and leaves nothing there', () => {
    writeFileSync(home(), 'a file');
    let seen: Record<string, string> = {};
    const loaded = loadUnpacked(addon, places(), (file) => {
      seen = treeOf(folder());
      return load(file);
    });
    expect(loaded.content.equals(bytes)).to.equal(true);
    if (POSIX) expect(Object.values(seen)).to.include('folder 700');
    expect(treeOf(folder())).to.have.keys('home');
  });

  it('is loaded from a temporary folder where nothing may be run from the home', () => {
    const loaded = loadUnpacked(addon, places(), (file) => {
      if (file === unpacked()) throw new Error('failed to map segment from shared object');
      return load(file);
    });
    expect(loaded.content.equals(bytes)).to.equal(true);
  });

  it('is told of, with both reasons, when there is no place for it', () => {
    writeFileSync(home(), 'a file');
    const nowhere = { ...places(), temporary: () => path.join(folder(), 'none') };
    expect(() => loadUnpacked(addon, nowhere, load))
      .to.throw(/^addon\.node cannot be unpacked: .*EEXIST.*; .*ENOENT.*\.$/)
      .that.includes({ code: 'IO_FAILED', exitStatus: 1 });
  });

  it('is whole for each of many that start at once, and nothing unfinished is left', async () => {
    const script = `
      const { parentPort, workerData } = require('node:worker_threads');
      import(workerData.module).then(({ unpackAtHome }) => {
        const file = unpackAtHome(workerData.addon, workerData.places);
        parentPort.postMessage(require('node:fs').readFileSync(file).equals(workerData.addon.bytes));
      });
    `;
    const module = new URL('../../src/binary/unpack.ts', import.meta.url).href;
    const results = Array.from({ length: 8 }, () => {
      const { home, uid } = places();
      const worker = new Worker(script, { eval: true, workerData: { module, addon, places: { home, uid } } });
      return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    });
    expect(await Promise.all(results)).to.deep.equal(Array.from({ length: 8 }, () => true));
    expect(readdirSync(path.dirname(unpacked()))).to.deep.equal([addon.name]);
    expect(existsSync(unpacked())).to.equal(true);
  });
});
