import AdmZip from 'adm-zip';
import { expect } from 'chai';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { ArchiveError, ArchiveManifestReader } from '../../registry/archive-manifest.ts';
import { zip } from '../support/mcpb.ts';
import { signatureBlock } from '../support/raw-zip.ts';

const KIB = 1024;
const LIMITS = { manifestBytes: 64 * KIB, directoryBytes: 256 * KIB, candidateBytes: 256 * KIB };
const MANIFEST = JSON.stringify({ name: '@acme/echo', version: '1.0.0' });

function read(bytes: Uint8Array, chunkBytes = 64 * KIB, limits = LIMITS): string {
  const reader = new ArchiveManifestReader(limits);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    reader.write(Buffer.from(bytes.subarray(at, at + chunkBytes)));
  }
  return reader.end().toString();
}

/** Noise that no compression makes smaller. */
function noise(bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  for (let at = 0, state = 1; at < bytes; at += 1) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    buffer[at] = state >> 16;
  }
  return buffer;
}

describe('the manifest in a stream of a zip archive', () => {
  it('is read wherever it lies', () => {
    const before = { 'a.bin': noise(100 * KIB) };
    const after = { 'z.bin': noise(300 * KIB) };
    for (const files of [{}, before]) {
      expect(read(zip({ ...files, 'manifest.json': MANIFEST, ...after }))).to.equal(MANIFEST);
    }
  });

  it('is read stored and deflated', () => {
    for (const level of [0, 9] as const) {
      const bytes = zipSync({ 'x/y.js': noise(9000), 'manifest.json': Buffer.from(MANIFEST) }, { level });
      expect(read(bytes)).to.equal(MANIFEST);
    }
  });

  it('is read however the bytes are cut into chunks', () => {
    const bytes = zip({ 'a.bin': noise(200), 'manifest.json': MANIFEST, 'z.bin': noise(200) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: bytes.length }), (chunkBytes) => {
        expect(read(bytes, chunkBytes)).to.equal(MANIFEST);
      }),
    );
  });

  it('is the one at the top, not that of an archive inside', () => {
    const inner = zip({ 'manifest.json': '{"name":"inner"}' });
    const bytes = zipSync(
      { 'a.mcpb': inner, 'lib/manifest.json': Buffer.from('{}'), 'manifest.json': Buffer.from(MANIFEST) },
      { level: 0 },
    );
    expect(read(bytes)).to.equal(MANIFEST);
  });

  it('is read from an archive that mcpb signed', () => {
    const bytes = Buffer.concat([zip({ 'manifest.json': MANIFEST }), signatureBlock(noise(1500))]);
    expect(read(bytes)).to.equal(MANIFEST);
  });

  it('is read when the archive has a comment', () => {
    const archive = new AdmZip();
    archive.addFile('manifest.json', Buffer.from(MANIFEST));
    archive.addZipComment('a comment');
    expect(read(archive.toBuffer())).to.equal(MANIFEST);
  });

  it('is read from an archive larger than what is kept of it', () => {
    const files = { 'a.bin': noise(700 * KIB), 'manifest.json': MANIFEST, 'z.bin': noise(700 * KIB) };
    expect(read(zip(files))).to.equal(MANIFEST);
  });

  describe('is refused', () => {
    const good = zip({ 'manifest.json': MANIFEST });
    const refused = (bytes: Uint8Array, words: RegExp) =>
      expect(() => read(bytes)).to.throw(ArchiveError, words);
    /** The archive with bytes changed at every place where `pattern` is. */
    const patched = (bytes: Buffer, pattern: string, replacement: string) =>
      Buffer.from(bytes.toString('latin1').replaceAll(pattern, replacement), 'latin1');

    it('when there is nothing', () => refused(Buffer.alloc(0), /is empty/));

    it('when the archive is cut off', () => refused(good.subarray(0, -1), /not a zip archive/));

    it('when something follows the archive', () =>
      refused(Buffer.concat([good, Buffer.from('#!')]), /followed by something else/));

    it('when its signature holds another archive, or is larger than any', () => {
      const other = Buffer.from(zip({ 'manifest.json': '{"name":"@acme/fake"}' }));
      // Its comment reaches to the end of the file: unpackers that know nothing of signatures read this one.
      other.writeUInt16LE('MCPB_SIG_END'.length, other.length - 2);
      refused(Buffer.concat([good, signatureBlock(other)]), /second end in its signature/);
      refused(
        Buffer.concat([good, signatureBlock(Buffer.alloc(64 * KIB + 1))]),
        /signature that is too large/,
      );
    });

    it('when something is in front of the archive', () =>
      refused(Buffer.concat([Buffer.from('#!'), good]), /directory that is not at its end/));

    it('when there is none', () =>
      refused(zip({ 'lib/manifest.json': '{}' }), /no manifest\.json at its top/));

    it('when there are two', () => {
      const two = zip({ 'manifest.json': MANIFEST, 'manifest.jsom': '{}' });
      refused(patched(two, 'manifest.jsom', 'manifest.json'), /more than one/);
    });

    for (const name of ['Manifest.json', './manifest.json', '/manifest.json', '.\\manifest.json']) {
      it(`when ${name} would land on it`, () => {
        const bytes = zipSync({ [name]: Buffer.from('{}'), 'manifest.json': Buffer.from(MANIFEST) });
        refused(bytes, /more than one|spells/);
      });
    }

    it('when the directory points at another entry of that name', () => {
      const inner = zip({ 'manifest.json': '{"name":"@acme/fake"}' });
      const bytes = Buffer.from(
        zipSync({ 'a.zip': inner, 'manifest.json': Buffer.from(MANIFEST) }, { level: 0 }),
      );
      const record = bytes.lastIndexOf('manifest.json') - 46;
      bytes.writeUInt32LE(bytes.indexOf(inner), record + 42);
      refused(bytes, /does not agree|damaged/);
    });

    it('when the directory points into nothing', () => {
      const bytes = Buffer.from(good);
      bytes.writeUInt32LE(7, bytes.lastIndexOf('manifest.json') - 46 + 42);
      refused(bytes, /no manifest\.json where its directory says/);
    });

    it('when its content was changed', () => {
      const stored = Buffer.from(zipSync({ 'manifest.json': Buffer.from(MANIFEST) }, { level: 0 }));
      refused(patched(stored, '@acme', '@evil'), /damaged/);
    });

    it('when it unpacks to more than it says', () => {
      const bytes = Buffer.from(zip({ 'manifest.json': ' '.repeat(1 << 20) }));
      bytes.writeUInt32LE(10, bytes.lastIndexOf('manifest.json') - 46 + 24);
      refused(bytes, /cannot be decompressed/);
    });

    it('when it says that it is too large', () =>
      refused(zip({ 'manifest.json': ' '.repeat(1 << 20) }), /larger than 65536 bytes/));

    it('when it is encrypted', () => {
      const bytes = Buffer.from(good);
      bytes.writeUInt16LE(1, bytes.lastIndexOf('manifest.json') - 46 + 8);
      refused(bytes, /encrypted/);
    });

    it('when the directory is larger than what is kept', () => {
      const names = Array.from({ length: 4000 }, (_, index) => [
        `${index}-${'x'.repeat(60)}`,
        Buffer.alloc(0),
      ]);
      const bytes = zipSync(Object.fromEntries([...names, ['manifest.json', Buffer.from(MANIFEST)]]));
      refused(bytes, /directory that is too large/);
    });

    it('when entries of its name fill the memory that they may take', () => {
      const header = Buffer.from(zip({ 'manifest.json': noise(40 * KIB) })).subarray(0, 41 * KIB);
      const fakes = Buffer.concat(Array.from({ length: 30 }, () => header));
      const bytes = zipSync({ 'a.bin': fakes, 'manifest.json': Buffer.from(MANIFEST) }, { level: 0 });
      refused(bytes, /too many entries/);
    });
  });

  it('never makes anything but a manifest or an explained refusal of damaged bytes', () => {
    const bytes = zip({ 'a.bin': noise(300), 'manifest.json': MANIFEST });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] as number) ^ change;
        try {
          expect(read(damaged)).to.equal(MANIFEST);
        } catch (error) {
          expect(error).to.be.instanceOf(ArchiveError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
