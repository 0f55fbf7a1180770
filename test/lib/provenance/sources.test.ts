import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { MpakError } from '../../../src/lib/errors.ts';
import { type AttestationSources, verifyFromSources } from '../../../src/lib/provenance/sources.ts';
import type { Verification } from '../../../src/lib/provenance/verify.ts';
import { LocalGitHub } from '../../support/github.ts';
import { LogServer } from '../../support/log-server.ts';
import type { AttestOptions, BundleJson } from '../../support/sigstore.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { localSigstore, policyOfEcho, SHA256 } from './local.ts';

describe('attestations come', () => {
  const folder = temporaryFolder();
  const local = localSigstore();
  let registry: LogServer;
  let registryUrl: URL;
  let github: LocalGitHub;

  beforeEach(async () => {
    registry = await LogServer.start();
    registryUrl = registry.url;
    github = await LocalGitHub.start();
  });
  afterEach(async () => {
    await registry.close();
    await github.close();
  });

  const attest = (options?: AttestOptions): Promise<BundleJson> =>
    local.sigstore.attest({ sha256: SHA256 }, options);
  const artifact = () => path.join(folder(), 'echo.mcpb');
  const network = (token?: string) => ({
    userAgent: 'mpak-test',
    registry: registryUrl,
    github: { url: new URL(github.api), token },
    repository: 'Acme/echo',
  });
  const verify = (sources: Partial<AttestationSources> = {}): Promise<Verification> =>
    verifyFromSources({ sha256: SHA256, network: network(), ...sources }, policyOfEcho(), local.root);
  const serve = (status: number, body: unknown) =>
    registry.overrides.set(`/v1/attestations/sha256:${SHA256}`, (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  const sourceOf = (verification: Verification) => verification.verified && verification.attestation.source;
  const failing = async (work: Promise<unknown>): Promise<MpakError> => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(MpakError);
    return error as MpakError;
  };

  it('from the file that is named, and from nowhere else', async () => {
    const file = path.join(folder(), 'named.json');
    writeFileSync(file, JSON.stringify(await attest({ claims: { owner_id: '1' } })));
    serve(200, { attestations: [{ bundle: await attest() }] });
    expect((await verify({ file })).code).to.equal('SOURCE_OWNER_ID');
    expect([...registry.requests, ...github.requests]).to.deep.equal([]);
    writeFileSync(file, JSON.stringify(await attest()));
    expect(sourceOf(await verify({ file }))).to.equal(file);
  });

  it('from JSON lines, of which one is enough', async () => {
    const file = path.join(folder(), 'lines.jsonl');
    const lines = [await attest({ claims: { owner_id: '1' } }), await attest()];
    writeFileSync(file, ['nonsense', ...lines.map((line) => JSON.stringify(line))].join('\n'));
    expect((await verify({ file })).code).to.equal('VERIFIED');
  });

  it('from beside the artifact, without a question to anybody', async () => {
    writeFileSync(`${artifact()}.sigstore.json`, JSON.stringify(await attest()));
    expect(sourceOf(await verify({ artifact: artifact() }))).to.equal(`${artifact()}.sigstore.json`);
    expect([...registry.requests, ...github.requests]).to.deep.equal([]);
  });

  it('from the registry when that beside the artifact does not count', async () => {
    writeFileSync(`${artifact()}.sigstore.json`, JSON.stringify(await attest({ claims: { owner_id: '1' } })));
    serve(200, { attestations: [{ bundle: await attest() }] });
    expect(sourceOf(await verify({ artifact: artifact() }))).to.equal(registryUrl.href);
    expect(github.requests).to.deep.equal([]);
  });

  it('from GitHub when the registry has none, or one that does not count', async () => {
    github.addAttestation('Acme', 'echo', SHA256, await attest());
    expect(sourceOf(await verify())).to.equal(github.api);
    expect(github.requests).to.deep.equal([`GET /api/v3/repos/Acme/echo/attestations/sha256:${SHA256}`]);
    serve(200, { attestations: [{ bundle: await attest({ claims: { owner_id: '1' } }) }] });
    expect(sourceOf(await verify())).to.equal(github.api);
  });

  it('from GitHub also when the registry fails', async () => {
    github.addAttestation('Acme', 'echo', SHA256, await attest());
    serve(500, 'oops');
    expect((await verify()).code).to.equal('VERIFIED');
    await registry.close();
    expect((await verify()).code).to.equal('VERIFIED');
  });

  it('from GitHub when what the registry serves is not what its log says, though it would count', async () => {
    const bytes = JSON.stringify({ attestations: [{ bundle: await attest() }] });
    serve(200, bytes);
    const logged = createHash('sha256').update(bytes).digest('hex');
    expect(sourceOf(await verify({ network: { ...network(), logged } }))).to.equal(registryUrl.href);
    const other = { ...network(), logged: '0'.repeat(64) };
    const error = await failing(verify({ network: other }));
    expect(error.code).to.equal('REGISTRY_ANSWER');
    expect(error.message).to.include(logged).and.include('its signed log says 0000');
    github.addAttestation('Acme', 'echo', SHA256, await attest());
    expect(sourceOf(await verify({ network: other }))).to.equal(new URL(github.api).href);
  });

  it('from nowhere without a network', async () => {
    github.addAttestation('Acme', 'echo', SHA256, await attest());
    expect((await verify({ network: undefined })).code).to.equal('ATTESTATION_MISSING');
    expect(github.requests).to.deep.equal([]);
  });

  it('from nobody, and are missing then', async () => {
    expect((await verify()).code).to.equal('ATTESTATION_MISSING');
    serve(200, { attestations: [] });
    expect((await verify()).code).to.equal('ATTESTATION_MISSING');
  });

  it('with an error when a source could not be asked and no other had one', async () => {
    serve(500, 'oops');
    expect((await failing(verify())).code).to.equal('REGISTRY_ANSWER');
    await registry.close();
    const error = await failing(verify());
    expect(error.code).to.equal('NETWORK');
    expect(error.hint).to.include('--attestation');
  });

  it('malformed from a registry, and are refused', async () => {
    for (const body of ['nonsense', '{"attestations":7}', '[]', 'null']) {
      serve(200, body);
      expect((await verify()).code, body).to.equal('ATTESTATION_MALFORMED');
    }
  });

  it('in no answer without an end', async () => {
    registry.overrides.set(`/v1/attestations/sha256:${SHA256}`, (_request, response) => {
      response.on('error', () => undefined);
      const fill = () => {
        while (!response.destroyed && response.write(' '.repeat(1 << 20)));
      };
      response.on('drain', fill);
      fill();
    });
    expect((await failing(verify())).code).to.equal('REGISTRY_ANSWER');
  });

  it('with an error when the file that is named is not there', async () => {
    expect((await failing(verify({ file: path.join(folder(), 'no.json') }))).code).to.equal('NOT_FOUND');
  });

  it('from GitHub by a token that nobody else gets, not even by a redirect', async () => {
    const tokens: [string, string | undefined][] = [];
    const moved = await LogServer.start();
    const question = `/repos/Acme/echo/attestations/sha256:${SHA256}?per_page=100`;
    const api = await LogServer.start();
    try {
      api.overrides.set(question, (request, response) => {
        tokens.push(['api', request.headers.authorization]);
        response.writeHead(302, { location: `${moved.url.origin}/elsewhere` }).end();
      });
      moved.overrides.set('/elsewhere', (request, response) => {
        tokens.push(['elsewhere', request.headers.authorization]);
        response.writeHead(404).end();
      });
      registry.overrides.set(`/v1/attestations/sha256:${SHA256}`, (request, response) => {
        tokens.push(['registry', request.headers.authorization]);
        response.writeHead(404).end();
      });
      await verify({ network: { ...network(), github: { url: api.url, token: 'secret' } } });
      expect(tokens).to.deep.equal([
        ['registry', undefined],
        ['api', 'Bearer secret'],
        ['elsewhere', undefined],
      ]);
    } finally {
      await api.close();
      await moved.close();
    }
  });
});
