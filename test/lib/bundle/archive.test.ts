import { globSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import AdmZip from 'adm-zip';
import { expect } from 'chai';
import { zipSync } from 'fflate';
import {
  type GuardedArchive,
  guardArchive,
  guardArchiveFile,
  readArchive,
} from '../../../src/lib/bundle/archive.ts';
import { packEverythingServer } from '../../support/everything-server.ts';
import { HOSTILE_ARCHIVES } from '../../support/hostile-archives.ts';
import { makeBundle } from '../../support/mcpb.ts';
import { seeded } from '../../support/random.ts';
import {
  bundleWith,
  DEFLATED,
  extra,
  MANIFEST_ENTRY,
  rawZip,
  STORED,
  streamed,
  uint64s,
  zip64End,
} from '../../support/raw-zip.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const SOURCES = path.join(import.meta.dirname, '../../../src/lib/bundle');

/** Content by path. */
function contentOf(archive: GuardedArchive): Record<string, string> {
  const files = archive.entries.filter(({ isDirectory }) => !isDirectory);
  return Object.fromEntries(files.map((entry) => [entry.path, archive.read(entry).toString('latin1')]));
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
}

describe('an archive that is in order', () => {
  const folder = temporaryFolder();

  it('is read with its manifest, from a file or from memory', () => {
    const bundle = makeBundle('@acme/echo', '1.0.0');
    const file = path.join(folder(), 'echo.mcpb');
    writeFileSync(file, bundle.bytes);
    for (const source of [file, bundle.bytes, new Uint8Array(bundle.bytes)]) {
      const archive = readArchive(source);
      expect(archive.manifest).to.deep.equal(bundle.manifest);
      expect(contentOf(archive)).to.have.keys('manifest.json', 'server/index.js');
    }
  });

  it('holds what another reader finds in it too: a real server, packed by the reference tool', async () => {
    const file = path.join(folder(), 'everything.mcpb');
    await packEverythingServer('@acme/everything', file);
    const content = contentOf(readArchive(file));
    const others = new AdmZip(file).getEntries().filter(({ isDirectory }) => !isDirectory);
    expect(Object.keys(content).length).to.equal(others.length).and.be.greaterThan(1000);
    for (const entry of others) {
      expect(content[entry.entryName] === entry.getData().toString('latin1'), entry.entryName).to.equal(true);
    }
  });

  it('may be stored or deflated, and have folders, empty files and a comment', () => {
    const files = { 'manifest.json': Buffer.from(String(MANIFEST_ENTRY.content)), 'a/b/': Buffer.alloc(0) };
    for (const level of [0, 9] as const) {
      const bytes = Buffer.from(zipSync({ ...files, empty: Buffer.alloc(0) }, { level, comment: 'x' }));
      const archive = readArchive(bytes);
      expect(archive.entries.find(({ path }) => path === 'a/b')?.isDirectory).to.equal(true);
      expect(contentOf(archive).empty).to.equal('');
    }
    expect(
      codeOf(() => readArchive(rawZip([MANIFEST_ENTRY], { comment: Buffer.from('made by hand') }))),
    ).to.equal(undefined);
  });

  it('may be streamed: its sizes are behind the data, in any of the four forms', () => {
    for (const wide of [false, true]) {
      for (const signature of [false, true]) {
        const entry = streamed('a', 'content', wide, signature);
        expect(contentOf(readArchive(bundleWith(entry, entry && { name: 'b' }))).a).to.equal('content');
      }
    }
  });

  it('may be in the zip64 format', () => {
    const offset = bundleWith().readUInt32LE(bundleWith().length - 6);
    const wide = {
      name: 'a',
      content: 'content',
      method: 0,
      central: {
        size: 0xffffffff,
        compressedSize: 0xffffffff,
        offset: 0xffffffff,
        extra: extra(1, uint64s(7, 7, offset)),
      },
      local: { size: 0xffffffff, compressedSize: 0xffffffff, extra: extra(1, uint64s(7, 7)) },
    };
    const end = { countHere: 0xffff, count: 0xffff, size: 0xffffffff, start: 0xffffffff };
    expect(contentOf(readArchive(rawZip([MANIFEST_ENTRY, wide], end, zip64End()))).a).to.equal('content');
  });

  it('may be signed by the reference tool', () => {
    const signature = Buffer.from('PKCS#7');
    const length = Buffer.alloc(4);
    length.writeUInt32LE(signature.length);
    const block = [Buffer.from('MCPB_SIG_V1'), length, signature, Buffer.from('MCPB_SIG_END')];
    expect(contentOf(readArchive(Buffer.concat([bundleWith(), ...block])))).to.have.keys('manifest.json');
  });

  it('may have names beyond ASCII, whether or not it flags them as UTF-8', () => {
    for (const flags of [0, 1 << 11]) {
      const archive = readArchive(bundleWith({ name: 'docs/日本語.md', content: 'x', flags }));
      expect(contentOf(archive)).to.include.keys('docs/日本語.md');
    }
  });

  it('may hold another archive, which is data and is not opened', () => {
    const inner = bundleWith({ name: '../out', content: 'x' });
    const archive = readArchive(bundleWith({ name: 'inner.zip', content: inner, method: 0 }));
    expect(contentOf(archive)['inner.zip']).to.equal(inner.toString('latin1'));
  });

  it('keeps who may execute a file, and nothing else of its mode', () => {
    const modes = { plain: 0o100600, tool: 0o100744, open: 0o100666, root: 0o106777, fat: 0 };
    const entries = Object.entries(modes).map(([name, mode]) => ({ name, mode }));
    const archive = readArchive(bundleWith(...entries, { name: 'd/', mode: 0o042777 }));
    expect(Object.fromEntries(archive.entries.slice(1).map(({ path, mode }) => [path, mode]))).to.deep.equal({
      plain: 0o644,
      tool: 0o755,
      open: 0o644,
      root: 0o755,
      fat: 0o644,
      d: 0o755,
    });
  });
});

describe('a hostile archive', () => {
  for (const { what, code, bytes, whenUnpacked } of HOSTILE_ARCHIVES) {
    it(`${what} is refused as ${code}`, () => {
      expect(codeOf(() => readArchive(bytes))).to.equal(whenUnpacked ? undefined : code);
      if (!whenUnpacked) return;
      const archive = readArchive(bytes);
      expect(codeOf(() => contentOf(archive))).to.equal(code);
    });
  }

  it('is refused beyond each limit, and these can be set', () => {
    const bytes = bundleWith({ name: 'some/file.js', content: 'a'.repeat(2000) });
    const cases = {
      archiveBytes: ['ARCHIVE_TOO_LARGE', bytes.length],
      entries: ['ARCHIVE_ENTRY_LIMIT', 3],
      totalBytes: ['ARCHIVE_TOTAL_SIZE', 2000 + String(MANIFEST_ENTRY.content).length],
      fileBytes: ['ARCHIVE_FILE_SIZE', 2000],
      pathBytes: ['ARCHIVE_PATH_LONG', 13],
      nameBytes: ['ARCHIVE_PATH_LONG', 13],
      depth: ['ARCHIVE_PATH_DEEP', 2],
    } as const;
    for (const [limit, [code, enough]] of Object.entries(cases)) {
      expect(
        codeOf(() => readArchive(bytes, { [limit]: enough })),
        limit,
      ).to.equal(undefined);
      // The longest name is in another entry than the longest path.
      const less = limit === 'pathBytes' || limit === 'nameBytes' ? 11 : enough - 1;
      expect(
        codeOf(() => readArchive(bytes, { [limit]: less })),
        limit,
      ).to.equal(code);
    }
    const ratio = { ratio: 2, ratioFromBytes: 1000 };
    expect(codeOf(() => readArchive(bytes, ratio))).to.equal('ARCHIVE_RATIO');
    expect(codeOf(() => readArchive(bytes, { ...ratio, ratioFromBytes: 5000 }))).to.equal(undefined);
  });

  it('is refused in every way that there is a code for', () => {
    const limits = ['ARCHIVE_TOO_LARGE', 'ARCHIVE_TOTAL_SIZE'];
    const covered = new Set<string>([...HOSTILE_ARCHIVES.map(({ code }) => code), ...limits]);
    const sources = globSync('*.ts', { cwd: SOURCES }).map((file) =>
      readFileSync(path.join(SOURCES, file), 'utf8'),
    );
    const codes = new Set(sources.join().match(/(?<=')(ARCHIVE|MANIFEST)_[A-Z_]+(?=')/g));
    expect([...covered].sort()).to.deep.equal([...codes].sort());
    expect(HOSTILE_ARCHIVES.length).to.be.at.least(40);
  });

  it('is described without a character that a terminal acts upon', () => {
    for (const { bytes, whenUnpacked } of HOSTILE_ARCHIVES) {
      if (whenUnpacked) continue;
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(() => readArchive(bytes)).to.throw(Error, /^[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]+$/);
    }
  });

  it('that is no file, or cannot be read, is said so', () => {
    expect(codeOf(() => readArchive('/nowhere/at/all.mcpb'))).to.equal('IO_FAILED');
    expect(codeOf(() => readArchive(import.meta.dirname))).to.equal('IO_FAILED');
    if (process.platform === 'win32') return;
    expect(codeOf(() => readArchive('/dev/zero'))).to.equal('ARCHIVE_NOT_ZIP');
  });
});

describe('an archive that is read from its file, piece by piece', () => {
  const folder = temporaryFolder();

  /** What reading all of it says, of either way: content by path, or a code. */
  function bothOf(bytes: Buffer): [unknown, unknown] {
    const file = path.join(folder(), 'a.zip');
    writeFileSync(file, bytes);
    const outcome = (work: () => unknown) => codeOf(() => work()) ?? work();
    const inFile = () => {
      const archive = guardArchiveFile(file);
      try {
        return contentOf(archive);
      } finally {
        archive.close();
      }
    };
    return [outcome(inFile), outcome(() => contentOf(guardArchive(bytes)))];
  }

  it('holds the same as one in memory, in whatever order its entries are', () => {
    const random = seeded(7);
    const noise = (length: number) => Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
    const block = noise(64 * 1024);
    const entries = Array.from({ length: 40 }, (_, at) => ({
      name: `${at}.bin`,
      content: Buffer.concat([noise(at), ...Array<Buffer>(at % 5).fill(block)]),
      method: at % 2 === 0 ? STORED : DEFLATED,
    }));
    const big = { name: 'big.bin', content: Buffer.concat(Array<Buffer>(40).fill(block)), method: STORED };
    const bytes = rawZip([...entries, big, ...entries.map((each) => ({ ...each, name: `z/${each.name}` }))]);
    expect(bytes.length).to.be.greaterThan(6 * 1024 * 1024);
    const [file, memory] = bothOf(bytes);
    expect(Object.keys(file as object)).to.have.length(81);
    expect(file).to.deep.equal(memory);
  });

  it('is refused for the same reasons', () => {
    for (const { what, bytes } of HOSTILE_ARCHIVES) {
      const [file, memory] = bothOf(Buffer.from(bytes));
      expect(file, what).to.deep.equal(memory);
    }
  });

  it('is read the same when any byte of it is another', () => {
    const random = seeded(11);
    const whole = bundleWith({ name: 'a.js', content: 'a'.repeat(500) }, { name: 'b/c.js', content: 'b' });
    for (let round = 0; round < 500; round += 1) {
      const bytes = Buffer.from(whole);
      bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      const [file, memory] = bothOf(bytes.subarray(0, random() < 0.2 ? random() * bytes.length : undefined));
      expect(file, String(round)).to.deep.equal(memory);
    }
  });

  it('is refused when it becomes shorter meanwhile', () => {
    const file = path.join(folder(), 'a.zip');
    const content = Buffer.alloc(3 * 1024 * 1024, 1);
    writeFileSync(
      file,
      bundleWith({ name: 'a.bin', content, method: STORED }, { name: 'b.bin', content: 'b' }),
    );
    const archive = guardArchiveFile(file);
    truncateSync(file, 1024);
    expect(codeOf(() => contentOf(archive))).to.equal('ARCHIVE_TRUNCATED');
    archive.close();
  });
});
