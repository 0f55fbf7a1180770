import path from 'node:path';
import { expect } from 'chai';
import { base64url, exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose';
import { HttpError } from '../../registry/http.ts';
import { TokenVerifier } from '../../registry/oidc.ts';
import { Outbound } from '../../registry/outbound.ts';
import { LocalGitHub } from '../support/github.ts';
import { type BundleFile, makeBundle } from '../support/mcpb.ts';
import {
  announcement,
  logSize,
  postAnnouncement,
  type RegistryProcess,
  startRegistry,
} from '../support/registry.ts';
import { sharedFolder } from './support/shared-folder.ts';

const REPOSITORY = 'Acme/echo';

/** Claims that a token must have besides those that JWT itself defines. */
const CLAIMS = [
  'repository',
  'repository_owner',
  'repository_owner_id',
  'sha',
  'actor',
  'actor_id',
  'workflow',
  'workflow_ref',
  'ref',
  'ref_type',
  'run_id',
  'run_number',
  'run_attempt',
  'event_name',
  'job_workflow_ref',
];

describe('a token that announces', () => {
  const folder = sharedFolder();
  let github: LocalGitHub;
  let registry: RegistryProcess;
  let bundle: BundleFile;

  before(async () => {
    github = await LocalGitHub.start();
    registry = await startRegistry({ data: path.join(folder(), 'data'), github });
    bundle = makeBundle('@acme/echo', '1.0.0');
    github.addAsset('Acme', 'echo', 'v1.0.0', 'echo.mcpb', bundle.bytes);
  });
  after(async () => {
    await registry.stop();
    await github.close();
  });

  async function refused(token: string | undefined, status: number, words: RegExp): Promise<void> {
    const answer = await postAnnouncement(registry.url, token, announcement(bundle));
    expect(answer.json.error?.message).to.match(words);
    expect(answer.status).to.equal(status);
    expect(await logSize(registry.url)).to.equal(0);
  }

  it('is refused when it is not there', () => refused(undefined, 401, /needs a GitHub Actions OIDC token/));

  it('is refused when it is no token', () => refused('hello', 401, /was refused/));

  it('is refused when another key signed it', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const token = await github.issueToken(REPOSITORY, {}, { privateKey });
    await refused(token, 401, /signature verification failed/);
  });

  it('is refused when it names a key that the issuer does not have', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const token = await new SignJWT({ iss: github.issuer, aud: 'https://mpak.dev' })
      .setProtectedHeader({ alg: 'RS256', kid: 'mine' })
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
    await refused(token, 401, /no applicable key/);
  });

  it('is refused from another issuer', async () => {
    const token = await github.issueToken(REPOSITORY, {}, { issuer: 'https://issuer.example.com' });
    await refused(token, 401, /"iss"/);
  });

  it('is refused for another audience', async () => {
    const token = await github.issueToken(REPOSITORY, {}, { audience: 'https://example.com' });
    await refused(token, 401, /"aud"/);
  });

  it('is refused when it has expired', async () => {
    await refused(await github.issueToken(REPOSITORY, {}, { expiresIn: -60 }), 401, /"exp"/);
  });

  it('is refused when it is not valid yet', async () => {
    await refused(await github.issueToken(REPOSITORY, {}, { notBefore: 60 }), 401, /"nbf"/);
  });

  it('is refused when it never expires', async () => {
    await refused(await github.issueToken(REPOSITORY, {}, { without: ['exp'] }), 401, /"exp"/);
  });

  it('is refused with alg: none', async () => {
    const [, payload] = (await github.issueToken(REPOSITORY)).split('.');
    const header = base64url.encode(JSON.stringify({ alg: 'none', typ: 'JWT' }));
    await refused(`${header}.${payload}.`, 401, /was refused/);
  });

  for (const form of ['PEM', 'JWK'] as const) {
    it(`is refused when it is signed by HS256 with the public key as ${form} for its secret`, async () => {
      const payload = (await github.issueToken(REPOSITORY)).split('.')[1] as string;
      const jwk = github.publicKey;
      const pem = await exportSPKI((await importJWK(jwk, 'RS256', { extractable: true })) as CryptoKey);
      const secret = new TextEncoder().encode(form === 'PEM' ? pem : JSON.stringify(jwk));
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: jwk.kid as string })
        .sign(secret);
      await refused(token, 401, /"alg"/);
    });
  }

  it('is refused when a byte of it was changed', async () => {
    const [header, payload = '', signature] = (await github.issueToken(REPOSITORY)).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = base64url.encode(JSON.stringify({ ...claims, repository_owner: 'acme' }));
    await refused(`${header}.${forged}.${signature}`, 401, /signature verification failed/);
  });

  for (const claim of CLAIMS) {
    it(`is refused without its claim ${claim}`, async () => {
      const token = await github.issueToken(REPOSITORY, {}, { without: [claim] });
      await refused(token, 401, new RegExp(`lacks a claim \\(${claim}:`));
    });
  }

  it('is refused when a claim is no text', async () => {
    await refused(await github.issueToken(REPOSITORY, { run_id: 1 }), 401, /lacks a claim \(run_id:/);
  });

  it('is refused when its repository could lead to another path of the API', async () => {
    for (const repository of ['Acme/../../user', 'Acme/..', 'Acme/echo/x', 'Acme/echo?x', 'Acme']) {
      await refused(await github.issueToken(REPOSITORY, { repository }), 401, /lacks a claim \(repository:/);
    }
  });

  it('is refused when its repository is of another owner than it says', async () => {
    const token = await github.issueToken(REPOSITORY, { repository: 'Evil/echo' });
    await refused(token, 401, /an owner that is not its repository/);
  });

  it('is refused for the scope of another owner', async () => {
    await refused(await github.issueToken('Evil/echo'), 403, /@acme\/echo belongs to the GitHub owner acme/);
  });

  it('is refused for an account that took over the name of another', async () => {
    const taken = makeBundle('@taken/echo', '1.0.0');
    github.addAsset('Taken', 'echo', 'v1.0.0', 'echo.mcpb', taken.bytes);
    const second = makeBundle('@taken/echo', '1.1.0');
    github.addAsset('Taken', 'echo', 'v1.1.0', 'echo.mcpb', second.bytes);
    const before = await startRegistry({ data: path.join(folder(), 'taken'), github });
    const first = await postAnnouncement(
      before.url,
      await github.issueToken('Taken/echo'),
      announcement(taken),
    );
    expect(first.status).to.equal(200);
    const token = await github.issueToken('Taken/echo', { repository_owner_id: '1' });
    const answer = await postAnnouncement(before.url, token, announcement(second));
    expect(answer.status).to.equal(403);
    expect(answer.json.error?.message).to.match(/belongs to the GitHub account \d+, and the token is of 1\./);
    expect(await logSize(before.url)).to.equal(1);
    await before.stop();
  });
});

