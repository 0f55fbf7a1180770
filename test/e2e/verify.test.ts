import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { Provenance, PublishEntry } from '../../src/lib/log/entry.ts';
import { mpak, type Result } from '../support/cli.ts';
import { publishEntry } from '../support/entries.ts';
import { LocalGitHub } from '../support/github.ts';
import { provenanceFrom } from '../support/index-of.ts';
import { LogServer } from '../support/log-server.ts';
import { type AttestOptions, DEFAULT_CLAIMS, LocalSigstore } from '../support/sigstore.ts';
import { temporaryFolder } from '../support/temporary.ts';

const FIXTURES = path.join(import.meta.dirname, '../fixtures/attestations');
const REUSABLE = path.join(FIXTURES, 'reusable-workflow-artifact');
const REUSABLE_ATTESTATION = path.join(FIXTURES, 'reusable-workflow-attestation.sigstore.json');
const CUSTOM = path.join(FIXTURES, 'custom-issuer-artifact');
const CUSTOM_ATTESTATION = path.join(FIXTURES, 'custom-issuer.sigstore.json');
const CUSTOM_ISSUER = 'https://token.actions.githubusercontent.com/hammer-time';

const home = temporaryFolder();

/** `mpak bundle verify`. */
function run(args: readonly string[], environment: Record<string, string> = {}): Promise<Result> {
  return mpak(home(), ['bundle', 'verify', ...args], environment);
}

/** A pipe that nobody writes to. */
function pipe(file = path.join(home(), 'pipe')): string {
  execFileSync('mkfifo', [file]);
  return file;
}

function expectStatus(result: Result, status: number): void {
  expect(result.status, `${result.stdout}${result.stderr}`).to.equal(status);
  expect(`${result.stdout}${result.stderr}`).to.not.match(/^ {4}at /m);
}

