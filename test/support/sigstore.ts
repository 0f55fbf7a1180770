/**
 * A Sigstore of its own: certificate authority with its CT log, transparency logs of both generations, timestamp
 * authority, and a TUF repository that publishes its trusted root over real HTTP on loopback. @sigstore/mock and
 * @tufjs/repo-mock do the cryptography; what is signed is what a test says, honest or forged.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
// Not the packages' own entries: those load nock, which patches the HTTP of the whole process.
import { type CA, initializeCA } from '@sigstore/mock/dist/fulcio/ca.js';
import { initializeCTLog } from '@sigstore/mock/dist/fulcio/ctlog.js';
import { initializeTLog, type TLog } from '@sigstore/mock/dist/rekor/tlog.js';
import { initializeTSA, type TSA } from '@sigstore/mock/dist/timestamp/tsa.js';
import { tufHandlers } from '@tufjs/repo-mock/dist/handler.js';
import { initializeTUFRepo } from '@tufjs/repo-mock/dist/repo.js';

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

interface Parts {
  readonly keys: Readonly<Record<'ca' | 'ctlog' | 1 | 2, KeyPair>>;
  readonly logs: Readonly<Record<1 | 2, TLog>>;
  readonly tsa: TSA;
  readonly trustedRoot: unknown;
}

/** Claims of the workflow's token, as Fulcio writes them into the certificate. */
export interface BuildClaims {
  readonly issuer: string;
  readonly owner: string;
  readonly owner_id: string;
  readonly repository: string;
  readonly repository_id: string;
  readonly ref: string;
  readonly commit: string;
  /** `Owner/repo/path@ref` of the workflow that ran. */
  readonly workflow: string;
  /** The same of the reusable workflow that signed. */
  readonly signer_workflow: string;
  readonly runner: string;
  readonly trigger: string;
  readonly run: string;
}

export type StatementJson = {
  _type: string;
  subject: { name: string; digest: Record<string, string> }[];
  predicateType: string;
  predicate: unknown;
};

export interface AttestOptions {
  readonly claims?: Partial<BuildClaims>;
  /** Changes the statement before it is signed. */
  readonly statement?: (statement: StatementJson) => unknown;
  readonly payloadType?: string;
  /** Version of the Sigstore bundle. Default 0.3. */
  readonly bundle?: '0.1' | '0.2' | '0.3';
  /** Generation of the transparency log. Default 1; 2 comes with a signed timestamp. */
  readonly rekor?: 1 | 2;
  /** When the certificate was issued, good for ten minutes. Default now. */
  readonly issuedAt?: Date;
  /** Signs these bytes in place of the statement. */
  readonly signs?: Uint8Array;
  readonly withoutLogEntry?: boolean;
  /** Extensions of the certificate besides those of the claims. */
  readonly extensions?: readonly { oid: string; value: string; legacy?: boolean }[];
  /** The subject alternative name. Default: the URL of the signing workflow. */
  readonly identity?: string;
}

