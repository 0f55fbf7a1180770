import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { mpakRegistry } from '../support/cli.ts';
import { LocalGitHub } from '../support/github.ts';
import { type BundleFile, makeBundle } from '../support/mcpb.ts';
import {
  type AnnounceAnswer,
  announcement,
  logSize,
  postAnnouncement,
  type RegistryProcess,
  startRegistry,
} from '../support/registry.ts';
import {
  type AttestOptions,
  type BundleJson,
  LocalSigstore,
  type StatementJson,
} from '../support/sigstore.ts';
import { buildClaims } from '../support/world.ts';
import { sharedFolder } from './support/shared-folder.ts';

const OTHER_SUBJECT = { name: 'x', digest: { sha256: 'cd'.repeat(32) } };
const changed = (changes: Partial<StatementJson>) => (statement: StatementJson) => ({
  ...statement,
  ...changes,
});

describe('an announcement with attestations', () => {
  const folder = sharedFolder();
  let github: LocalGitHub;
  let sigstore: LocalSigstore;
  let registry: RegistryProcess;
  let number = 0;

  const trustedRoot = () => path.join(folder(), 'trusted_root.json');

  before(async () => {
    github = await LocalGitHub.start();
    sigstore = await LocalSigstore.start();
    writeFileSync(trustedRoot(), JSON.stringify(sigstore.trustedRoot));
    registry = await startRegistry({
      data: path.join(folder(), 'data'),
      github,
      args: ['--trusted-root', trustedRoot()],
    });
  });
  after(async () => {
    await registry.stop();
    await github.close();
    await sigstore.close();
  });
  afterEach(() => {
    github.answerAttestations = undefined;
  });

  interface Released {
    readonly bundle: BundleFile;
    readonly repo: string;
    readonly token: string;
    readonly attest: (options?: AttestOptions) => Promise<BundleJson>;
  }

  /** A bundle of a package of its own, released on GitHub and not attested yet. */
  async function released(): Promise<Released> {
    number += 1;
    const repo = `proven-${number}`;
    const bundle = makeBundle(`@acme/${repo}`, '1.0.0');
    github.addAsset('Acme', repo, 'v1.0.0', 'echo.mcpb', bundle.bytes);
    const token = await github.issueToken(`Acme/${repo}`);
    const build = buildClaims(decodeJwt(token));
    const attest = ({ claims, ...rest }: AttestOptions = {}) =>
      sigstore.attest({ sha256: bundle.sha256 }, { ...rest, claims: { ...build, ...claims } });
    return { bundle, repo, token, attest };
  }
  const announce = ({ bundle, token }: Released, artifact = {}, where = registry) =>
    postAnnouncement(where.url, token, announcement(bundle, {}, artifact));
  const add = ({ repo, bundle }: Released, attestation: BundleJson) =>
    github.addAttestation('Acme', repo, bundle.sha256, attestation);
  const served = ({ bundle }: Released, init?: RequestInit) =>
    fetch(`${registry.url}/v1/attestations/sha256:${bundle.sha256}`, init);

  async function entries(): Promise<{ package: string; attestation: { sha256: string } | null }[]> {
    const page = await (await fetch(`${registry.url}/v1/index/log/0`)).text();
    return page
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  }

  async function expectRefused(
    work: Promise<AnnounceAnswer>,
    status: number,
    code: string,
    words: RegExp,
  ): Promise<string> {
    const before = await logSize(registry.url);
    const answer = await work;
    const message = answer.json.error?.message ?? JSON.stringify(answer.json);
    expect(message).to.match(words);
    expect([answer.status, answer.json.error?.code]).to.deep.equal([status, code]);
    expect(await logSize(registry.url)).to.equal(before);
    return message;
  }

  it('keeps what holds, names its digest in the log, and serves it for good', async () => {
    const made = await released();
    const attestation = await made.attest({ rekor: 2 });
    add(made, attestation);
    expect((await announce(made)).json).to.include({ status: 'created', attested: true });
    const answer = await served(made);
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('cache-control')).to.equal('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-type')).to.equal('application/json');
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(JSON.parse(bytes.toString())).to.deep.equal({ attestations: [{ bundle: attestation }] });
    const entry = (await entries()).find((each) => each.package === made.bundle.name);
    expect(entry?.attestation).to.deep.equal({
      sha256: createHash('sha256').update(bytes).digest('hex'),
      predicateType: 'https://slsa.dev/provenance/v1',
    });
    const etag = answer.headers.get('etag') as string;
    expect((await served(made, { headers: { 'if-none-match': etag } })).status).to.equal(304);
    const head = await served(made, { method: 'HEAD' });
    expect([head.status, await head.text()]).to.deep.equal([200, '']);
    expect((await announce(made)).json).to.include({ status: 'updated', attested: true });
  });

  it('takes them from an asset beside the artifact', async () => {
    const made = await released();
    const bytes = Buffer.from(JSON.stringify(await made.attest()));
    github.addAsset('Acme', made.repo, 'v1.0.0', 'echo.mcpb.sigstore.json', bytes);
    expect((await announce(made)).json).to.include({ status: 'created', attested: true });
  });

  it('is recorded as unattested without any', async () => {
    const made = await released();
    expect((await announce(made)).json).to.include({ status: 'created', attested: false });
    expect((await entries()).at(-1)).to.deep.include({ package: made.bundle.name, attestation: null });
    const answer = await served(made);
    expect([answer.status, answer.headers.get('cache-control')]).to.deep.equal([404, 'no-store']);
  });

  it('passes over what says something else of the artifact', async () => {
    const made = await released();
    add(made, await made.attest({ statement: changed({ predicateType: 'https://spdx.dev/Document' }) }));
    const { dsseEnvelope, ...signature } = await made.attest();
    add(made, { ...signature, messageSignature: { signature: '' } });
    expect((await announce(made)).json).to.include({ status: 'created', attested: false });
  });

  it('keeps those that hold beside those that do not', async () => {
    const made = await released();
    const good = await made.attest();
    add(made, await made.attest({ claims: { ref: 'refs/heads/nightly' } }));
    add(made, good);
    expect((await announce(made)).json).to.include({ attested: true });
    expect(await (await served(made)).json()).to.deep.equal({ attestations: [{ bundle: good }] });
  });

  it('keeps so many, and looks at so many', async () => {
    const made = await released();
    const good = await made.attest();
    for (let count = 0; count < 40; count += 1) add(made, good);
    expect((await announce(made)).json).to.include({ attested: true });
    const { attestations } = (await (await served(made)).json()) as { attestations: unknown[] };
    expect(attestations).to.have.length(8);
  });

  it('serves one document for the same file on two platforms', async () => {
    const made = await released();
    add(made, await made.attest());
    await announce(made, { os: 'linux', arch: 'x64' });
    const before = await (await served(made)).text();
    add(made, await made.attest());
    const asked = github.requests.length;
    const again = await announce(made, { os: 'linux', arch: 'arm64' });
    expect(again.json).to.include({ status: 'created', attested: true });
    expect(github.requests.slice(asked).filter((line) => line.includes('/attestations/'))).to.deep.equal([]);
    expect(await (await served(made)).text()).to.equal(before);
    const [first, second] = (await entries()).filter((each) => each.package === made.bundle.name);
    expect(first?.attestation).to.deep.equal(second?.attestation);
  });

  describe('is refused, and nothing is kept of it, when it is', () => {
    const FORGERIES: readonly (readonly [string, AttestOptions, string])[] = [
      ['of another subject', { statement: changed({ subject: [OTHER_SUBJECT] }) }, 'SUBJECT_DIGEST'],
      ['of another owner', { claims: { owner: 'evil', repository: 'evil/x' } }, 'SOURCE_OWNER'],
      ['of an owner who was registered again', { claims: { owner_id: '9999' } }, 'SOURCE_OWNER_ID'],
      ['of another repository', { claims: { repository: 'Acme/other' } }, 'SOURCE_REPOSITORY'],
      ['of another ref', { claims: { ref: 'refs/heads/evil' } }, 'SOURCE_REF'],
      ['of another commit', { claims: { commit: 'd'.repeat(40) } }, 'SOURCE_COMMIT'],
      [
        'vouched for by another issuer',
        { claims: { issuer: 'https://evil.example.com' } },
        'CERTIFICATE_ISSUER',
      ],
      ['of an expired certificate', { issuedAt: new Date(Date.now() - 3_600_000) }, 'CERTIFICATE_INVALID'],
      ['in no log', { withoutLogEntry: true }, 'LOG_ENTRY_INVALID'],
      ['signed over other bytes', { signs: Buffer.from('other') }, 'SIGNATURE_INVALID'],
    ];
    for (const [what, forged, code] of FORGERIES) {
      it(`${what}: ${code}`, async () => {
        const made = await released();
        add(made, await made.attest(forged));
        await expectRefused(
          announce(made),
          400,
          'ATTESTATION_REFUSED',
          new RegExp(`is refused \\(${code}\\)`),
        );
        expect((await served(made)).status).to.equal(404);
      });
    }

    it('beside the artifact, and no attestation', async () => {
      for (const [bytes, words] of [
        ['nonsense', /ATTESTATION_MALFORMED/],
        ['{"mediaType":"x"}', /BUNDLE_VERSION/],
        [`${'['.repeat(5000)}${']'.repeat(5000)}`, /ATTESTATION_MALFORMED/],
        [' '.repeat(5 << 20), /is larger than 4194304 bytes/],
      ] as const) {
        const made = await released();
        github.addAsset('Acme', made.repo, 'v1.0.0', 'echo.mcpb.sigstore.json', Buffer.from(bytes));
        await expectRefused(announce(made), 400, 'ATTESTATION_REFUSED', words);
      }
    });

    it('written for a terminal', async () => {
      const made = await released();
      const ref = `refs/heads/\u001b[2J\u202e\u2028${'x'.repeat(2000)}`;
      add(made, await made.attest({ claims: { ref } }));
      const message = await expectRefused(announce(made), 400, 'ATTESTATION_REFUSED', /SOURCE_REF/);
      for (const character of ['\u001b', '\u202e', '\u2028']) expect(message).to.not.include(character);
      expect(message.length).to.be.lessThan(1000);
    });
  });

  describe('when GitHub does not say', () => {
    it('is to be sent again', async () => {
      const made = await released();
      github.answerAttestations = (_request, response) => response.writeHead(500).end();
      await expectRefused(announce(made), 502, 'GITHUB_UNAVAILABLE', /status 500.*try again/);
      for (const text of [
        '<html>',
        '{}',
        '{"attestations":{}}',
        `{"attestations":["${'x'.repeat(5 << 20)}"]}`,
      ]) {
        github.answerAttestations = (_request, response) => response.end(text);
        await expectRefused(announce(made), 502, 'GITHUB_UNAVAILABLE', /an unexpected answer|too large/);
      }
    });

    it('is to be sent again after the time that GitHub asks for', async () => {
      const made = await released();
      const reset = Math.floor(Date.now() / 1000) + 30;
      github.answerAttestations = (_request, response) =>
        response.writeHead(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }).end();
      await expectRefused(announce(made), 503, 'GITHUB_BUSY', /no more requests for \d+ s/);
    });
  });

  describe('under --require-attestation', () => {
    let strict: RegistryProcess;
    before(async () => {
      strict = await startRegistry({
        data: path.join(folder(), 'strict'),
        github,
        args: ['--trusted-root', trustedRoot()],
        environment: { MPAK_REQUIRE_ATTESTATION: '1' },
      });
    });
    after(() => strict.stop());

    it('is taken', async () => {
      const made = await released();
      add(made, await made.attest());
      expect((await announce(made, {}, strict)).json).to.include({ attested: true });
    });

    it('is refused without any, and not in the words that the action waits for', async () => {
      const made = await released();
      const size = await logSize(strict.url);
      const answer = await announce(made, {}, strict);
      expect([answer.status, answer.json.error?.code]).to.deep.equal([400, 'ATTESTATION_MISSING']);
      expect(answer.json.error?.message).to.match(/^Nothing says who built "echo\.mcpb"/);
      expect(answer.json.error?.message).to.not.match(/not found in release/);
      expect(await logSize(strict.url)).to.equal(size);
    });
  });

  describe('by the trusted root of a TUF repository', () => {
    it('waits until there is one, keeps it, and works without the repository', async () => {
      const root = path.join(folder(), 'root.json');
      writeFileSync(root, sigstore.tufRoot);
      const data = path.join(folder(), 'tuf');
      const args = ['--tuf-url', sigstore.tufUrl, '--tuf-root', root];
      const first = await startRegistry({ data, github, args });
      const made = await released();
      add(made, await made.attest());
      sigstore.broken = true;
      const refused = await announce(made, {}, first);
      expect([refused.status, refused.json.error?.code]).to.deep.equal([503, 'TRUSTED_ROOT_UNAVAILABLE']);
      expect(await logSize(first.url)).to.equal(0);
      sigstore.broken = false;
      expect((await announce(made, {}, first)).json).to.include({ attested: true });
      await first.stop();
      sigstore.broken = true;
      const second = await startRegistry({ data, github, args });
      const asked = sigstore.requests.length;
      for (let count = 0; count < 2; count += 1) {
        const other = await released();
        add(other, await other.attest());
        expect((await announce(other, {}, second)).json).to.include({ attested: true });
      }
      expect(sigstore.requests.length).to.equal(asked);
      await second.stop();
      sigstore.broken = false;
    });

    it('is not begun with a file that is none', async () => {
      const file = path.join(folder(), 'no-root.json');
      writeFileSync(file, '{}');
      const args = ['serve', '--data', path.join(folder(), 'none'), '--port', '0', '--trusted-root', file];
      const { status, stderr } = await mpakRegistry(args);
      expect(status).to.equal(2);
      expect(stderr).to.include('is not a trusted root of Sigstore');
    });
  });

  it('has a document for each digest in the log, and none beside', () => {
    const db = new Database(path.join(folder(), 'data', 'registry.db'), { readonly: true });
    const documents = db.prepare('SELECT sha256, document FROM attestations').all() as {
      sha256: string;
      document: Buffer;
    }[];
    const logged = db
      .prepare(
        'SELECT DISTINCT sha256, attestation_sha256 AS document FROM artifacts WHERE attestation_sha256 IS NOT NULL',
      )
      .all();
    expect(documents).to.not.have.length(0);
    expect(
      documents.map(({ sha256, document }) => ({
        sha256,
        document: createHash('sha256').update(document).digest('hex'),
      })),
    ).to.have.deep.members(logged);
    db.close();
  });

  it('can be prepared by asking the registry whose tokens it takes', async () => {
    const answer = await fetch(`${registry.url}/v1/registry`);
    expect(answer.headers.get('cache-control')).to.equal('public, max-age=300');
    expect(await answer.json()).to.deep.equal({
      origin: new URL(registry.url).host,
      announce: { issuer: github.issuer, audience: 'https://mpak.dev' },
    });
  });
});