describe('mpak bundle verify FILE, by real attestations', () => {
  it('says who built it, from what, how and when, and which log entry proves it', async () => {
    const args = [REUSABLE, '--owner', 'Malancas', '--attestation', REUSABLE_ATTESTATION, '--offline'];
    const result = await run(args);
    expectStatus(result, 0);
    expect(result.stderr).to.equal('');
    for (const text of [
      'Verified:',
      'malancas (account 16248153)',
      'https://github.com/malancas/attest-demo',
      '95baf27389e83e6a5c48f42e190d48d7abcea19e',
      'refs/heads/main',
      'https://github.com/malancas/attest-demo/.github/workflows/shared.yml@refs/heads/main',
      'https://github.com/github/artifact-attestations-workflows/.github/workflows/attest.yml@09b495c3f12c7881b3cc17209a327792065c1a1d',
      'github-hosted',
      'actions/runs/9228858953',
      '2024-05-24T19:14:24.000Z',
      '96764485 of https://rekor.sigstore.dev',
    ]) {
      expect(result.stdout).to.include(text);
    }
  });

  it('answers in JSON', async () => {
    const args = [
      REUSABLE,
      '--owner',
      'malancas',
      '--attestation',
      REUSABLE_ATTESTATION,
      '--offline',
      '--json',
    ];
    const result = await run(args);
    expectStatus(result, 0);
    const answer = JSON.parse(result.stdout);
    expect(Object.keys(answer)).to.deep.equal(['verified', 'code', 'failures', 'signer', 'statement']);
    expect(answer).to.deep.include({ verified: true, code: 'VERIFIED', failures: [] });
    expect(answer.signer).to.have.all.keys(
      ...[
        'issuer',
        'identity',
        'repository',
        'repository_url',
        'repository_id',
        'owner',
        'owner_url',
        'owner_id',
      ],
      ...['ref', 'commit', 'workflow', 'signer_workflow', 'runner', 'run', 'trigger', 'visibility'],
      ...['signed_at', 'log_entries'],
    );
    expect(answer.statement).to.have.all.keys('_type', 'subject', 'predicateType', 'predicate');
  });

  it('says which requirement failed, with what was expected and found', async () => {
    const args = [REUSABLE, '--owner', 'github', '--attestation', REUSABLE_ATTESTATION, '--offline'];
    const result = await run(args);
    expectStatus(result, 4);
    expect(result.stdout).to.equal('');
    expect(result.stderr).to.match(/SOURCE_OWNER/);
    expect(result.stderr).to.match(/expected +github\n +found +malancas/);
    const answer = JSON.parse((await run([...args, '--json'])).stdout);
    expect(answer).to.deep.include({
      verified: false,
      code: 'SOURCE_OWNER',
      failures: [{ requirement: 'source-owner', expected: 'github', found: 'malancas' }],
    });
    expect(answer.signer.repository).to.equal('malancas/attest-demo');
  });

  it('believes another issuer only when it is named, by flag or in the configuration', async () => {
    const args = [CUSTOM, '--owner', 'too-legit', '--attestation', CUSTOM_ATTESTATION, '--offline'];
    expectStatus(await run(args), 4);
    expectStatus(await run([...args, '--cert-oidc-issuer', CUSTOM_ISSUER]), 0);
    const folder = path.join(home(), '.mpak');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ certOidcIssuer: CUSTOM_ISSUER }));
    expectStatus(await run(args), 0);
  });

  it('finds the attestation beside the file', async () => {
    const bundle = path.join(home(), 'demo.mcpb');
    copyFileSync(REUSABLE, bundle);
    copyFileSync(REUSABLE_ATTESTATION, `${bundle}.sigstore.json`);
    expectStatus(await run([bundle, '--repo', 'malancas/attest-demo', '--offline']), 0);
  });

  it('has nothing to verify where there is no attestation', async () => {
    const args = [REUSABLE, '--owner', 'malancas', '--offline'];
    const result = await run(args);
    expectStatus(result, 3);
    expect(result.stderr).to.include('nothing to verify').and.include('Without `--offline`');
    expect(JSON.parse((await run([...args, '--json'])).stdout)).to.deep.equal({
      verified: false,
      code: 'ATTESTATION_MISSING',
      failures: [],
      signer: null,
      statement: null,
    });
  });

  it('refuses wrong usage', async () => {
    const attested = ['--attestation', REUSABLE_ATTESTATION, '--offline'];
    for (const args of [
      [],
      [REUSABLE, ...attested],
      [REUSABLE, ...attested, '--source-ref', 'refs/heads/main'],
      [REUSABLE, ...attested, '--repo', 'malancas'],
      [REUSABLE, ...attested, '--owner', 'mal/ancas'],
      [REUSABLE, ...attested, '--cert-identity-regex', '('],
      [REUSABLE, ...attested, '--owner', 'malancas', '--digest-alg', 'md5'],
      [REUSABLE, ...attested, '--owner', 'malancas', '--trusted-root', path.join(home(), 'missing.json')],
      [REUSABLE, ...attested, '--owner', 'malancas', '--trusted-root', REUSABLE],
      [REUSABLE, ...attested, '--owner', 'malancas', '--trusted-root', home()],
      [REUSABLE, '--owner', 'malancas', '--attestation', '', '--offline'],
      [REUSABLE, '--owner', 'malancas', '--attestation', home(), '--offline'],
      [home(), ...attested, '--owner', 'malancas'],
      ['/dev/zero', ...attested, '--owner', 'malancas'],
      [pipe(), ...attested, '--owner', 'malancas'],
    ]) {
      expectStatus(await run(args), 2);
    }
  });

  it('takes what lies beside a file and is no attestation for a malformed one', async () => {
    const bundle = path.join(home(), 'demo.mcpb');
    copyFileSync(REUSABLE, bundle);
    for (const make of [mkdirSync, pipe]) {
      const beside = `${bundle}.sigstore.json`;
      make(beside);
      const result = await run([bundle, '--owner', 'malancas', '--offline', '--json']);
      expectStatus(result, 4);
      expect(JSON.parse(result.stdout).code).to.equal('ATTESTATION_MALFORMED');
      rmSync(beside, { recursive: true });
    }
  });

  it('refuses malformed attestations with a code', async () => {
    const file = path.join(home(), 'attestation.json');
    for (const content of ['', 'nonsense', '{}', 'null', '[1]', '\u0000\u0001', '{"mediaType":"x"}']) {
      writeFileSync(file, content);
      const result = await run([
        REUSABLE,
        '--owner',
        'malancas',
        '--attestation',
        file,
        '--offline',
        '--json',
      ]);
      expectStatus(result, 4);
      expect(JSON.parse(result.stdout).code).to.be.oneOf(['ATTESTATION_MALFORMED', 'BUNDLE_VERSION']);
    }
  });

  it('finds no file, or no attestation file, that is not there', async () => {
    expectStatus(await run([path.join(home(), 'no.mcpb'), '--owner', 'a', '--offline']), 3);
    const missing = path.join(home(), 'no.json');
    expectStatus(await run([REUSABLE, '--owner', 'a', '--attestation', missing, '--offline']), 3);
  });
});