/** A Sigstore bundle as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: tests reach in to spoil it anywhere
export type BundleJson = any;

export const DEFAULT_CLAIMS: BuildClaims = {
  issuer: 'https://token.actions.githubusercontent.com',
  owner: 'Acme',
  owner_id: '4711',
  repository: 'Acme/echo',
  repository_id: '815',
  ref: 'refs/tags/v1.0.0',
  commit: 'c'.repeat(40),
  workflow: 'Acme/echo/.github/workflows/release.yml@refs/tags/v1.0.0',
  signer_workflow: 'Acme/echo/.github/workflows/release.yml@refs/tags/v1.0.0',
  runner: 'github-hosted',
  trigger: 'release',
  run: 'https://github.com/Acme/echo/actions/runs/100/attempts/1',
};

const SLSA = 'https://slsa.dev/provenance/v1';
const FULCIO = '1.3.6.1.4.1.57264.1';
const SHA256_OID = '2.16.840.1.101.3.4.2.1';
const TSA_POLICY_OID = '1.3.6.1.4.1.57264.2';
const LOGS = { 1: 'https://rekor.test', 2: 'https://rekor2.test' } as const;

export class LocalSigstore {
  /** Paths that were asked for of the TUF repository. */
  readonly requests: string[] = [];
  /** Answers every request to the TUF repository with 503. */
  broken = false;
  /** TrustedRoot, as JSON. */
  readonly trustedRoot: unknown;
  /** The first root.json of the TUF repository. */
  readonly tufRoot: string;
  readonly #keys: Parts['keys'];
  readonly #logs: Parts['logs'];
  readonly #tsa: TSA;
  readonly #server: Server;
  #url = '';

  private constructor(parts: Parts) {
    this.#keys = parts.keys;
    this.#logs = parts.logs;
    this.#tsa = withWholeSeconds(parts.tsa);
    this.trustedRoot = parts.trustedRoot;
    const content = JSON.stringify(parts.trustedRoot);
    const repository = initializeTUFRepo([{ name: 'trusted_root.json', content }]);
    this.tufRoot = JSON.stringify(repository.rootMeta.toJSON());
    const handlers = tufHandlers(repository, { metadataPathPrefix: '' });
    this.#server = createServer((request, response) => {
      this.requests.push(request.url ?? '');
      const answer = handlers.find(({ path }) => path === request.url)?.fn();
      if (this.broken) response.writeHead(503).end();
      else response.writeHead(answer?.statusCode ?? 404).end(answer?.response);
    });
  }

  static async start(): Promise<LocalSigstore> {
    const keys = { ca: keyPair(), ctlog: keyPair(), 1: keyPair(), 2: keyPair() };
    const logs = { 1: await initializeTLog(LOGS[1], keys[1]), 2: await initializeTLog(LOGS[2], keys[2]) };
    const tsa = await initializeTSA(keyPair());
    const ca = await certificateAuthority(keys, new Date());
    const trustedRoot = {
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [logInstance(LOGS[1], keys[1]), logInstance(LOGS[2], keys[2])],
      certificateAuthorities: [authority('https://fulcio.test', [ca.rootCertificate])],
      ctlogs: [logInstance('https://ctlog.test', keys.ctlog)],
      timestampAuthorities: [authority('https://tsa.test', [tsa.intCertificate, tsa.rootCertificate])],
    };
    const sigstore = new LocalSigstore({ keys, logs, tsa, trustedRoot });
    await new Promise<void>((resolve) => sigstore.#server.listen(0, '127.0.0.1', resolve));
    sigstore.#url = `http://127.0.0.1:${(sigstore.#server.address() as AddressInfo).port}`;
    return sigstore;
  }

  /** Of the TUF repository. */
  get tufUrl(): string {
    return this.#url;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Attests a build, as a release workflow of Acme/echo would. @param digest of the artifact, by algorithm */
  async attest(digest: Readonly<Record<string, string>>, options: AttestOptions = {}): Promise<BundleJson> {
    const claims = { ...DEFAULT_CLAIMS, ...options.claims };
    const { statement = (unchanged) => unchanged, payloadType = 'application/vnd.in-toto+json' } = options;
    const payload = Buffer.from(JSON.stringify(statement(provenanceStatement(digest, claims))));
    const signer = keyPair();
    const certificate = await this.#issue(signer, claims, options);
    const signature = sign(
      'sha256',
      preAuthEncoding(payloadType, options.signs ?? payload),
      signer.privateKey,
    );
    const { rekor = 1, bundle = '0.3' } = options;
    const entry = rekor === 1 ? this.#logV1.bind(this) : this.#logV2.bind(this);
    const rawBytes = base64(certificate);
    return {
      mediaType:
        bundle === '0.3'
          ? 'application/vnd.dev.sigstore.bundle.v0.3+json'
          : `application/vnd.dev.sigstore.bundle+json;version=${bundle}`,
      verificationMaterial: {
        ...(bundle === '0.3'
          ? { certificate: { rawBytes } }
          : { x509CertificateChain: { certificates: [{ rawBytes }] } }),
        tlogEntries: options.withoutLogEntry
          ? []
          : [withoutProof(await entry(payload, signature, certificate), bundle)],
        timestampVerificationData:
          rekor === 1 ? {} : { rfc3161Timestamps: [await this.#timestamp(signature)] },
      },
      dsseEnvelope: {
        payload: base64(payload),
        payloadType,
        signatures: [{ sig: base64(signature) }],
      },
    };
  }

  async #issue(signer: KeyPair, claims: BuildClaims, options: AttestOptions): Promise<Buffer> {
    const ca = await certificateAuthority(this.#keys, options.issuedAt ?? new Date());
    const certificate = await ca.issueCertificate({
      publicKey: signer.publicKey.export({ format: 'der', type: 'spki' }) as Buffer<ArrayBuffer>,
      subjectAltName: options.identity ?? `https://github.com/${claims.signer_workflow}`,
      extensions: [...extensionsOf(claims), ...(options.extensions ?? [])],
    });
    return Buffer.from(certificate as Uint8Array);
  }

  async #logV1(payload: Buffer, signature: Buffer, certificate: Buffer): Promise<BundleJson> {
    const logged = await this.#logs[1].log({
      apiVersion: '0.0.1',
      kind: 'dsse',
      spec: {
        payloadHash: { algorithm: 'sha256', value: sha256(payload).toString('hex') },
        signatures: [{ signature: base64(signature), verifier: base64(certificate) }],
      },
    });
    const [entry] = Object.values(logged) as [BundleJson];
    const { inclusionProof, signedEntryTimestamp } = entry.verification;
    return {
      logIndex: String(entry.logIndex),
      logId: { keyId: base64(Buffer.from(entry.logID, 'hex')) },
      kindVersion: { kind: 'dsse', version: '0.0.1' },
      integratedTime: String(entry.integratedTime),
      inclusionPromise: { signedEntryTimestamp },
      inclusionProof: {
        logIndex: '0',
        rootHash: base64(Buffer.from(inclusionProof.rootHash, 'hex')),
        treeSize: '1',
        hashes: [],
        checkpoint: { envelope: inclusionProof.checkpoint },
      },
      canonicalizedBody: entry.body,
    };
  }

  async #logV2(payload: Buffer, signature: Buffer, certificate: Buffer): Promise<BundleJson> {
    const body = {
      apiVersion: '0.0.2',
      kind: 'dsse',
      spec: {
        dsseV002: {
          payloadHash: { algorithm: 'SHA2_256', digest: base64(sha256(payload)) },
          signatures: [
            {
              content: base64(signature),
              verifier: {
                keyDetails: 'PKIX_ECDSA_P256_SHA_256',
                x509Certificate: { rawBytes: base64(certificate) },
              },
            },
          ],
        },
      },
    };
    // It logs what it is given: the entry itself, where a real log makes one of the request.
    const entry = await this.#logs[2].logV2(body as never);
    const proof = entry.inclusionProof;
    return {
      logIndex: '0',
      logId: { keyId: base64(entry.logId?.keyId as Buffer) },
      kindVersion: { kind: 'dsse', version: '0.0.2' },
      integratedTime: '0',
      inclusionProof: {
        logIndex: '0',
        rootHash: base64(Buffer.from(proof?.rootHash.toString('hex') as string, 'hex')),
        treeSize: '1',
        hashes: [],
        checkpoint: proof?.checkpoint,
      },
      canonicalizedBody: base64(entry.canonicalizedBody),
    };
  }

  async #timestamp(signature: Buffer): Promise<{ signedTimestamp: string }> {
    const timestamp = await this.#tsa.timestamp({
      artifactHash: sha256(signature),
      hashAlgorithmOID: SHA256_OID,
      nonce: 1,
      policyOID: TSA_POLICY_OID,
    });
    return { signedTimestamp: base64(timestamp as Uint8Array) };
  }
}

