/**
 * The keys that sign a registry's checkpoints: Ed25519, named by their RFC 7638 thumbprint, and the statement by
 * which one hands over to the next.
 */
import { CompactSign, calculateJwkThumbprint, compactVerify, importJWK } from 'jose';
import { MpakError } from '../errors.ts';

/** A public Ed25519 key as a JWK (RFC 8037). */
export interface PublicKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  /** 32 bytes, base64url. */
  readonly x: string;
}

/** A private key: the public one and its secret `d`, 32 bytes in base64url. */
export interface PrivateKey extends PublicKey {
  readonly d: string;
}

/** The one signature algorithm of the log. Any other in a header is refused before a key is touched. */
export const ALGORITHM = 'EdDSA';

export function publicKey({ kty, crv, x }: PublicKey): PublicKey {
  return { kty, crv, x };
}

/** The key's id: SHA-256 of its canonical JWK, base64url (RFC 7638). */
export function keyId(key: PublicKey): Promise<string> {
  return calculateJwkThumbprint(publicKey(key) as { kty: 'OKP'; crv: string; x: string }, 'sha256');
}

/** What people compare: `SHA256:` and the key's id. */
export function fingerprint(kid: string): string {
  return `SHA256:${kid}`;
}

/** The key id that a typed fingerprint means. @throws MpakError USAGE when it is none */
export function parseFingerprint(text: string): string {
  const kid = text.replace(/^SHA256:/i, '');
  if (!/^[A-Za-z0-9_-]{43}$/.test(kid)) {
    throw new MpakError('USAGE', `${JSON.stringify(text)} is not a key fingerprint.`, {
      hint: 'A fingerprint is "SHA256:" and 43 characters; `mpak-registry keys` prints it.',
    });
  }
  return kid;
}

/** What the old key signs to name its successor. The origin is in it, so no other registry can use it. */
interface RotationStatement {
  readonly origin: string;
  readonly old_kid: string;
  readonly new_key: PublicKey;
}

/** The `signature` of a rotate-key entry: a compact JWS by the old key over the rotation statement. */
export async function signRotation(origin: string, oldKey: PrivateKey, newKey: PublicKey): Promise<string> {
  const oldKid = await keyId(oldKey);
  const statement: RotationStatement = { origin, old_kid: oldKid, new_key: publicKey(newKey) };
  return new CompactSign(Buffer.from(JSON.stringify(statement)))
    .setProtectedHeader({ alg: ALGORITHM, kid: oldKid, typ: 'mpak-rotation' })
    .sign(await importJWK({ ...oldKey }, ALGORITHM));
}

/** Whether the old key of this registry really named the new one. */
export async function verifyRotation(
  rotation: { signature: string; new_key: PublicKey },
  origin: string,
  oldKey: PublicKey,
): Promise<boolean> {
  try {
    const { payload, protectedHeader } = await compactVerify(
      rotation.signature,
      await importJWK({ ...publicKey(oldKey) }, ALGORITHM),
      { algorithms: [ALGORITHM] },
    );
    const statement = JSON.parse(Buffer.from(payload).toString('utf8')) as RotationStatement;
    return (
      protectedHeader.typ === 'mpak-rotation' &&
      statement.origin === origin &&
      statement.old_kid === (await keyId(oldKey)) &&
      statement.new_key.x === rotation.new_key.x
    );
  } catch {
    return false;
  }
}
