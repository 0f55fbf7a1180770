/**
 * Whom to trust: the certificate authorities, logs and timestamp authorities of a Sigstore, as its TrustedRoot document
 * lists them. It comes from a file of the user, else from the TUF repository as it was last seen, else from the copy
 * that @sigstore/tuf ships: verification needs no network.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TrustedRoot as TrustedRootMessage } from '@sigstore/protobuf-specs';
import { toTrustMaterial, Verifier } from '@sigstore/verify';
import type { Dispatcher } from 'undici';
import { MpakError } from '../errors.ts';
import { isMissing } from '../files.ts';
import { systemError } from '../system-error.ts';
import { type TufRepository, TufStore } from './tuf.ts';

/** Largest trusted root, in bytes. */
const MAX_ROOT_BYTES = 4 * 1024 * 1024;

/** Where a trusted root came from: the user's file, TUF now or before, or what @sigstore/tuf ships. */
export type TrustedRootOrigin = 'file' | 'tuf' | 'shipped';

export interface TrustedRoot {
  readonly origin: TrustedRootOrigin;
  /** Of the document, lower-case hex: what a receipt remembers. */
  readonly sha256: string;
  /** What the user should be told of it: it is old, and why it is not refreshed. */
  readonly stale?: string | undefined;
  readonly verifiers: readonly Verifier[];
  /** The URL of a log by its key id. */
  readonly logUrl: (keyId: Uint8Array) => string | undefined;
}

export interface TrustedRootOptions {
  /** A TrustedRoot document of the user's, or several, one a line. Nothing else is asked then. */
  readonly trustedRoot: string | undefined;
  readonly tuf: TufRepository;
  /** The folder that keeps what TUF said. */
  readonly folder: string;
  readonly offline: boolean;
  readonly userAgent: string;
  readonly now: () => Date;
  /** Carries what is asked of TUF, in place of connections of its own. */
  readonly dispatcher?: Dispatcher | undefined;
}

/** @throws MpakError TRUSTED_ROOT, or what the file system says of the file */
export async function loadTrustedRoot(options: TrustedRootOptions): Promise<TrustedRoot> {
  if (options.trustedRoot !== undefined) {
    return readTrustedRoot(options.trustedRoot);
  }
  const store = new TufStore(options.folder, options.tuf);
  const problem = options.offline
    ? undefined
    : await store.refresh(options.userAgent, options.now(), options.dispatcher);
  const stale = store.stale(options.now(), problem);
  const cached = store.trustedRoot();
  if (cached !== undefined) {
    try {
      return { ...parseTrustedRoot(cached, 'tuf', store.trustedRootFile), stale };
    } catch (error) {
      if (store.shipped() === undefined) throw error;
    }
  }
  const shipped = store.shipped();
  if (shipped !== undefined)
    return { ...parseTrustedRoot(shipped, 'shipped', 'the shipped trusted root'), stale };
  throw new MpakError('TRUSTED_ROOT', `There is no trusted root of ${options.tuf.url} yet.`, {
    hint:
      problem === undefined
        ? 'Run the command once without `--offline`, or pass the root with `--trusted-root`.'
        : `It could not be fetched: ${problem}.`,
  });
}

/**
 * @param source what to call it in errors
 * @throws MpakError TRUSTED_ROOT
 */
export function parseTrustedRoot(bytes: Uint8Array, origin: TrustedRootOrigin, source: string): TrustedRoot {
  try {
    if (bytes.length > MAX_ROOT_BYTES) throw new Error(`it is larger than ${MAX_ROOT_BYTES} bytes`);
    const messages = parseDocuments(Buffer.from(bytes).toString('utf8')).map(readMessage);
    const logs = messages.flatMap(({ tlogs }) => tlogs);
    return {
      origin,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      verifiers: messages.map((message) => new Verifier(toTrustMaterial(message))),
      logUrl: (keyId) => logs.find((log) => (log.checkpointKeyId ?? log.logId)?.keyId.equals(keyId))?.baseUrl,
    };
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new MpakError('TRUSTED_ROOT', `${source} is not a trusted root of Sigstore: ${reason}.`, {
      hint: 'A trusted root is the trusted_root.json of a Sigstore TUF repository.',
      cause,
    });
  }
}

/** A TrustedRoot document of the user's. @throws MpakError TRUSTED_ROOT, or what the file system says of the file */
export function readTrustedRoot(file: string): TrustedRoot {
  return parseTrustedRoot(readFile(file), 'file', file);
}

function readFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const why = isMissing(cause)
      ? undefined
      : systemError(Object.assign(cause as Error, { path: file }))?.message;
    throw new MpakError('TRUSTED_ROOT', why ?? `There is no trusted root ${file}.`, {
      hint: 'Check what was passed with `--trusted-root`, or is set as MPAK_TRUSTED_ROOT.',
      cause,
    });
  }
}

function readMessage(json: unknown): TrustedRootMessage {
  const message = TrustedRootMessage.fromJSON(json);
  if (message.certificateAuthorities.length === 0) throw new Error('it names no certificate authority');
  return message;
}

/** One JSON document, or one a line as `gh attestation trusted-root` prints them. */
function parseDocuments(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch (error) {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    if (lines.length < 2) throw error;
    return lines.map((line) => JSON.parse(line));
  }
}
