import { createHash } from 'node:crypto';
import AdmZip from 'adm-zip';
import { expect } from 'chai';
import { unzipSync } from 'fflate';
import { readArchive } from '../../../src/lib/bundle/archive.ts';
import { MpakError } from '../../../src/lib/errors.ts';
import { sourceDate } from '../../../src/lib/pack/epoch.ts';
import { writeZip, type ZipFile } from '../../../src/lib/pack/zip-writer.ts';
import { makeBundle } from '../../support/mcpb.ts';
import { seeded } from '../../support/random.ts';
import { DARWIN_ARM64, LINUX_X64, WINDOWS_X64 } from './binaries.ts';

const MANIFEST = Buffer.from(JSON.stringify(makeBundle('@acme/echo', '1.0.0').manifest));
const DATE = sourceDate(undefined);
const noise = seeded(1);

const FILES: readonly ZipFile[] = [
  { path: 'manifest.json', content: MANIFEST },
  { path: 'empty', content: Buffer.alloc(0) },
  { path: 'b/é.txt', content: Buffer.from('accent\n') },
  { path: 'b/\u{1f600}', content: Buffer.from('beyond the basic plane') },
  { path: 'b/\uff5e', content: Buffer.from('in it, and yet above in UTF-16') },
  { path: 'text.txt', content: Buffer.from('the same line\n'.repeat(200)) },
  { path: 'noise', content: Buffer.from(Array.from({ length: 5000 }, () => noise() * 256)) },
  { path: 'run', content: Buffer.from('#!/usr/bin/env node\n') },
  { path: 'linux', content: LINUX_X64 },
  { path: 'macos', content: DARWIN_ARM64 },
  { path: 'windows.exe', content: WINDOWS_X64 },
  {
    path: 'server',
    content: Buffer.from('a binary server without a header that is known'),
    executable: true,
  },
];

describe('an archive that mpak writes', () => {
  it('has the same bytes for its files in any order', () => {
    const bytes = writeZip(FILES, DATE);
    expect(writeZip([...FILES].reverse(), DATE).equals(bytes)).to.equal(true);
  });

  it('has the same bytes in any time zone', () => {
    const bytes = writeZip(FILES, new Date('2024-03-31T01:30:00Z'));
    const before = process.env.TZ;
    try {
      for (const zone of ['Pacific/Kiritimati', 'America/St_Johns', 'Europe/Berlin']) {
        process.env.TZ = zone;
        expect(writeZip(FILES, new Date('2024-03-31T01:30:00Z')).equals(bytes), zone).to.equal(true);
      }
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  });

  it('is this very file on every machine', () => {
    const files = FILES.filter(({ path }) => path !== 'manifest.json');
    const sha256 = createHash('sha256').update(writeZip(files, DATE)).digest('hex');
    expect(sha256).to.equal('440945dc533aa9b6e21d821424dda6e23028761a6373d680613d2d4b8a754020');
  });

  it('holds what was put in, by three readers', () => {
    const bytes = writeZip(FILES, DATE);
    const archive = readArchive(bytes);
    const byAdmZip = new AdmZip(bytes);
    const byFflate = unzipSync(bytes);
    for (const { path, content } of FILES) {
      const entry = archive.entries.find((each) => each.path === path);
      expect(entry && archive.read(entry).equals(content), path).to.equal(true);
      expect(byAdmZip.getEntry(path)?.getData().equals(Buffer.from(content)), path).to.equal(true);
      expect(Buffer.from(byFflate[path] ?? []).equals(Buffer.from(content)), path).to.equal(true);
    }
    expect(archive.entries).to.have.length(FILES.length);
  });

  it('is ordered by the bytes of its paths', () => {
    const paths = readArchive(writeZip(FILES, DATE)).entries.map((entry) => Buffer.from(entry.path));
    expect(paths).to.deep.equal([...paths].sort(Buffer.compare));
  });

  it('marks as programs what begins like one, and the program of a binary server', () => {
    const programs = readArchive(writeZip(FILES, DATE)).entries.filter(({ mode }) => mode === 0o755);
    expect(programs.map(({ path }) => path)).to.deep.equal(['linux', 'macos', 'run', 'server']);
    const modes = new AdmZip(writeZip(FILES, DATE)).getEntries().map((entry) => entry.attr >>> 16);
    expect(new Set(modes)).to.deep.equal(new Set([0o100755, 0o100644]));
  });

  it('stores what deflate does not make smaller', () => {
    const methods = new Map(
      readArchive(writeZip(FILES, DATE)).entries.map(({ path, method }) => [path, method]),
    );
    expect(methods.get('noise')).to.equal(0);
    expect(methods.get('empty')).to.equal(0);
    expect(methods.get('text.txt')).to.equal(8);
  });
});

describe('the date of an archive', () => {
  const dateIn = (bytes: Buffer) => new AdmZip(bytes).getEntries()[0]?.header.timeval;

  it('is the first that an archive can have, unless SOURCE_DATE_EPOCH says another', () => {
    expect(sourceDate(undefined).toISOString()).to.equal('1980-01-01T00:00:00.000Z');
    expect(sourceDate('').toISOString()).to.equal('1980-01-01T00:00:00.000Z');
    expect(sourceDate('0').toISOString()).to.equal('1980-01-01T00:00:00.000Z');
    expect(sourceDate('1700000000').toISOString()).to.equal('2023-11-14T22:13:20.000Z');
    expect(dateIn(writeZip(FILES, sourceDate(undefined)))).to.equal(0x00210000);
    expect(dateIn(writeZip(FILES, sourceDate('4354819198')))).to.equal(0xff9fbf7d);
  });

  it('is refused when it is none', () => {
    for (const epoch of ['now', '-1', '1.5', '0x10', ' 1', '4354819200', '9999999999999']) {
      expect(() => sourceDate(epoch), epoch)
        .to.throw(MpakError)
        .with.property('code', 'USAGE');
    }
  });
});
