import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect } from 'chai';
import { decoded, readBody } from '../../../src/lib/remote/http-body.ts';

const TEXT = Buffer.from('what was sent');

async function* body(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

const read = async (bytes: Buffer, encoding: unknown) =>
  (await readBody(decoded(body(bytes), encoding), 1_000))?.toString();

describe('the body of an answer', () => {
  it('is decoded as its content-encoding says', async () => {
    expect(await read(gzipSync(TEXT), 'gzip')).to.equal('what was sent');
    expect(await read(zstdCompressSync(TEXT), 'zstd')).to.equal('what was sent');
  });

  it('is taken as it is with any other, whatever that is called', async () => {
    for (const encoding of [
      undefined,
      'identity',
      'br',
      'constructor',
      '__proto__',
      'toString',
      ['gzip', 'gzip'],
    ])
      expect(await read(TEXT, encoding), String(encoding)).to.equal('what was sent');
  });
});
