/** All that a user's machine talks to, on loopback and real: a GitHub, a Sigstore, a registry; and a home for mpak. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { decodeJwt } from 'jose';
import { append } from '../../src/lib/index/append.ts';
import { openIndex } from '../../src/lib/index/open.ts';
import { type Entry, encodeEntry, type PublishEntry } from '../../src/lib/log/entry.ts';
import { finished, programLine, type Result, startCommand } from './cli.ts';
import { LocalGitHub } from './github.ts';
import { type BundleFile, makeBundle } from './mcpb.ts';
import { announcement, postAnnouncement, type RegistryProcess, startRegistry } from './registry.ts';
import { type AttestOptions, type BuildClaims, LocalSigstore } from './sigstore.ts';

/** What a user's command line begins with. */
export const MPAK = programLine('mpak');

export interface PublishOptions {
  readonly bundle?: BundleFile;
  /**
   * Changes the attestation, and adds it after the announcement, which would be refused: clients are to refuse it by
   * themselves. False: there is none.
   */
  readonly attest?: AttestOptions | false;
  /** Name of the asset. */
  readonly filename?: string;
  readonly platform?: { readonly os: string; readonly arch: string };
  /** `Owner/repo` that it is built in and released from. Default: named as the package is. */
  readonly repository?: string;
  /** Claims of the token that announces. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

export class World {
  readonly folder: string;
  readonly github: LocalGitHub;
  readonly sigstore: LocalSigstore;
  registry: RegistryProcess;
  /** Of the user's; mpak's is in it. */
  home: string;

  private constructor(
    folder: string,
    github: LocalGitHub,
    sigstore: LocalSigstore,
    registry: RegistryProcess,
  ) {
    this.folder = folder;
    this.github = github;
    this.sigstore = sigstore;
    this.registry = registry;
    this.home = path.join(folder, 'home');
    mkdirSync(this.home);
  }

  static async start(folder: string): Promise<World> {
    const github = await LocalGitHub.start();
    const sigstore = await LocalSigstore.start();
    const trustedRoot = path.join(folder, 'trusted_root.json');
    mkdirSync(folder, { recursive: true });
    writeFileSync(trustedRoot, JSON.stringify(sigstore.trustedRoot));
    const registry = await startRegistry({
      data: path.join(folder, 'registry'),
      github,
      args: ['--trusted-root', trustedRoot],
    });
    return new World(folder, github, sigstore, registry);
  }

  async stop(): Promise<void> {
    await this.registry.stop();
    await this.github.close();
    await this.sigstore.close();
  }

  /** From here on another user: nothing is installed, set or synced. */
  newUser(): void {
    this.home = mkdtempSync(path.join(this.folder, 'home-'));
  }

  /** MPAK_HOME. */
  get mpakHome(): string {
    return path.join(this.home, '.mpak');
  }

  get environment(): Record<string, string> {
    return {
      HOME: this.home,
      MPAK_HOME: this.mpakHome,
      MPAK_REGISTRY_URL: this.registry.url,
      MPAK_GITHUB_API: this.github.api,
      MPAK_TRUSTED_ROOT: path.join(this.folder, 'trusted_root.json'),
    };
  }

  mpak(...args: string[]): Promise<Result> {
    return finished(startCommand('mpak', args, this.environment));
  }

  /** Starts it with all streams open; the caller ends it. @param wrap makes another command line of it */
  start(
    args: readonly string[],
    options: {
      environment?: Readonly<Record<string, string>>;
      wrap?: (line: readonly string[]) => readonly string[];
      cwd?: string;
    } = {},
  ): ChildProcessWithoutNullStreams {
    const { PATH = '', TMPDIR = '', NODE_V8_COVERAGE = '' } = process.env;
    const { wrap = (line) => line } = options;
    const [command, ...rest] = wrap([...MPAK, ...args]) as [string, ...string[]];
    return spawn(command, rest, {
      cwd: options.cwd,
      env: {
        PATH,
        ...(TMPDIR && { TMPDIR }),
        ...(NODE_V8_COVERAGE && { NODE_V8_COVERAGE }),
        NO_COLOR: '1',
        MPAK_NO_KEYCHAIN: '1',
        ...this.environment,
        ...options.environment,
      },
    });
  }

  /** Where the package's files are on the user's disk. */
  packageFolder(name: string): string {
    return path.join(this.mpakHome, 'cache', ...name.slice(1).split('/'));
  }

