/**
 * The registry's Ed25519 key in its file: a private JWK, readable by its owner alone. Made once; a log whose key
 * changed without a rotate-key entry is refused by every client that pinned it, so nothing here ever overwrites one.
 */
import { linkSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';
import { MpakError } from '../src/lib/errors.ts';
import { readTextIfThere, syncFolder } from '../src/lib/files.ts';
import { publicKeySchema } from '../src/lib/log/entry.ts';
import { type PrivateKey, type PublicKey, publicKey } from '../src/lib/log/key.ts';

const privateKeySchema = publicKeySchema.extend({ d: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });

/** Makes the first key of a log where there is none. */
export async function createFirstKey(file: string): Promise<void> {
  if (readTextIfThere(file) === undefined) writeSigningKey(file, await newSigningKey());
}

/** @throws MpakError IO_FAILED when the file holds no private key, or is gone */
export function readSigningKey(file: string): PrivateKey {
  return readKey(file, privateKeySchema, 'private');
}

/** Of a key that signs no more: its secret may have been taken away. @throws MpakError IO_FAILED */
export function readPublicKey(file: string): PublicKey {
  return publicKey(readKey(file, publicKeySchema, 'public'));
}

function readKey<S extends z.ZodType>(file: string, schema: S, what: string): z.infer<S> {
  const text = readTextIfThere(file);
  if (text === undefined) {
    throw new MpakError('IO_FAILED', `${file} is gone, and clients trust this log by the key in it.`, {
      hint: 'Restore it from a backup: a new one would be refused by every client.',
    });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new MpakError('IO_FAILED', `${file} does not hold an Ed25519 ${what} key.`, {
      hint: 'Restore it from a backup: clients trust the log by this key, and a new one cannot replace it.',
    });
  }
}

/** Clears what a process that was killed left of a key that it never used. Call it while no other one makes keys. */
export function removeUnfinishedKeys(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/^signing-key.*\.json\.tmp-\d+$/.test(name)) rmSync(path.join(folder, name), { force: true });
  }
}

export async function newSigningKey(): Promise<PrivateKey> {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  return privateKeySchema.parse(await exportJWK(privateKey));
}

/** Writes a key to a file of its own, on the disk when this returns. Where there is one, that one stands. */
export function writeSigningKey(file: string, key: PrivateKey): void {
  const temporary = `${file}.tmp-${process.pid}`;
  rmSync(temporary, { force: true });
  try {
    writeFileSync(temporary, `${JSON.stringify(key)}\n`, { mode: 0o600, flag: 'wx', flush: true });
    // Unlike a rename, a link fails where another process was faster: its key stands.
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  syncFolder(path.dirname(file));
}
