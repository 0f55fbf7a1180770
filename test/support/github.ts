/**
 * GitHub on loopback, as much of it as mpak talks to: releases and their assets (behind a redirect, as there), uploads,
 * artifact attestations, and the OIDC issuer of Actions with its keys and the endpoint that gives tokens to jobs. A real HTTP server; what it holds is in memory.
 *
 * Paths are those of a GitHub Enterprise Server: the API under /api/v3, uploads under /api/uploads, the issuer at
 * /_services/token.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

interface AssetRecord {
  readonly id: number;
  readonly bytes: Uint8Array;
  /** What the release says; the truth unless a test wants otherwise. */
  readonly size: number;
  readonly state: string;
  /** False: GitHub did not compute it. */
  readonly digest: boolean;
}

interface ReleaseRecord {
  readonly id: number;
  readonly prerelease: boolean;
  /** Found by its number and in the list of who may write, not by its tag. */
  readonly draft: boolean;
  readonly assets: Map<string, AssetRecord>;
}

interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

/** What a job may do: kept under the secret that it shows. */
interface JobRecord {
  readonly repository: string;
  readonly claims: Readonly<Record<string, unknown>>;
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
  /** The audiences that jobs asked tokens for. */
  readonly audiences: string[] = [];
  /** Of the tokens that jobs get. */
  tokenOptions: TokenOptions = {};
  /** Answer in place of what assets redirect to, of the API, of its attestations alone, of the issuer. */
  answerStorage: RequestListener | undefined;
  answerApi: RequestListener | undefined;
  answerAttestations: RequestListener | undefined;
  answerIssuer: RequestListener | undefined;
  /** Of uploads: in place of taking them. */
  answerUpload: RequestListener | undefined;
  readonly #server: Server;
  readonly #releases = new Map<string, ReleaseRecord>();
  readonly #attestations = new Map<string, unknown[]>();
  readonly #jobs = new Map<string, JobRecord>();
  #lastId = 0;
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