describe('the keys of the issuer', () => {
  let github: LocalGitHub;
  let outbound: Outbound;
  beforeEach(async () => {
    github = await LocalGitHub.start();
    outbound = new Outbound({ configured: [github.issuer] });
  });
  afterEach(async () => {
    await outbound.close();
    await github.close();
  });

  const verifier = (keysCooldownMs: number) =>
    new TokenVerifier({
      issuer: github.issuer,
      audience: 'https://mpak.dev',
      outbound,
      now: () => new Date(),
      keysCooldownMs,
    });
  const bearer = async () => `Bearer ${await github.issueToken(REPOSITORY)}`;
  const keyRequests = () => github.requests.filter((line) => line.endsWith('/jwks')).length;

  it('are asked for once', async () => {
    const tokens = verifier(60_000);
    for (let count = 0; count < 3; count += 1) await tokens.verify(await bearer());
    expect(github.requests).to.have.length(2);
  });

  it('are asked for again when they rotated', async () => {
    const tokens = verifier(0);
    await tokens.verify(await bearer());
    await github.rotateKeys();
    expect(await tokens.verify(await bearer())).to.include({ repository: REPOSITORY });
    expect(keyRequests()).to.equal(2);
  });

  it('are not asked for again by every token with an unknown key', async () => {
    const tokens = verifier(60_000);
    await tokens.verify(await bearer());
    await github.rotateKeys();
    for (let count = 0; count < 3; count += 1) {
      const error = await tokens.verify(await bearer()).catch((reason) => reason);
      expect(error).to.be.instanceOf(HttpError).and.to.include({ status: 401 });
    }
    expect(keyRequests()).to.equal(1);
  });

  it('being out of reach is no fault of the token', async () => {
    const token = await bearer();
    const tokens = verifier(0);
    await github.close();
    const error = await tokens.verify(token).catch((reason) => reason);
    expect(error).to.be.instanceOf(HttpError).and.to.include({ status: 503, code: 'ISSUER_UNAVAILABLE' });
    github = await LocalGitHub.start();
  });
});