describe('mpak bundle verify, by a Sigstore of its own', () => {
  let sigstore: LocalSigstore;
  let github: LocalGitHub;
  let registry: LogServer;
  const bytes = Buffer.from('the bundle');
  const digest = {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sha512: createHash('sha512').update(bytes).digest('hex'),
  };

  before(async () => {
    sigstore = await LocalSigstore.start();
  });
  after(() => sigstore.close());
  beforeEach(async () => {
    github = await LocalGitHub.start();
    registry = await LogServer.start();
  });
  afterEach(async () => {
    await github.close();
    await registry.close();
  });

  /** Pointed at the local Sigstore, GitHub and registry, as a private one would be. */
  function environment(): Record<string, string> {
    const root = path.join(home(), 'tuf-root.json');
    writeFileSync(root, sigstore.tufRoot);
    return {
      MPAK_REGISTRY_URL: registry.url.href,
      MPAK_TUF_URL: sigstore.tufUrl,
      MPAK_TUF_ROOT: root,
      MPAK_GITHUB_API: github.api,
    };
  }
  const verify = (...args: string[]) => run(args, environment());
  const attest = (options?: AttestOptions) => sigstore.attest({ sha256: digest.sha256 }, options);

  describe('a file', () => {
    let file: string;
    beforeEach(async () => {
      file = path.join(home(), 'echo.mcpb');
      writeFileSync(file, bytes);
    });
    const beside = async (json: unknown) =>
      writeFileSync(`${file}.sigstore.json`, JSON.stringify(await json));

    it('is held against every flag', async () => {
      await beside(attest());
      const workflow = 'acme/echo/.github/workflows/release.yml';
      const identity = `https://github.com/${DEFAULT_CLAIMS.signer_workflow}`;
      for (const [code, good, bad] of [
        ['SOURCE_OWNER', ['--owner', 'acme'], ['--owner', 'other']],
        ['SOURCE_REPOSITORY', ['--repo', 'acme/echo'], ['--repo', 'acme/other']],
        ['SIGNER_WORKFLOW', ['--signer-workflow', workflow], ['--signer-workflow', `${workflow}x`]],
        ['SOURCE_REF', ['--source-ref', 'refs/tags/v1.0.0'], ['--source-ref', 'refs/heads/main']],
        ['CERTIFICATE_IDENTITY', ['--cert-identity', identity], ['--cert-identity', 'x']],
        [
          'CERTIFICATE_IDENTITY',
          ['--cert-identity-regex', '^https://github'],
          ['--cert-identity-regex', '^x'],
        ],
        [
          'CERTIFICATE_ISSUER',
          ['--cert-oidc-issuer', DEFAULT_CLAIMS.issuer],
          ['--cert-oidc-issuer', 'https://issuer.example.com'],
        ],
        [
          'PREDICATE_TYPE',
          ['--predicate-type', 'https://slsa.dev/provenance/v1'],
          ['--predicate-type', 'https://spdx.dev/Document'],
        ],
      ] as const) {
        const always = ['--owner', 'Acme', '--repo', 'Acme/echo'];
        const others = always.slice(good[0] === '--owner' ? 2 : 0, good[0] === '--repo' ? 2 : 4);
        expectStatus(await verify(file, ...others, ...good), 0);
        const refused = await verify(file, ...others, ...bad, '--json');
        expectStatus(refused, 4);
        expect(JSON.parse(refused.stdout).code).to.equal(code);
      }
    });

    it('is compared by sha512 when that is asked for', async () => {
      await beside(sigstore.attest({ sha512: digest.sha512 }));
      expectStatus(await verify(file, '--owner', 'acme', '--digest-alg', 'sha512'), 0);
      expectStatus(await verify(file, '--owner', 'acme'), 4);
      writeFileSync(file, 'another bundle');
      expectStatus(await verify(file, '--owner', 'acme', '--digest-alg', 'sha512'), 4);
    });

    it('is proven by the attestation that GitHub has for its digest', async () => {
      github.addAttestation('Acme', 'echo', digest.sha256, await attest());
      expectStatus(await verify(file, '--repo', 'Acme/echo'), 0);
      expectStatus(await verify(file, '--owner', 'Acme'), 3);
    });

    it('is proven by a trusted root in a file, without a network', async () => {
      await beside(attest({ rekor: 2 }));
      const root = path.join(home(), 'trusted_root.json');
      writeFileSync(root, JSON.stringify(sigstore.trustedRoot));
      sigstore.requests.length = 0;
      expectStatus(await verify(file, '--owner', 'acme', '--trusted-root', root, '--offline'), 0);
      expectStatus(await run([file, '--owner', 'acme', '--offline'], { MPAK_TRUSTED_ROOT: root }), 0);
      expect(sigstore.requests).to.deep.equal([]);
    });

    it('is proven offline once the trusted root was fetched', async () => {
      await beside(attest());
      expectStatus(await verify(file, '--owner', 'acme', '--offline'), 2);
      expectStatus(await verify(file, '--owner', 'acme'), 0);
      expectStatus(await verify(file, '--owner', 'acme', '--offline'), 0);
    });

    it('is not proven to a terminal that an attestation writes to', async () => {
      const evil = 'refs/heads/\u001b[2J\u202evil\nVerified';
      await beside(attest({ claims: { ref: evil } }));
      const refused = await verify(file, '--owner', 'acme', '--source-ref', 'refs/heads/main');
      expectStatus(refused, 4);
      const accepted = await verify(file, '--owner', 'acme');
      expectStatus(accepted, 0);
      for (const text of [refused.stderr, accepted.stdout]) {
        for (const character of ['\u001b', '\u202e']) expect(text).to.not.include(character);
        expect(text).to.not.match(/^Verified$/m);
        expect(text).to.include('refs/heads/[2Jvil Verified');
      }
    });
  });

  describe('a package', () => {
    const provenance = (): Provenance => {
      const recorded = provenanceFrom('Acme/echo', DEFAULT_CLAIMS.commit);
      return {
        ...recorded,
        claims: { ...recorded.claims, ref: DEFAULT_CLAIMS.ref, owner_id: DEFAULT_CLAIMS.owner_id },
      };
    };
    const publish = async (changes: Partial<Omit<PublishEntry, 'artifact'>> = {}) => {
      const artifact = { sha256: digest.sha256 };
      registry.append(
        publishEntry('@acme/echo', '1.0.0', { provenance: provenance(), artifact, ...changes }),
      );
      expectStatus(await mpak(home(), ['sync'], environment()), 0);
    };
    const serve = (...bundles: unknown[]) =>
      registry.overrides.set(`/v1/attestations/sha256:${digest.sha256}`, (_request, response) => {
        response.writeHead(200).end(JSON.stringify({ attestations: bundles.map((bundle) => ({ bundle })) }));
      });

    it('is proven by what the registry or GitHub has, without a flag', async () => {
      await publish();
      github.addAttestation('Acme', 'echo', digest.sha256, await attest());
      expectStatus(await verify('@acme/echo'), 0);
      serve(await attest());
      github.requests.length = 0;
      const result = await verify('@acme/echo@1.0.0', '--json');
      expectStatus(result, 0);
      expect(github.requests).to.deep.equal([]);
      expect(JSON.parse(result.stdout).signer.repository).to.equal('Acme/echo');
    });

    it('is refused when the attestation is not of what the registry recorded', async () => {
      await publish();
      for (const [code, claims] of [
        ['SOURCE_OWNER', { owner: 'evil', repository: 'evil/echo' }],
        ['SOURCE_OWNER_ID', { owner_id: '9999' }],
        ['SOURCE_REPOSITORY', { repository: 'Acme/other' }],
        ['SOURCE_REF', { ref: 'refs/heads/evil' }],
        ['SOURCE_COMMIT', { commit: 'd'.repeat(40) }],
      ] as const) {
        serve(await attest({ claims }));
        const result = await verify('@acme/echo', '--json');
        expectStatus(result, 4);
        expect(JSON.parse(result.stdout).code).to.equal(code);
      }
    });

    it('that was imported is held against its scope', async () => {
      await publish({ provenance: null });
      serve(await attest({ claims: { commit: 'd'.repeat(40) } }));
      expectStatus(await verify('@acme/echo'), 0);
      serve(await attest({ claims: { owner: 'evil', repository: 'evil/echo' } }));
      expectStatus(await verify('@acme/echo'), 4);
    });

    it('must satisfy the flags too', async () => {
      await publish();
      serve(await attest());
      expectStatus(await verify('@acme/echo', '--repo', 'acme/echo'), 0);
      expectStatus(await verify('@acme/echo', '--repo', 'acme/other'), 4);
      expectStatus(await verify('@acme/echo', '--digest-alg', 'sha512'), 2);
    });

    it('has nothing to verify when nobody attested it, and is not found when it is not there', async () => {
      await publish();
      expectStatus(await verify('@acme/echo'), 3);
      expectStatus(await verify('@acme/ecko'), 3);
      expectStatus(await verify('@acme/echo@9.9.9'), 3);
    });

    it('is looked into when it is revoked, and stderr says so', async () => {
      await publish();
      registry.append({
        kind: 'revoke',
        package: '@acme/echo',
        versions: '*',
        reason: 'malicious',
        at: '2026-06-01T00:00:00.000Z',
      });
      expectStatus(await mpak(home(), ['sync'], environment()), 0);
      const none = await verify('@acme/echo');
      expectStatus(none, 3);
      expect(none.stderr).to.include('@acme/echo 1.0.0 is revoked: malicious');
      serve(await attest());
      for (const reference of ['@acme/echo', '@acme/echo@1.0.0']) {
        const verified = await verify(reference, '--json');
        expectStatus(verified, 0);
        expect(verified.stderr).to.include('is revoked: malicious');
        expect(JSON.parse(verified.stdout)).to.have.all.keys(
          'verified',
          'code',
          'failures',
          'signer',
          'statement',
        );
      }
      expectStatus(await verify('@acme/echo@2.0.0'), 3);
      expectStatus(await verify('@acme/echo', '--repo', 'acme/other'), 4);
    });

    it('fails by the network when the registry is gone and nobody else has an attestation', async () => {
      await publish();
      const where = environment();
      await registry.close();
      const result = await run(['@acme/echo'], where);
      expectStatus(result, 10);
      expect(result.stderr).to.include('--attestation');
    });
  });
});