  createRelease(
    owner: string,
    repo: string,
    tag: string,
    options: { prerelease?: boolean; draft?: boolean } = {},
  ): void {
    const { prerelease = false, draft = false } = options;
    const release = { id: this.#nextId(), prerelease, draft, assets: new Map() };
    this.#releases.set(`${owner}/${repo}/${tag}`.toLowerCase(), release);
  }

  /** Adds an asset to a release, which is made where it is missing. @returns where it is downloaded */
  addAsset(
    owner: string,
    repo: string,
    tag: string,
    filename: string,
    bytes: Uint8Array,
    claims: { size?: number; state?: string; digest?: false } = {},
  ): string {
    if (this.#release(owner, repo, tag) === undefined) this.createRelease(owner, repo, tag);
    const { size = bytes.length, state = 'uploaded', digest = true } = claims;
    this.#release(owner, repo, tag)?.assets.set(filename, { id: this.#nextId(), bytes, size, state, digest });
    return this.#downloadUrl(owner, repo, tag, filename);
  }

  /**
   * What a runner sets in the environment of a job that may ask for tokens and write to its repository.
   * @param claims of the tokens, in place of GitHub's
   */
  startJob(repository: string, claims: Readonly<Record<string, unknown>> = {}): Record<string, string> {
    const [request, token] = [randomUUID(), randomUUID()] as const;
    for (const secret of [request, token]) this.#jobs.set(secret, { repository, claims });
    return {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${this.url}/_services/pipelines/idtoken?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: request,
      GITHUB_TOKEN: token,
    };
  }

  removeAsset(owner: string, repo: string, tag: string, filename: string): void {
    this.#release(owner, repo, tag)?.assets.delete(filename);
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

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
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
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    this.requests.push(`${request.method} ${pathname}`);
    if (request.headers.authorization !== undefined) this.authorized.push(pathname);
    const parts = pathname.slice(1).split('/').map(decodeURIComponent);
    const route = parts.join('/');
    const other = this.#answerOf(route);
    if (other !== undefined) other(request, response);
    else if (route === '_services/token/.well-known/openid-configuration') {
      sendJson(response, 200, { issuer: this.issuer, jwks_uri: `${this.issuer}/.well-known/jwks` });
    } else if (route === '_services/token/.well-known/jwks') {
      sendJson(response, 200, { keys: this.#keys.map(({ jwk }) => jwk) });
    } else if (route === '_services/pipelines/idtoken') {
      await this.#sendToken(request, response, searchParams.get('audience') ?? '');
    } else if (route.startsWith('api/uploads/repos/')) {
      await this.#takeAsset(request, response, parts.slice(3), searchParams.get('name') ?? '');
    } else if (request.method === 'DELETE' && route.startsWith('api/v3/repos/')) {
      this.#deleteAsset(request, response, parts.slice(3));
    } else if (route.startsWith('api/v3/repos/')) {
      const isWriter = this.#jobOf(request)?.repository === parts.slice(3, 5).join('/');
      this.#answerApi(response, parts.slice(3), { isWriter, page: Number(searchParams.get('page') ?? 1) });
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

  /** The job whose secret a request shows. */
  #jobOf(request: IncomingMessage): JobRecord | undefined {
    return this.#jobs.get(/^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '');
  }

  async #sendToken(request: IncomingMessage, response: ServerResponse, audience: string): Promise<void> {
    const job = this.#jobOf(request);
    if (job === undefined) return sendJson(response, 401, { message: 'Unauthorized' });
    this.audiences.push(audience);
    const value = await this.issueToken(job.repository, job.claims, { audience, ...this.tokenOptions });
    sendJson(response, 200, { count: value.length, value });
  }

  async #takeAsset(
    request: IncomingMessage,
    response: ServerResponse,
    [owner = '', repo = '', , id = '']: string[],
    name: string,
  ): Promise<void> {
    const bytes = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    if (this.#jobOf(request)?.repository !== `${owner}/${repo}`) {
      return sendJson(response, 403, { message: 'Resource not accessible by integration' });
    }
    const release = [...this.#releases.values()].find((candidate) => candidate.id === Number(id));
    if (release === undefined) return sendJson(response, 404, { message: 'Not Found' });
    if (release.assets.has(name)) return sendJson(response, 422, { message: 'Validation Failed' });
    const asset = { id: this.#nextId(), bytes, size: bytes.length, state: 'uploaded', digest: true };
    release.assets.set(name, asset);
    sendJson(response, 201, { id: asset.id, name, size: asset.size, state: asset.state });
  }

  #deleteAsset(request: IncomingMessage, response: ServerResponse, parts: string[]): void {
    const [owner = '', repo = '', , , id = ''] = parts;
    if (this.#jobOf(request)?.repository !== `${owner}/${repo}`) {
      sendJson(response, 403, { message: 'Resource not accessible by integration' });
      return;
    }
    for (const { assets } of this.#releases.values()) {
      for (const [name, asset] of assets) if (asset.id === Number(id)) assets.delete(name);
    }
    response.writeHead(204).end();
  }

  #answerOf(route: string): RequestListener | undefined {
    if (route.startsWith('storage/')) return this.answerStorage;
    if (route.startsWith('api/uploads/')) return this.answerUpload;
    if (route.includes('/attestations/sha256:') && this.answerAttestations) return this.answerAttestations;
    if (route.startsWith('api/v3/')) return this.answerApi;
    return route.startsWith('_services/token/') ? this.answerIssuer : undefined;
  }

  #answerApi(
    response: ServerResponse,
    [owner = '', repo = '', ...rest]: string[],
    { isWriter, page }: { isWriter: boolean; page: number },
  ): void {
    const found =
      rest.join('/') === 'releases'
        ? this.#listReleases(owner, repo, isWriter).slice((page - 1) * 30, page * 30)
        : rest[0] === 'releases' && rest[1] === 'tags'
          ? this.#describeRelease(owner, repo, rest.slice(2).join('/'))
          : rest[0] === 'attestations'
            ? this.#describeAttestations(owner, repo, rest[1] ?? '')
            : undefined;
    sendJson(response, found === undefined ? 404 : 200, found ?? { message: 'Not Found' });
  }

  #describeRelease(owner: string, repo: string, tag: string, drafts = false): unknown {
    const release = this.#release(owner, repo, tag);
    if (release === undefined || (release.draft && !drafts)) return undefined;
    return {
      id: release.id,
      tag_name: tag,
      upload_url: `${this.url}/api/uploads/repos/${owner}/${repo}/releases/${release.id}/assets{?name,label}`,
      html_url: `${this.url}/${owner}/${repo}/releases/tag/${encodeURIComponent(tag)}`,
      draft: release.draft,
      prerelease: release.prerelease,
      assets: [...release.assets].map(([name, { id, bytes, size, state, digest }]) => ({
        id,
        name,
        size,
        state,
        digest: digest ? `sha256:${createHash('sha256').update(bytes).digest('hex')}` : null,
        content_type: 'application/octet-stream',
        browser_download_url: this.#downloadUrl(owner, repo, tag, name),
      })),
    };
  }

  #listReleases(owner: string, repo: string, drafts: boolean): unknown[] {
    const prefix = `${owner}/${repo}/`.toLowerCase();
    return [...this.#releases.keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => this.#describeRelease(owner, repo, key.slice(prefix.length), drafts))
      .filter((release) => release !== undefined);
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