/**
 * The mock writes fractions of a second without their leading zeros now and then, which is no valid time: none are
 * written.
 */
function withWholeSeconds(tsa: TSA): TSA {
  const wholeSecond = () => new Date(Math.floor(Date.now() / 1000) * 1000);
  return Object.assign(tsa, { getCurrentTime: wholeSecond });
}

/** The statement of actions/attest-build-provenance. */
export function provenanceStatement(
  digest: Readonly<Record<string, string>>,
  claims: BuildClaims = DEFAULT_CLAIMS,
): StatementJson {
  const repository = `https://github.com/${claims.repository}`;
  const [path = ''] = claims.workflow.split('/').slice(2).join('/').split('@');
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'echo.mcpb', digest: { ...digest } }],
    predicateType: SLSA,
    predicate: {
      buildDefinition: {
        buildType: 'https://actions.github.io/buildtypes/workflow/v1',
        externalParameters: { workflow: { ref: claims.ref, repository, path } },
        internalParameters: { github: { event_name: claims.trigger, repository_owner_id: claims.owner_id } },
        resolvedDependencies: [
          { uri: `git+${repository}@${claims.ref}`, digest: { gitCommit: claims.commit } },
        ],
      },
      runDetails: {
        builder: { id: `https://github.com/${claims.signer_workflow}` },
        metadata: { invocationId: claims.run },
      },
    },
  };
}

/** The same keys at another time make the same authority with another clock. */
async function certificateAuthority(keys: { ca: KeyPair; ctlog: KeyPair }, now: Date): Promise<CA> {
  return initializeCA(keys.ca, await initializeCTLog(keys.ctlog, now), now);
}

function extensionsOf(claims: BuildClaims) {
  const url = (path: string) => `https://github.com/${path}`;
  const values: Readonly<Record<number, string>> = {
    8: claims.issuer,
    9: url(claims.signer_workflow),
    11: claims.runner,
    12: url(claims.repository),
    13: claims.commit,
    14: claims.ref,
    15: claims.repository_id,
    16: url(claims.owner),
    17: claims.owner_id,
    18: url(claims.workflow),
    20: claims.trigger,
    21: claims.run,
    22: 'public',
  };
  return Object.entries(values).map(([number, value]) => ({ oid: `${FULCIO}.${number}`, value }));
}

/** Version 0.1 knew promises alone. */
function withoutProof(entry: BundleJson, bundle: string): BundleJson {
  const { inclusionProof, ...rest } = entry;
  return bundle === '0.1' ? rest : entry;
}

function logInstance(baseUrl: string, { publicKey }: KeyPair) {
  const rawBytes = publicKey.export({ format: 'der', type: 'spki' });
  return {
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: base64(rawBytes),
      keyDetails: 'PKIX_ECDSA_P256_SHA_256',
      validFor: { start: '2020-01-01T00:00:00Z' },
    },
    logId: { keyId: base64(sha256(rawBytes)) },
  };
}

function authority(uri: string, certificates: readonly ArrayBufferView[]) {
  return {
    subject: { organization: 'sigstore.mock', commonName: 'sigstore' },
    uri,
    certChain: {
      certificates: certificates.map((certificate) => ({ rawBytes: base64(certificate as Uint8Array) })),
    },
    validFor: { start: '2020-01-01T00:00:00Z' },
  };
}

/** https://github.com/secure-systems-lab/dsse/blob/master/protocol.md */
function preAuthEncoding(type: string, payload: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `),
    Buffer.from(payload),
  ]);
}

function keyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
