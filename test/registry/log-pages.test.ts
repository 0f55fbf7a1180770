import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { expect } from 'chai';
import { type FullPage, LogPages } from '../../registry/log-pages.ts';
import { append } from '../../src/lib/index/append.ts';
import { openMemoryIndex } from '../../src/lib/index/open.ts';
import { encodeEntry } from '../../src/lib/log/entry.ts';
import { publishEntries } from '../support/entries.ts';

describe('the pages that a registry keeps', () => {
  const lines = publishEntries(600).map(encodeEntry);
  const text = (from: number, to: number) =>
    lines
      .slice(from, to)
      .map((line) => `${Buffer.from(line)}\n`)
      .join('');

  function logOf(maxBytes = 1 << 20) {
    const db = openMemoryIndex();
    db.transaction(() => append(db, lines, { keepLines: true })).immediate();
    return { db, pages: new LogPages(db, maxBytes) };
  }

  it('are the same text in every coding, under one tag', async () => {
    const { db, pages } = logOf();
    const plain = (await pages.read(1, 'identity')) as FullPage;
    const zstd = (await pages.read(1, 'zstd')) as FullPage;
    const gzip = (await pages.read(1, 'gzip')) as FullPage;
    expect(Buffer.from(plain.bytes).toString()).to.equal(text(256, 512));
    expect(zstdDecompressSync(zstd.bytes).toString()).to.equal(text(256, 512));
    expect(gunzipSync(gzip.bytes).toString()).to.equal(text(256, 512));
    expect([zstd.etag, gzip.etag]).to.deep.equal([plain.etag, plain.etag]);
    expect(pages.bytes).to.equal(plain.bytes.length + zstd.bytes.length + gzip.bytes.length);
    db.close();
  });

  it('are read and compressed once', async () => {
    const { db, pages } = logOf();
    const [first, second] = await Promise.all([pages.read(0, 'zstd'), pages.read(0, 'zstd')]);
    db.close();
    expect(second).to.equal(first);
    expect(await pages.read(0, 'zstd')).to.equal(first);
  });

  it('are the full ones', async () => {
    const { db, pages } = logOf();
    expect(await pages.read(2, 'zstd')).to.deep.equal({ lines: Buffer.from(text(512, 600)), size: 600 });
    expect(await pages.read(3, 'zstd')).to.deep.equal({ lines: Buffer.alloc(0), size: 600 });
    expect(pages.bytes).to.equal(0);
    db.close();
  });

  it('are no more than they may be, and the ones that were wanted last', async () => {
    const { db, pages } = logOf(Buffer.byteLength(text(0, 256)) + 20_000);
    const zstd = await pages.read(0, 'zstd');
    await pages.read(1, 'zstd');
    await pages.read(0, 'zstd');
    await pages.read(0, 'identity');
    expect(pages.bytes).to.be.at.most(Buffer.byteLength(text(0, 256)) + 20_000);
    db.close();
    expect(await pages.read(0, 'zstd')).to.equal(zstd);
  });
});
