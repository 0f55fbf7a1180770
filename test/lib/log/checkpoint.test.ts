import { createHmac, generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { CompactSign, importJWK } from 'jose';
import { type ErrorCode, MpakError } from '../../../src/lib/errors.ts';
import {
  checkConsistency,
  checkpointKeyId,
  MAX_CHECKPOINT_LENGTH,
  signCheckpoint,
  verifyCheckpoint,
} from '../../../src/lib/log/checkpoint.ts';
import type { Checkpoint } from '../../../src/lib/log/checkpoint-form.ts';
import { keyId, type PrivateKey, publicKey } from '../../../src/lib/log/key.ts';

const newKey = () =>
  generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as unknown as PrivateKey;
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

const key = newKey();
const issued = Date.parse('2026-03-01T12:00:00.000Z');
const expires = Date.parse('2026-03-08T12:00:00.000Z');
const now = new Date(issued + 60_000);
const root = Buffer.alloc(32, 1).toString('base64');
const checkpoint: Checkpoint = {
  origin: 'registry.example.com',
  size: 1234,
  root,
  issued_at: new Date(issued).toISOString(),
  expires_at: new Date(expires).toISOString(),
  page_size: 256,
  snapshot: { size: 1200, sha256: 'a'.repeat(64), bytes: 5, path: '/v1/index/snapshots/1200-aa.db.zst' },
};

/** A JWS over any payload, by the registry's key unless another is given. */
async function sign(payload: unknown, header: object = {}, by: PrivateKey = key): Promise<string> {
  const bytes = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload));
  return new CompactSign(bytes)
    .setProtectedHeader({ alg: 'EdDSA', kid: await keyId(by), typ: 'mpak-checkpoint', ...header })
    .sign(await importJWK({ ...by }, 'EdDSA'));
}

async function refusal(work: () => unknown): Promise<ErrorCode | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof MpakError)) throw error;
    return error.code;
  }
}

const verify = (jws: string, at: Date = now, origin: string | undefined = checkpoint.origin) =>
  verifyCheckpoint(jws, publicKey(key), { origin, now: at });

describe('a checkpoint', () => {
  it('is believed when it is signed by the pinned key, of the origin and of this time', async () => {
    expect(await verify(await signCheckpoint(checkpoint, key))).to.deep.equal(checkpoint);
  });

  it('may be without a snapshot', async () => {
    const without = { ...checkpoint, snapshot: null };
    expect(await verify(await signCheckpoint(without, key))).to.deep.equal(without);
  });

  it('tells its origin when none is expected yet', async () => {
    const jws = await signCheckpoint(checkpoint, key);
    const believed = await verifyCheckpoint(jws, key, { origin: undefined, now });
    expect(believed.origin).to.equal('registry.example.com');
  });

  it('may say more than this version understands', async () => {
    expect(await verify(await sign({ ...checkpoint, later: true }))).to.deep.equal(checkpoint);
  });

  it('names its key without being verified', async () => {
    expect(checkpointKeyId(await signCheckpoint(checkpoint, key))).to.equal(await keyId(key));
  });
});

