/**
 * Compact JWS (RFC 7515) by Ed25519 (RFC 8037) and nothing else: the two statements of the log are signed so. There is no
 * algorithm to choose, no key to find and no extension to understand; what is left is the signature, which is Node's.
 */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';

/** The one signature algorithm of the log. Any other in a header is refused before a key is touched. */
export const ALGORITHM = 'EdDSA';

type Jwk = { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string };

export interface ProtectedHeader {
  readonly kid: string;
  readonly typ: string;
}

export function signJws(
  payload: unknown,
  header: ProtectedHeader,
  key: Jwk & { readonly d: string },
): string {
  const { kty, crv, x, d } = key;
  const signed = `${encode(JSON.stringify({ alg: ALGORITHM, ...header }))}.${encode(JSON.stringify(payload))}`;
  const signature = sign(
    null,
    Buffer.from(signed),
    createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' }),
  );
  return `${signed}.${signature.toString('base64url')}`;
}

/**
 * The header, unverified: for finding the key, nothing else.
 * @throws Error when it is no compact JWS of this kind
 */
export function readHeader(jws: string): ProtectedHeader {
  const [encoded] = partsOf(jws);
  const header: unknown = JSON.parse(decode(encoded).toString('utf8'));
  if (header === null || typeof header !== 'object') throw new Error('no header');
  const { alg, kid, typ, crit, b64 } = header as Record<string, unknown>;
  if (alg !== ALGORITHM) throw new Error('another algorithm');
  // RFC 7515 section 4.1.11: what a signer calls critical must be understood, or refused.
  if (crit !== undefined || b64 !== undefined) throw new Error('an extension');
  if (typeof kid !== 'string' || typeof typ !== 'string') throw new Error('no kid, or no typ');
  return { kid, typ };
}

/** The payload, verified. @throws Error when it is no compact JWS of this kind, or this key has not signed it */
export function verifyJws(jws: string, { kty, crv, x }: Jwk): Buffer {
  readHeader(jws);
  const [header, payload, signature] = partsOf(jws);
  const key = createPublicKey({ key: { kty, crv, x }, format: 'jwk' });
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('another kind of key');
  if (!verify(null, Buffer.from(`${header}.${payload}`), key, decode(signature)))
    throw new Error('not signed');
  return decode(payload);
}

function partsOf(jws: string): [string, string, string] {
  const parts = jws.split('.');
  if (parts.length !== 3) throw new Error('not three parts');
  return parts as [string, string, string];
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** Only the one spelling that RFC 7515 has for these bytes. */
function decode(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw new Error('not base64url');
  return bytes;
}
