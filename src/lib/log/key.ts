/**
 * The keys that sign a registry's checkpoints: Ed25519, named by their RFC 7638 thumbprint, and the statement by
 * which one hands over to the next.
 */
import { createHash } from 'node:crypto';
import { MpakError } from '../errors.ts';
import { readHeader, signJws, verifyJws } from './jws.ts';

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

export function publicKey({ kty, crv, x }: PublicKey): PublicKey {
  return { kty, crv, x };
}

/** The key's id: SHA-256 of its canonical JWK, base64url (RFC 7638). */
export function keyId({ kty, crv, x }: PublicKey): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
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
export function signRotation(origin: string, oldKey: PrivateKey, newKey: PublicKey): string {
  const oldKid = keyId(oldKey);
  const statement: RotationStatement = { origin, old_kid: oldKid, new_key: publicKey(newKey) };
  return signJws(statement, { kid: oldKid, typ: 'mpak-rotation' }, oldKey);
}

/** Whether the old key of this registry really named the new one. */
export function verifyRotation(
  rotation: { signature: string; new_key: PublicKey },
  origin: string,
  oldKey: PublicKey,
): boolean {
  try {
    const payload = verifyJws(rotation.signature, oldKey);
    const statement = JSON.parse(payload.toString('utf8')) as RotationStatement;
    return (
      readHeader(rotation.signature).typ === 'mpak-rotation' &&
      statement.origin === origin &&
      statement.old_kid === keyId(oldKey) &&
      statement.new_key.x === rotation.new_key.x
    );
  } catch {
    return false;
  }
}