  /** Appends to the log beside the registry, as its operator may: it serves what it finds there. */
  appendToLog(...entries: readonly Entry[]): void {
    const db = openIndex(path.join(this.folder, 'registry', 'registry.db'));
    try {
      db.transaction(() => append(db, entries.map(encodeEntry), { keepLines: true })).immediate();
    } finally {
      db.close();
    }
  }

  /** Attests an artifact as the workflow of that token would, and gives the attestation to GitHub. */
  async attest(sha256: string, token: string, options: AttestOptions = {}): Promise<void> {
    const { claims, ...rest } = options;
    const build = buildClaims(decodeJwt(token));
    const bundle = await this.sigstore.attest({ sha256 }, { ...rest, claims: { ...build, ...claims } });
    const [owner, repo] = build.repository.split('/') as [string, string];
    this.github.addAttestation(owner, repo, sha256, bundle);
  }

  /**
   * A registry that vouches for a forgery: the next version of a published package, named in the log with an attestation
   * that it serves and never verified.
   */
  async vouch(name: string, version: string, attest: AttestOptions): Promise<BundleFile> {
    const bundle = makeBundle(name, version);
    const [owner, repo] = name.slice(1).split('/') as [string, string];
    const url = this.github.addAsset(owner, repo, `v${version}`, `${version}.mcpb`, bundle.bytes);
    const build = buildClaims(decodeJwt(await this.github.issueToken(name.slice(1))));
    const { claims, ...rest } = attest;
    const forged = await this.sigstore.attest(
      { sha256: bundle.sha256 },
      { ...rest, claims: { ...build, ...claims } },
    );
    const document = Buffer.from(JSON.stringify({ attestations: [{ bundle: forged }] }));
    const sha256 = createHash('sha256').update(document).digest('hex');
    const db = openIndex(path.join(this.folder, 'registry', 'registry.db'));
    try {
      const lines = db.prepare('SELECT line FROM log ORDER BY seq DESC').pluck().all() as Buffer[];
      const entries = lines.map((line) => JSON.parse(line.toString()) as Entry);
      const earlier = entries.find((entry) => entry.kind === 'publish' && entry.package === name);
      db.prepare('INSERT INTO attestations (sha256, document) VALUES (?, ?)').run(bundle.sha256, document);
      this.appendToLog({
        ...(earlier as PublishEntry),
        version,
        manifest: bundle.manifest as PublishEntry['manifest'],
        artifact: {
          ...{ filename: `${version}.mcpb`, os: 'any', arch: 'any', url },
          ...{ sha256: bundle.sha256, size: bundle.bytes.length },
        },
        attestation: { sha256, predicateType: 'https://slsa.dev/provenance/v1' },
      });
    } finally {
      db.close();
    }
    return bundle;
  }

  /** Attaches a bundle to a release of its scope's repository, attests it there, and announces it. */
  async publish(name: string, version: string, options: PublishOptions = {}): Promise<BundleFile> {
    const bundle = options.bundle ?? makeBundle(name, version);
    const { filename = `${version}.mcpb`, platform = { os: 'any', arch: 'any' } } = options;
    const { repository = name.slice(1) } = options;
    const [owner, repo] = repository.split('/') as [string, string];
    const tag = `v${version}`;
    this.github.addAsset(owner, repo, tag, filename, bundle.bytes);
    const token = await this.github.issueToken(repository, options.claims);
    if (options.attest === undefined) await this.attest(bundle.sha256, token);
    const body = announcement(bundle, { name, version, release_tag: tag }, { filename, ...platform });
    const answer = await postAnnouncement(this.registry.url, token, body);
    if (answer.status !== 200) throw new Error(`announce: ${answer.status} ${JSON.stringify(answer.json)}`);
    if (options.attest) await this.attest(bundle.sha256, token, options.attest);
    return bundle;
  }
}

/** What Fulcio would write into a certificate for the token of a workflow. */
export function buildClaims(
  token: Readonly<Record<string, unknown>>,
): Omit<BuildClaims, 'issuer' | 'runner' | 'trigger'> {
  const text = (claim: string) => String(token[claim]);
  return {
    owner: text('repository_owner'),
    owner_id: text('repository_owner_id'),
    repository: text('repository'),
    repository_id: text('repository_id'),
    ref: text('ref'),
    commit: text('sha'),
    workflow: text('workflow_ref'),
    signer_workflow: text('job_workflow_ref'),
    run: `https://github.com/${text('repository')}/actions/runs/${text('run_id')}/attempts/${text('run_attempt')}`,
  };
}
