/**
 * GitHub on loopback, as much of it as mpak talks to: releases and their assets (behind a redirect, as there), artifact
 * attestations, and the OIDC issuer of Actions with its keys. A real HTTP server; what it holds is in memory.
 *
 * Paths are those of a GitHub Enterprise Server: the API under /api/v3, the issuer at /_services/token.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

interface AssetRecord {
  readonly bytes: Uint8Array;
  /** What the release says; the truth unless a test wants otherwise. */
  readonly size: number;
  readonly state: string;
}

interface ReleaseRecord {
  readonly prerelease: boolean;
  readonly assets: Map<string, AssetRecord>;
}

interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export interface TokenOptions {
  /** Lifetime from now in seconds; negative for one that has expired. Default 300. */
  readonly expiresIn?: number;
  /** From now in seconds. Default -300, as GitHub does. */
  readonly notBefore?: number;
  readonly audience?: string;
  readonly issuer?: string;
  /** Claims to leave out. */
  readonly without?: readonly string[];
  /** Signs with this key in place of the issuer's, under the issuer's kid. */
  readonly privateKey?: CryptoKey;
}

export class LocalGitHub {
  /** `METHOD path` of every request. */
  readonly requests: string[] = [];
  /** The paths of those that carried credentials. */
  readonly authorized: string[] = [];
  /** Called before an asset's bytes are sent: a test can wait or fail there. */
  beforeAsset: () => Promise<void> = async () => undefined;
  readonly #server: Server;
  readonly #releases = new Map<string, ReleaseRecord>();
  readonly #attestations = new Map<string, unknown[]>();
  /** The newest signs. */
  readonly #keys: SigningKey[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.destroy(error));
    });
  }

  /** @param port 0 for a free one */
  static async start(port = 0): Promise<LocalGitHub> {
    const github = new LocalGitHub();
    await github.rotateKeys();
    await new Promise<void>((resolve) => github.#server.listen(port, '127.0.0.1', resolve));
    return github;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get api(): string {
    return `${this.url}/api/v3`;
  }

  get issuer(): string {
    return `${this.url}/_services/token`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  createRelease(owner: string, repo: string, tag: string, options: { prerelease?: boolean } = {}): void {
    const release = { prerelease: options.prerelease ?? false, assets: new Map() };
    this.#releases.set(`${owner}/${repo}/${tag}`.toLowerCase(), release);
  }

  /** Adds an asset to a release, which is made where it is missing. @returns where it is downloaded */
  addAsset(
    owner: string,
    repo: string,
    tag: string,
    filename: string,
    bytes: Uint8Array,
    claims: { size?: number; state?: string } = {},
  ): string {
    if (this.#release(owner, repo, tag) === undefined) this.createRelease(owner, repo, tag);
    const { size = bytes.length, state = 'uploaded' } = claims;
    this.#release(owner, repo, tag)?.assets.set(filename, { bytes, size, state });
    return this.#downloadUrl(owner, repo, tag, filename);
  }

  /** Adds an attestation of an artifact of the repository. @param bundle a sigstore bundle */
  addAttestation(owner: string, repo: string, sha256: string, bundle: unknown): void {
    const key = `${owner}/${repo}/sha256:${sha256}`.toLowerCase();
    this.#attestations.set(key, [...(this.#attestations.get(key) ?? []), { bundle, repository_id: 1 }]);
  }

  /** Makes the key that signs from now on. @param options.keepOld publishes the older ones still */
  async rotateKeys(options: { keepOld?: boolean } = {}): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    const kid = randomUUID();
    const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' };
    if (!options.keepOld) this.#keys.length = 0;
    this.#keys.unshift({ kid, privateKey, jwk });
  }

  /** The public key that verifies tokens now, as a JWK. */
  get publicKey(): JWK {
    return this.#signingKey.jwk;
  }

  /** A token as a workflow of the repository gets it. @param claims replace those of GitHub */
  async issueToken(
    repository: string,
    claims: Readonly<Record<string, unknown>> = {},
    options: TokenOptions = {},
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const payload: Record<string, unknown> = {
      ...defaultClaims(repository),
      iss: options.issuer ?? this.issuer,
      aud: options.audience ?? 'https://mpak.dev',
      iat: now,
      nbf: now + (options.notBefore ?? -300),
      exp: now + (options.expiresIn ?? 300),
      ...claims,
    };
    for (const name of options.without ?? []) delete payload[name];
    return new SignJWT(payload)
      .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: this.#signingKey.kid })
      .sign(options.privateKey ?? this.#signingKey.privateKey);
  }

  get #signingKey(): SigningKey {
    return this.#keys[0] as SigningKey;
  }

  #release(owner: string, repo: string, tag: string): ReleaseRecord | undefined {
    return this.#releases.get(`${owner}/${repo}/${tag}`.toLowerCase());
  }

  #downloadUrl(owner: string, repo: string, tag: string, filename: string): string {
    return `${this.url}/${owner}/${repo}/releases/download/${[tag, filename].map(encodeURIComponent).join('/')}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.url);
    this.requests.push(`${request.method} ${pathname}`);
    if (request.headers.authorization !== undefined) this.authorized.push(pathname);
    const parts = pathname.slice(1).split('/').map(decodeURIComponent);
    const route = parts.join('/');
    if (route === '_services/token/.well-known/openid-configuration') {
      sendJson(response, 200, { issuer: this.issuer, jwks_uri: `${this.issuer}/.well-known/jwks` });
    } else if (route === '_services/token/.well-known/jwks') {
      sendJson(response, 200, { keys: this.#keys.map(({ jwk }) => jwk) });
    } else if (route.startsWith('api/v3/repos/')) {
      this.#answerApi(response, parts.slice(3));
    } else if (parts[0] === 'storage') {
      await this.#sendAsset(response, parts.slice(1));
    } else if (parts[2] === 'releases' && parts[3] === 'download') {
      const [owner = '', repo = '', , , tag = '', filename = ''] = parts;
      const found = this.#release(owner, repo, tag)?.assets.has(filename);
      const path = [owner, repo, tag, filename].map(encodeURIComponent).join('/');
      if (found) response.writeHead(302, { location: `${this.url}/storage/${path}?sig=x` }).end();
      else sendJson(response, 404, { message: 'Not Found' });
    } else {
      sendJson(response, 404, { message: 'Not Found' });
    }
  }

  #answerApi(response: ServerResponse, [owner = '', repo = '', ...rest]: string[]): void {
    const found =
      rest[0] === 'releases' && rest[1] === 'tags'
        ? this.#describeRelease(owner, repo, rest.slice(2).join('/'))
        : rest[0] === 'attestations'
          ? this.#describeAttestations(owner, repo, rest[1] ?? '')
          : undefined;
    sendJson(response, found === undefined ? 404 : 200, found ?? { message: 'Not Found' });
  }

  #describeRelease(owner: string, repo: string, tag: string): unknown {
    const release = this.#release(owner, repo, tag);
    if (release === undefined) return undefined;
    return {
      tag_name: tag,
      html_url: `${this.url}/${owner}/${repo}/releases/tag/${encodeURIComponent(tag)}`,
      draft: false,
      prerelease: release.prerelease,
      assets: [...release.assets].map(([name, { bytes, size, state }]) => ({
        name,
        size,
        state,
        digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
        content_type: 'application/octet-stream',
        browser_download_url: this.#downloadUrl(owner, repo, tag, name),
      })),
    };
  }

  #describeAttestations(owner: string, repo: string, digest: string): unknown {
    const attestations = this.#attestations.get(`${owner}/${repo}/${digest}`.toLowerCase());
    return attestations === undefined ? undefined : { attestations };
  }

  async #sendAsset(response: ServerResponse, [owner = '', repo = '', tag = '', filename = '']: string[]) {
    const asset = this.#release(owner, repo, tag)?.assets.get(filename);
    if (asset === undefined) return sendJson(response, 404, { message: 'Not Found' });
    await this.beforeAsset();
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': asset.bytes.length,
      'content-disposition': `attachment; filename=${JSON.stringify(filename)}`,
    });
    response.end(asset.bytes);
  }
}

/** What a token of a release workflow says, field by field as GitHub documents it. */
function defaultClaims(repository: string): Record<string, string> {
  const owner = repository.split('/', 1)[0] as string;
  const workflow = `${repository}/.github/workflows/release.yml@refs/tags/v1.0.0`;
  return {
    jti: randomUUID(),
    sub: `repo:${repository}:ref:refs/tags/v1.0.0`,
    ref: 'refs/tags/v1.0.0',
    ref_type: 'tag',
    sha: createHash('sha1').update(repository).digest('hex'),
    repository,
    repository_owner: owner,
    repository_owner_id: accountId(owner),
    repository_id: accountId(repository),
    repository_visibility: 'public',
    run_id: '15890000001',
    run_number: '7',
    run_attempt: '1',
    runner_environment: 'github-hosted',
    actor: owner,
    actor_id: accountId(owner),
    workflow: 'Release',
    workflow_ref: workflow,
    job_workflow_ref: workflow,
    event_name: 'release',
    head_ref: '',
    base_ref: '',
  };
}

/** A number that stays the same for a name. */
function accountId(name: string): string {
  return String(createHash('sha256').update(name.toLowerCase()).digest().readUInt32BE());
}

function sendJson(response: ServerResponse, status: number, json: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
}
