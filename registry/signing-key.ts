/**
 * The registry's Ed25519 key in its file: a private JWK, readable by its owner alone. Made once; a log whose key
 * changed without a rotate-key entry is refused by every client that pinned it, so nothing here ever overwrites one.
 */
import { linkSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';
import { MpakError } from '../src/lib/errors.ts';
import { readTextIfThere, syncFolder } from '../src/lib/files.ts';
import { publicKeySchema } from '../src/lib/log/entry.ts';
import type { PrivateKey } from '../src/lib/log/key.ts';

const privateKeySchema = publicKeySchema.extend({ d: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });

/**
 * Reads the key, making it first where there is none.
 * @param served the log was signed before: its key can be lost, and then must come back
 * @throws MpakError IO_FAILED when the file holds no key, or is gone
 */
export async function loadOrCreateSigningKey(file: string, served: boolean): Promise<PrivateKey> {
  const key = readSigningKey(file);
  if (key !== undefined) return key;
  if (!served) return createSigningKey(file);
  throw new MpakError('IO_FAILED', `${file} is gone, and clients trust this log by the key in it.`, {
    hint: 'Restore it from a backup: a new one would be refused by every client.',
  });
}

/** @throws MpakError IO_FAILED when the file holds no key */
export function readSigningKey(file: string): PrivateKey | undefined {
  const text = readTextIfThere(file);
  if (text === undefined) return undefined;
  try {
    return privateKeySchema.parse(JSON.parse(text));
  } catch {
    throw new MpakError('IO_FAILED', `${file} does not hold an Ed25519 private key.`, {
      hint: 'Restore it from a backup: clients trust the log by this key, and a new one cannot replace it.',
    });
  }
}

async function createSigningKey(file: string): Promise<PrivateKey> {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const key = privateKeySchema.parse(await exportJWK(privateKey));
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
  return readSigningKey(file) ?? key;
}
