import { expect } from 'chai';
import { CompactSign, compactVerify, importJWK } from 'jose';
import { readHeader, signJws, verifyJws } from '../../../src/lib/log/jws.ts';
import { publicKey } from '../../../src/lib/log/key.ts';
import { newKey } from '../../support/log-server.ts';

const HEADER = { kid: 'the key', typ: 'a-statement' };
const PAYLOAD = { size: 1 };

describe('a JWS', () => {
  let key: Awaited<ReturnType<typeof newKey>>;

  before(async () => {
    key = await newKey();
  });

  const signedByJose = async (header: Record<string, unknown>) =>
    new CompactSign(Buffer.from(JSON.stringify(PAYLOAD)))
      .setProtectedHeader({ alg: 'EdDSA', ...HEADER, ...header })
      .sign(await importJWK({ ...key }, 'EdDSA'), { crit: { exp: true } });

  it('is verified by others, and what others signed is verified', async () => {
    const { payload, protectedHeader } = await compactVerify(
      signJws(PAYLOAD, HEADER, key),
      await importJWK({ ...publicKey(key) }, 'EdDSA'),
      { algorithms: ['EdDSA'] },
    );
    expect(JSON.parse(Buffer.from(payload).toString())).to.deep.equal(PAYLOAD);
    expect(protectedHeader).to.deep.equal({ alg: 'EdDSA', ...HEADER });
    expect(JSON.parse(verifyJws(await signedByJose({}), key).toString())).to.deep.equal(PAYLOAD);
    expect(readHeader(await signedByJose({}))).to.deep.equal(HEADER);
  });

  it('is refused with an extension that must be understood', async () => {
    const jws = await signedByJose({ crit: ['exp'], exp: 1 });
    expect(() => verifyJws(jws, key)).to.throw('extension');
  });

  it('is refused in another spelling of the same bytes', () => {
    const jws = signJws(PAYLOAD, HEADER, key);
    const [header, payload, signature] = jws.split('.') as [string, string, string];
    // 64 bytes leave four bits of the last character without a meaning.
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const other = last[last.indexOf(signature.at(-1) as string) + 1] as string;
    for (const spelling of [
      `${header}.${payload}.${signature.slice(0, -1)}${other}`,
      `${header}.${payload}.${signature}==`,
      `${header}.${payload}.${signature}\n`,
      `${header}.${payload}.${signature}.`,
      `${jws}.${signature}`,
    ])
      expect(() => verifyJws(spelling, key), spelling).to.throw();
    expect(verifyJws(jws, key).toString()).to.equal(JSON.stringify(PAYLOAD));
  });

  it('is refused when one bit of it is another', () => {
    const jws = signJws(PAYLOAD, HEADER, key);
    const [header, payload, signature] = jws.split('.') as [string, string, string];
    const bytes = Buffer.from(signature, 'base64url');
    for (let bit = 0; bit < 512; bit += 37) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => verifyJws(`${header}.${payload}.${changed.toString('base64url')}`, key)).to.throw(
        'not signed',
      );
    }
    const forged = Buffer.from(JSON.stringify({ size: 2 })).toString('base64url');
    expect(() => verifyJws(`${header}.${forged}.${signature}`, key)).to.throw('not signed');
  });
});
