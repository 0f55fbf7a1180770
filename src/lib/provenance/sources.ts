/** Where attestations come from, in order: beside the file, the registry, GitHub. Each is asked when it is needed. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { MpakError } from '../errors.ts';
import { isMissing } from '../files.ts';
import { readRegularFile } from '../regular-file.ts';
import { AttestationsClient } from '../remote/attestations-client.ts';
import { systemError } from '../system-error.ts';
import { MAX_ATTESTATION_BYTES, readDocuments } from './document.ts';
import type { Policy } from './policy.ts';
import type { GitHubApi } from './settings.ts';
import type { TrustedRoot } from './trusted-root.ts';
import { type Attestation, type Verification, verifyAttestations } from './verify.ts';

export interface AttestationSources {
  /** Of the artifact, lower-case hex: what registry and GitHub are asked for. */
  readonly sha256: string;
  /** The file that the user named: then it is the only source. */
  readonly file?: string | undefined;
  /** The artifact itself, when it is a local file: `<artifact>.sigstore.json` is looked for. */
  readonly artifact?: string | undefined;
  /** Undefined: no network is used. */
  readonly network?: NetworkSources | undefined;
}

export interface NetworkSources {
  readonly userAgent: string;
  readonly registry: URL;
  readonly github: GitHubApi;
  /** `Owner/repo` to ask GitHub about; undefined: it is not asked. */
  readonly repository: string | undefined;
  /** SHA-256 of what the registry serves, as its log says it, hex; undefined or null when it does not. */
  readonly logged?: string | null | undefined;
}

/**
 * Verifies an artifact by the first attestation, of whatever source, that satisfies the policy.
 * @throws MpakError NETWORK, REGISTRY_ANSWER when no attestation was found and a source could not be asked; NOT_FOUND
 *   when the file that was named is not there
 */
export async function verifyFromSources(
  sources: AttestationSources,
  policy: Policy,
  root: TrustedRoot,
): Promise<Verification> {
  const problems: MpakError[] = [];
  const attestations = collectAttestations(sources, (problem) => problems.push(problem));
  const verification = await verifyAttestations(attestations, policy, root);
  if (verification.code === 'ATTESTATION_MISSING' && problems[0] !== undefined) throw problems[0];
  return verification;
}

/** @param onProblem told of each source that could not be asked; the next one is asked all the same */
export async function* collectAttestations(
  sources: AttestationSources,
  onProblem: (problem: MpakError) => void,
): AsyncGenerator<Attestation> {
  const { sha256, file, artifact, network } = sources;
  if (file !== undefined) {
    const bytes = readNamed(file);
    if (bytes === undefined) {
      throw new MpakError('NOT_FOUND', `There is no attestation file ${file}.`, {
        hint: 'Check what was passed with `--attestation`.',
      });
    }
    yield* attestationsOf(bytes, file);
    return;
  }
  if (artifact !== undefined) yield* besideOf(`${artifact}.sigstore.json`);
  if (network === undefined) return;
  const client = new AttestationsClient(network.userAgent, MAX_ATTESTATION_BYTES);
  try {
    const { registry, github, repository, logged } = network;
    const registered = await ask(async () => {
      const bytes = await client.fromRegistry(registry, sha256);
      if (bytes !== undefined && logged) requireLogged(bytes, logged, registry);
      return bytes;
    }, onProblem);
    if (registered !== undefined) yield* attestationsOf(registered, registry.href);
    if (repository === undefined) return;
    const published = await ask(() => client.fromGitHub(github, repository, sha256), onProblem);
    if (published !== undefined) yield* attestationsOf(published, github.url.href);
  } finally {
    await client.close();
  }
}

/** A registry that serves something else than it signed is not listened to; GitHub is asked. */
function requireLogged(bytes: Uint8Array, logged: string, registry: URL): void {
  const served = createHash('sha256').update(bytes).digest('hex');
  if (served === logged) return;
  throw new MpakError(
    'REGISTRY_ANSWER',
    `${registry.href} serves attestations with the sha256 ${served}, and its signed log says ${logged}.`,
    { hint: 'They were not looked at. Tell the operator of the registry.' },
  );
}

async function ask<T>(
  source: () => Promise<T>,
  onProblem: (problem: MpakError) => void,
): Promise<T | undefined> {
  try {
    return await source();
  } catch (error) {
    if (!(error instanceof MpakError)) throw error;
    onProblem(error);
    return undefined;
  }
}

function attestationsOf(bytes: Uint8Array, source: string): Attestation[] {
  return readDocuments(bytes).map((document) => ({ source, document }));
}

/** Those in a file that happens to be there: whatever it is, other sources may have better ones. */
function besideOf(file: string): Attestation[] {
  let malformed: string;
  try {
    const tooLarge = () => new MpakError('USAGE', `is larger than ${MAX_ATTESTATION_BYTES} bytes`);
    return attestationsOf(readRegularFile(file, { most: MAX_ATTESTATION_BYTES, tooLarge }), file);
  } catch (error) {
    if (isMissing(error)) return [];
    malformed = `cannot be read: ${(systemError(error) ?? (error as Error)).message}`;
  }
  return [{ source: file, document: { malformed } }];
}

/**
 * A file that the user named, which may be a pipe, or one byte more than is allowed of it; undefined when there is none.
 * @throws MpakError USAGE for a folder, and what the file system says
 */
function readNamed(file: string): Buffer | undefined {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    if (fstatSync(handle).isDirectory()) {
      throw new MpakError('USAGE', `${file} is a folder, and no attestation.`, {
        hint: 'Check what was passed with `--attestation`.',
      });
    }
    const chunks: Buffer[] = [];
    for (let length = 0; length <= MAX_ATTESTATION_BYTES; ) {
      const chunk = Buffer.allocUnsafe(64 * 1024);
      const read = readSync(handle, chunk);
      if (read === 0) break;
      chunks.push(chunk.subarray(0, read));
      length += read;
    }
    return Buffer.concat(chunks);
  } finally {
    closeSync(handle);
  }
}