describe('a checkpoint is refused with CHECKPOINT_SIGNATURE', () => {
  const refused = (what: string, jws: () => string | Promise<string>) =>
    it(what, async () => {
      expect(await refusal(async () => verify(await jws()))).to.equal('CHECKPOINT_SIGNATURE');
    });

  refused('when it is empty', () => '');
  refused('when it is no JWS', () => '<html>Bad gateway</html>');
  refused('when its parts are empty', () => '..');
  refused('when its header is not an object', () => `${base64url(null)}.${base64url(checkpoint)}.AAAA`);
  refused('when it is longer than any checkpoint', async () => {
    const padded = { ...checkpoint, padding: 'x'.repeat(MAX_CHECKPOINT_LENGTH) };
    return sign(padded);
  });
  refused('when it is not signed (alg none)', async () => {
    const header = { alg: 'none', kid: await keyId(key), typ: 'mpak-checkpoint' };
    return `${base64url(header)}.${base64url(checkpoint)}.`;
  });
  refused('when it is signed with the public key as an HMAC secret (alg HS256)', async () => {
    const header = { alg: 'HS256', kid: await keyId(key), typ: 'mpak-checkpoint' };
    const signed = `${base64url(header)}.${base64url(checkpoint)}`;
    const mac = createHmac('sha256', Buffer.from(key.x, 'base64url')).update(signed).digest('base64url');
    return `${signed}.${mac}`;
  });
  refused('when the key signed it as something else', () => sign(checkpoint, { typ: 'mpak-rotation' }));
  refused('when it does not name a key', () => sign(checkpoint, { kid: undefined }));
  refused('when another key signed it', () => signCheckpoint(checkpoint, newKey()));
  refused('when another key signed it in the name of the pinned one', async () =>
    sign(checkpoint, { kid: await keyId(key) }, newKey()),
  );
  refused('when its payload was altered', async () => {
    const [header, , signature] = (await signCheckpoint(checkpoint, key)).split('.');
    return `${header}.${base64url({ ...checkpoint, size: 1235 })}.${signature}`;
  });
  refused('when its signature was altered', async () => {
    const jws = await signCheckpoint(checkpoint, key);
    const last = jws.lastIndexOf('.') + 1;
    return `${jws.slice(0, last)}${jws[last] === 'A' ? 'B' : 'A'}${jws.slice(last + 1)}`;
  });
  refused('when its header asks for an extension that is not known', () =>
    sign(checkpoint).then((jws) => {
      const [, payload, signature] = jws.split('.');
      const header = { alg: 'EdDSA', typ: 'mpak-checkpoint', crit: ['exp'], exp: 1 };
      return `${base64url(header)}.${payload}.${signature}`;
    }),
  );

  refused('when what is signed is no JSON', () => sign(Buffer.from('{')));
  for (const [what, changed] of [
    ['null', null],
    ['a list', []],
    ['a negative size', { ...checkpoint, size: -1 }],
    ['a size that is not whole', { ...checkpoint, size: 1.5 }],
    ['a size beyond what can be counted exactly', { ...checkpoint, size: 2 ** 53 }],
    ['a size in text', { ...checkpoint, size: '1234' }],
    ['a short root', { ...checkpoint, root: root.slice(4) }],
    ['a root in hex', { ...checkpoint, root: 'a'.repeat(64) }],
    ['a root spelled in another way', { ...checkpoint, root: root.replace(/.=$/, 'F=') }],
    ['no time of issue', { ...checkpoint, issued_at: undefined }],
    ['a time of expiry that is none', { ...checkpoint, expires_at: 'tomorrow' }],
    ['another page size', { ...checkpoint, page_size: 512 }],
    ['an empty origin', { ...checkpoint, origin: '' }],
    ['a snapshot of another host', { ...checkpoint, snapshot: { ...checkpoint.snapshot, path: '//host/x' } }],
    ['a snapshot by URL', { ...checkpoint, snapshot: { ...checkpoint.snapshot, path: 'https://host/x' } }],
    ['a snapshot outside', { ...checkpoint, snapshot: { ...checkpoint.snapshot, path: '/v1/../x' } }],
    ['a snapshot larger than the log', { ...checkpoint, snapshot: { ...checkpoint.snapshot, size: 1235 } }],
    [
      'a snapshot digest in capitals',
      { ...checkpoint, snapshot: { ...checkpoint.snapshot, sha256: 'A'.repeat(64) } },
    ],
  ] as const) {
    refused(`when what is signed has ${what}`, () => sign(changed));
  }
});

describe('a checkpoint is refused', () => {
  it('with ORIGIN_MISMATCH when it is of another log', async () => {
    const jws = await signCheckpoint({ ...checkpoint, origin: 'other.example.com' }, key);
    expect(await refusal(() => verify(jws))).to.equal('ORIGIN_MISMATCH');
  });

  it('with CHECKPOINT_FUTURE from a millisecond over five minutes ahead, and not at five minutes', async () => {
    const jws = await signCheckpoint(checkpoint, key);
    const fiveMinutes = 5 * 60_000;
    expect(await refusal(() => verify(jws, new Date(issued - fiveMinutes)))).to.equal(undefined);
    expect(await refusal(() => verify(jws, new Date(issued - fiveMinutes - 1)))).to.equal(
      'CHECKPOINT_FUTURE',
    );
  });

  it('with CHECKPOINT_STALE from the moment it expires, and not before', async () => {
    const jws = await signCheckpoint(checkpoint, key);
    expect(await refusal(() => verify(jws, new Date(expires - 1)))).to.equal(undefined);
    expect(await refusal(() => verify(jws, new Date(expires)))).to.equal('CHECKPOINT_STALE');
  });

  it('for its signature before anything that it says', async () => {
    const jws = await signCheckpoint({ ...checkpoint, origin: 'other.example.com' }, newKey());
    expect(await refusal(() => verify(jws, new Date(expires)))).to.equal('CHECKPOINT_SIGNATURE');
  });
});

describe('a checkpoint beside what was seen before', () => {
  const otherRoot = Buffer.alloc(32, 2).toString('base64');
  const against = (size: number, seenRoot: string) =>
    refusal(() => checkConsistency(checkpoint, { size, root: seenRoot }));

  it('agrees with the same tree and with any smaller one', async () => {
    expect(await against(1234, root)).to.equal(undefined);
    expect(await against(1233, otherRoot)).to.equal(undefined);
    expect(await against(0, otherRoot)).to.equal(undefined);
  });

  it('is refused with ROLLBACK when a larger tree was seen, whatever its root', async () => {
    expect(await against(1235, otherRoot)).to.equal('ROLLBACK');
    expect(await against(1235, root)).to.equal('ROLLBACK');
  });

  it('is refused with EQUIVOCATION when another tree of the same size was seen', async () => {
    expect(await against(1234, otherRoot)).to.equal('EQUIVOCATION');
  });
});
