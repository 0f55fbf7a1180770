/** All that a user's machine talks to, on loopback and real: a GitHub, a Sigstore, a registry; and a home for mpak. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { decodeJwt } from 'jose';
import { finished, type Result, startCommand } from './cli.ts';
import { LocalGitHub } from './github.ts';
import { type BundleFile, makeBundle } from './mcpb.ts';
import { announcement, postAnnouncement, type RegistryProcess, startRegistry } from './registry.ts';
import { type AttestOptions, LocalSigstore } from './sigstore.ts';

export interface PublishOptions {
  readonly bundle?: BundleFile;
  /** Changes the attestation; false: there is none. */
  readonly attest?: AttestOptions | false;
  /** Name of the asset. */
  readonly filename?: string;
  readonly platform?: { readonly os: string; readonly arch: string };
  /** Claims of the token that announces. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

export class World {
  readonly folder: string;
  readonly github: LocalGitHub;
  readonly sigstore: LocalSigstore;
  registry: RegistryProcess;

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
  }

  static async start(folder: string): Promise<World> {
    const github = await LocalGitHub.start();
    const sigstore = await LocalSigstore.start();
    const registry = await startRegistry({ data: path.join(folder, 'registry'), github });
    mkdirSync(path.join(folder, 'home'));
    writeFileSync(path.join(folder, 'trusted_root.json'), JSON.stringify(sigstore.trustedRoot));
    return new World(folder, github, sigstore, registry);
  }

  async stop(): Promise<void> {
    await this.registry.stop();
    await this.github.close();
    await this.sigstore.close();
  }

  get home(): string {
    return path.join(this.folder, 'home');
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

  /** Attaches a bundle to a release of its scope's repository, attests it there, and announces it. */
  async publish(name: string, version: string, options: PublishOptions = {}): Promise<BundleFile> {
    const bundle = options.bundle ?? makeBundle(name, version);
    const { filename = `${version}.mcpb`, platform = { os: 'any', arch: 'any' } } = options;
    const [owner, repo] = name.slice(1).split('/') as [string, string];
    const tag = `v${version}`;
    this.github.addAsset(owner, repo, tag, filename, bundle.bytes);
    const token = await this.github.issueToken(`${owner}/${repo}`, options.claims);
    if (options.attest !== false) {
      const { claims, ...attest } = options.attest ?? {};
      const bundleJson = await this.sigstore.attest(
        { sha256: bundle.sha256 },
        { ...attest, claims: { ...buildClaims(decodeJwt(token)), ...claims } },
      );
      this.github.addAttestation(owner, repo, bundle.sha256, bundleJson);
    }
    const body = announcement(bundle, { name, version, release_tag: tag }, { filename, ...platform });
    const answer = await postAnnouncement(this.registry.url, token, body);
    if (answer.status !== 200) throw new Error(`announce: ${answer.status} ${JSON.stringify(answer.json)}`);
    return bundle;
  }
}

/** What Fulcio would write into a certificate for the token of a workflow. */
function buildClaims(token: Readonly<Record<string, unknown>>): NonNullable<AttestOptions['claims']> {
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
