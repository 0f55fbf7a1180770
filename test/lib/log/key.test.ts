import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { CompactSign, importJWK } from 'jose';
import { MpakError } from '../../../src/lib/errors.ts';
import {
  fingerprint,
  keyId,
  type PrivateKey,
  parseFingerprint,
  publicKey,
  signRotation,
  verifyRotation,
} from '../../../src/lib/log/key.ts';

/** RFC 8037, appendices A.1 to A.3. */
const PUBLISHED_KEY = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
} as const;
const PUBLISHED_KEY_ID = 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k';

const newKey = () =>
  generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as unknown as PrivateKey;

async function sign(statement: unknown, key: PrivateKey, header: object = {}): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(statement)))
    .setProtectedHeader({ alg: 'EdDSA', kid: await keyId(key), typ: 'mpak-rotation', ...header })
    .sign(await importJWK({ ...key }, 'EdDSA'));
}

describe('a key', () => {
  it('has the id that RFC 8037 publishes for its example', async () => {
    expect(await keyId(PUBLISHED_KEY)).to.equal(PUBLISHED_KEY_ID);
  });

  it('has the same id with its secret and with members that are not the key', async () => {
    const key = {
      ...PUBLISHED_KEY,
      d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
      use: 'sig',
      kid: 'another',
    };
    expect(await keyId(key)).to.equal(PUBLISHED_KEY_ID);
  });

  it('never shows its secret as a public key', () => {
    expect(publicKey(newKey())).to.have.all.keys('kty', 'crv', 'x');
  });
});

describe('a fingerprint', () => {
  it('is read back with and without its prefix', () => {
    expect(parseFingerprint(fingerprint(PUBLISHED_KEY_ID))).to.equal(PUBLISHED_KEY_ID);
    expect(parseFingerprint(PUBLISHED_KEY_ID)).to.equal(PUBLISHED_KEY_ID);
    expect(parseFingerprint(`sha256:${PUBLISHED_KEY_ID}`)).to.equal(PUBLISHED_KEY_ID);
  });

  for (const [what, text] of [
    ['an empty one', ''],
    ['the prefix alone', 'SHA256:'],
    ['a short one', PUBLISHED_KEY_ID.slice(1)],
    ['a long one', `${PUBLISHED_KEY_ID}A`],
    ['a hex digest', 'a'.repeat(64)],
    ['one with a newline after it', `${PUBLISHED_KEY_ID}\n`],
    ['ordinary base64', PUBLISHED_KEY_ID.replace('_', '/')],
  ] as const) {
    it(`is refused: ${what}`, () => {
      expect(() => parseFingerprint(text))
        .to.throw(MpakError)
        .with.property('code', 'USAGE');
    });
  }
});

describe('a rotation', () => {
  const origin = 'registry.example.com';
  const [old, next, other] = [newKey(), newKey(), newKey()];

  it('is believed when the old key of this registry names the new one', async () => {
    const signature = await signRotation(origin, old, next);
    expect(await verifyRotation({ signature, new_key: publicKey(next) }, origin, old)).to.equal(true);
  });

  it('does not carry the secret of the new key', async () => {
    const signature = await signRotation(origin, old, next);
    const statement = Buffer.from(signature.split('.')[1] as string, 'base64url').toString();
    expect(statement).to.include(next.x).and.not.include(next.d);
  });

  it('is refused for another registry', async () => {
    const signature = await signRotation('other.example.com', old, next);
    expect(await verifyRotation({ signature, new_key: publicKey(next) }, origin, old)).to.equal(false);
  });

  it('is refused when another key signed it', async () => {
    const signature = await signRotation(origin, other, next);
    expect(await verifyRotation({ signature, new_key: publicKey(next) }, origin, old)).to.equal(false);
  });

  it('is refused when the entry shows another new key than was signed', async () => {
    const signature = await signRotation(origin, old, next);
    expect(await verifyRotation({ signature, new_key: publicKey(other) }, origin, old)).to.equal(false);
  });

  it('is refused when the statement speaks of another old key', async () => {
    const signature = await sign({ origin, old_kid: await keyId(other), new_key: publicKey(next) }, old);
    expect(await verifyRotation({ signature, new_key: publicKey(next) }, origin, old)).to.equal(false);
  });

  it('is refused when the signature was made for something else', async () => {
    const statement = { origin, old_kid: await keyId(old), new_key: publicKey(next) };
    const signature = await sign(statement, old, { typ: 'mpak-checkpoint' });
    expect(await verifyRotation({ signature, new_key: publicKey(next) }, origin, old)).to.equal(false);
  });

  for (const [what, signature] of [
    ['nothing', ''],
    ['no JWS', 'x.y.z'],
    ['dots', '..'],
  ] as const) {
    it(`is refused when the signature is ${what}`, async () => {
      expect(await verifyRotation({ signature, new_key: publicKey(next) }, origin, old)).to.equal(false);
    });
  }

  for (const statement of [null, [], 'text', {}, { origin }]) {
    it(`is refused when the old key signed ${JSON.stringify(statement)}`, async () => {
      const signature = await sign(statement, old);
      expect(await verifyRotation({ signature, new_key: publicKey(next) }, origin, old)).to.equal(false);
    });
  }
});
