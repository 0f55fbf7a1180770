import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import path from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { ASSET_LIMITS, type AssetLimits, DOWNLOAD_LIMITS } from '../../registry/limits.ts';
import { type RegistryConfig, type RunningRegistry, startRegistry } from '../../registry/registry.ts';
import { LocalGitHub } from '../support/github.ts';
import { makeBundle } from '../support/mcpb.ts';
import { type AnnounceAnswer, announcement, logSize, postAnnouncement } from '../support/registry.ts';
import { sharedFolder } from './support/shared-folder.ts';

const MIB = 1024 * 1024;

/** What the two sockets of a connection may hold of what is sent and not read. */
const UNREAD_BYTES = 32 * MIB;

describe('a registry that is made to call elsewhere', () => {
  const folder = sharedFolder();
  let github: LocalGitHub;
  let number = 0;
  const servers: Server[] = [];
  const registries: RunningRegistry[] = [];

  beforeEach(async () => {
    github = await LocalGitHub.start();
  });
  afterEach(async () => {
    await Promise.all(registries.splice(0).map((registry) => registry.close()));
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
    await github.close();
  });

  /** A server that is not GitHub. @returns its host, and the requests that reached it */
  async function elsewhere(listener: RequestListener): Promise<{ host: string; requests: string[] }> {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      listener(request, response);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
  }

  /** Announces a bundle whose asset is answered for by `listener`, and expects the log to stay as it was. */
  async function announce(
    listener: RequestListener,
    changes: Partial<RegistryConfig> = {},
    limits: Partial<AssetLimits> = {},
  ): Promise<AnnounceAnswer> {
    number += 1;
    const registry = await startRegistry({
      data: path.join(folder(), `data-${number}`),
      host: '127.0.0.1',
      port: 0,
      oidcIssuer: github.issuer,
      oidcAudience: 'https://mpak.dev',
      githubApi: github.api,
      self: [process.execPath],
      log: pino({ level: 'silent' }),
      assetLimits: { ...ASSET_LIMITS, ...limits },
      ...changes,
    });
    registries.push(registry);
    const bundle = makeBundle('@acme/echo', '1.0.0');
    github.addAsset('Acme', 'echo', 'v1.0.0', 'echo.mcpb', bundle.bytes);
    github.answerStorage = listener;
    const answer = await postAnnouncement(
      registry.url,
      await github.issueToken('Acme/echo'),
      announcement(bundle),
    );
    expect(await logSize(registry.url)).to.equal(0);
    return answer;
  }

  const redirectTo =
    (location: string): RequestListener =>
    (_request, response) =>
      response.writeHead(302, { location }).end();

  function expectRefused(answer: AnnounceAnswer, words: RegExp): void {
    expect(answer.json.error?.message).to.match(words);
    expect([answer.status, answer.json.error?.code]).to.deep.equal([502, 'GITHUB_REFUSED']);
  }

  it('does not follow a redirect to another port of this machine', async () => {
    const { host, requests } = await elsewhere((_request, response) => response.end('secret'));
    expectRefused(
      await announce(redirectTo(`http://${host}/`)),
      /not among the hosts that this registry asks/,
    );
    expect(requests).to.deep.equal([]);
  });

  for (const location of [
    'http://169.254.169.254/latest/meta-data/',
    'http://[::ffff:169.254.169.254]/',
    'http://2852039166/',
    'http://localhost/',
    'http://[::1]/',
    'https://evil.example.com/echo.mcpb',
    'https://github.com.evil.example/echo.mcpb',
    'file:///etc/passwd',
    'gopher://127.0.0.1:11211/',
  ]) {
    it(`does not follow a redirect to ${location}`, async () => {
      expectRefused(await announce(redirectTo(location)), /^The release asset is not read: it leads to /);
    });
  }

  it('does not follow a redirect with credentials in it', async () => {
    const location = `${github.url.replace('//', '//user:password@')}/storage/x`;
    expectRefused(await announce(redirectTo(location)), /with credentials in the URL/);
  });

  it('does not follow redirects without end', async () => {
    let hops = 0;
    const answer = await announce((_request, response) => {
      hops += 1;
      redirectTo(`${github.url}/storage/${hops}`)(_request, response);
    });
    expect([answer.status, answer.json.error?.code]).to.deep.equal([502, 'GITHUB_UNAVAILABLE']);
    expect(answer.json.error?.message).to.match(/too many redirects/);
    expect(hops).to.be.lessThan(10);
  });

  it('does not connect to a listed name that is at a private address', async () => {
    const { host, requests } = await elsewhere((_request, response) => response.end('secret'));
    const name = `assets.test:${host.split(':')[1]}`;
    const asked: string[] = [];
    const lookup: LookupFunction = (wanted, _options, callback) => {
      asked.push(wanted);
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    };
    const answer = await announce(redirectTo(`http://${name}/`), { assetHosts: [name], lookup });
    expectRefused(answer, /assets\.test is not at a public address/);
    expect(asked).to.deep.equal(['assets.test']);
    expect(requests).to.deep.equal([]);
  });

  it('does not connect to a private address that is listed without its port', async () => {
    const { host, requests } = await elsewhere((_request, response) => response.end('secret'));
    const answer = await announce(redirectTo(`http://${host}/`), { assetHosts: ['127.0.0.1'] });
    expectRefused(answer, /not among the hosts/);
    expect(requests).to.deep.equal([]);
  });

  it('asks a host that the operator added, and sends it no token', async () => {
    let headers: unknown;
    const { host, requests } = await elsewhere((request, response) => {
      headers = request.headers;
      response.end('no bundle');
    });
    const answer = await announce(redirectTo(`http://${host}/echo.mcpb`), {
      assetHosts: [host],
      githubToken: 'ghs_secret',
    });
    expect(answer.json.error?.code).to.equal('SIZE_MISMATCH');
    expect(requests).to.deep.equal(['GET /echo.mcpb']);
    expect(headers).to.not.have.any.keys('authorization', 'cookie');
    expect(headers).to.include({ 'accept-encoding': 'identity' });
  });

  it('reads nothing of an asset that declares 10 GB', async () => {
    let sent = 0;
    const answer = await announce((_request, response) => {
      response.writeHead(200, { 'content-length': 10 * 1024 * MIB });
      pour(response, (bytes) => {
        sent += bytes;
      });
    });
    expect(answer.json.error?.message).to.match(/has more bytes in the release/);
    expect([answer.status, answer.json.error?.code]).to.deep.equal([400, 'SIZE_MISMATCH']);
    expect(sent).to.be.lessThan(UNREAD_BYTES);
  });

  it('leaves an endless stream, and keeps nothing of it', async () => {
    let sent = 0;
    const answer = await announce((_request, response) => {
      response.writeHead(200);
      pour(response, (bytes) => {
        sent += bytes;
      });
    });
    expect([answer.status, answer.json.error?.code]).to.deep.equal([400, 'SIZE_MISMATCH']);
    expect(sent).to.be.lessThan(UNREAD_BYTES);
  });

  it('leaves a stream that is slower than the slowest', async () => {
    const timers: NodeJS.Timeout[] = [];
    const answer = await announce(
      (_request, response) => {
        response.writeHead(200);
        timers.push(setInterval(() => response.write('x'), 20));
        response.once('close', () => timers.forEach(clearInterval));
      },
      {},
      { graceMs: 200, slowestRate: 10_000 },
    );
    expect(answer.json.error?.message).to.match(/slower than 10000 bytes a second/);
    expect([answer.status, answer.json.error?.code]).to.deep.equal([502, 'GITHUB_UNAVAILABLE']);
  });

  it('waits for the body of no redirect, and of no refusal', async () => {
    for (const [status, words] of [
      [302, /leads to/],
      [404, /./],
      [500, /status 500/],
    ] as const) {
      const answer = await announce((_request, response) => {
        response.writeHead(status, { location: 'https://evil.example.com/' });
        response.write('x');
      });
      expect(answer.json.error?.message)
        .to.match(words)
        .and.not.match(/takes too long/);
    }
  }).timeout(10_000);

  it('leaves an asset that takes too long', async () => {
    const answer = await announce(
      (_request, response) => response.writeHead(200).flushHeaders(),
      {},
      {
        downloadMs: 300,
      },
    );
    expect(answer.json.error?.message).to.match(/it takes too long/);
    expect([answer.status, answer.json.error?.code]).to.deep.equal([502, 'GITHUB_UNAVAILABLE']);
  });

  it('takes no headers without end', async () => {
    const answer = await announce((_request, response) => {
      response.writeHead(
        200,
        Object.fromEntries(Array.from({ length: 64 }, (_, n) => [`x-${n}`, 'x'.repeat(1024)])),
      );
      response.end();
    });
    expect(answer.json.error?.message).to.match(/HEADERS_OVERFLOW/);
    expect(answer.status).to.equal(502);
  });

  it('takes no asset that would have to be decompressed', async () => {
    const answer = await announce((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
    });
    expectRefused(answer, /it comes encoded as "gzip"/);
  });

  it('says that the asset is not there when only its storage lacks it, in the words that the action waits for', async () => {
    const answer = await announce((_request, response) => response.writeHead(404).end());
    expect(answer.json.error?.message).to.match(/^Artifact "echo\.mcpb" not found in release v1\.0\.0/);
  });

  it('passes on how long GitHub asks to wait', async () => {
    const answer = await announce((_request, response) =>
      response.writeHead(429, { 'retry-after': '7' }).end(),
    );
    expect(answer.json.error?.message).to.match(/takes no more requests for 7 s/);
    expect([answer.status, answer.json.error?.code]).to.deep.equal([503, 'GITHUB_BUSY']);
  });

  describe('by the API', () => {
    it('sends its token to no other host', async () => {
      const { host, requests } = await elsewhere((_request, response) => response.end('{}'));
      github.answerApi = redirectTo(`http://${host}/`);
      const answer = await announce(() => undefined, { githubToken: 'ghs_secret', assetHosts: [host] });
      expectRefused(answer, /^GitHub is not read: it leads to /);
      expect(requests).to.deep.equal([]);
    });

    it('takes no answer without end', async () => {
      github.answerApi = (_request, response) => {
        response.writeHead(200);
        pour(response);
      };
      const answer = await announce(() => undefined);
      expect(answer.json.error?.message).to.match(/an answer that is too large/);
      expect(answer.status).to.equal(502);
    });
  });

  describe('by the issuer', () => {
    for (const [what, document] of [
      ['another host', { jwks_uri: 'https://evil.example.com/keys' }],
      ['a metadata address', { jwks_uri: 'http://169.254.169.254/keys' }],
      ['a file', { jwks_uri: 'file:///etc/passwd' }],
    ] as const) {
      it(`asks no keys of ${what}`, async () => {
        github.answerIssuer = (_request, response) =>
          response.end(JSON.stringify({ issuer: github.issuer, ...document }));
        const answer = await announce(() => undefined);
        expect([answer.status, answer.json.error?.code]).to.deep.equal([503, 'ISSUER_UNAVAILABLE']);
      });
    }

    it('takes no keys without end', async () => {
      github.answerIssuer = (_request, response) => {
        response.writeHead(200);
        pour(response);
      };
      const answer = await announce(() => undefined);
      expect([answer.status, answer.json.error?.code]).to.deep.equal([503, 'ISSUER_UNAVAILABLE']);
    });
  });

  it('refuses more downloads than it can hold, with a time to try again', async () => {
    // Each account may have four at once: twenty of them ask for more than the registry does.
    const release = Promise.withResolvers<void>();
    const registry = await startRegistry({
      data: path.join(folder(), 'many'),
      host: '127.0.0.1',
      port: 0,
      oidcIssuer: github.issuer,
      oidcAudience: 'https://mpak.dev',
      githubApi: github.api,
      self: [process.execPath],
      log: pino({ level: 'silent' }),
    });
    registries.push(registry);
    github.beforeAsset = () => release.promise;
    const answers = Array.from({ length: 20 }, async (_, account) => {
      const bundle = makeBundle(`@owner-${account}/echo`, '1.0.0');
      github.addAsset(`owner-${account}`, 'echo', 'v1.0.0', 'echo.mcpb', bundle.bytes);
      const token = await github.issueToken(`owner-${account}/echo`);
      return Array.from({ length: 4 }, () => sendAnnouncement(registry.url, token, announcement(bundle)));
    });
    const pending = (await Promise.all(answers)).flat();
    const fitting = DOWNLOAD_LIMITS.atOnce + DOWNLOAD_LIMITS.waiting;
    let refusals = 0;
    const full = Promise.withResolvers<void>();
    for (const answer of pending) {
      answer.then(({ status }) => {
        if (status === 503) refusals += 1;
        if (refusals === pending.length - fitting) full.resolve();
      });
    }
    await full.promise;
    release.resolve();
    const all = await Promise.all(pending);
    const refused = all.filter(({ status }) => status !== 200);
    expect(refused).to.have.length(pending.length - fitting);
    for (const answer of refused) {
      expect(answer).to.include({ status: 503, retryAfter: '5' });
      expect(answer.body).to.match(/downloads under way/);
    }
  });
});

/** Sends until the other side has gone. */
function pour(response: Parameters<RequestListener>[1], onBytes: (bytes: number) => void = () => undefined) {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const more = () => {
    while (!response.destroyed && response.write(chunk)) onBytes(chunk.length);
  };
  response.on('drain', more).on('error', () => undefined);
  more();
}

async function sendAnnouncement(url: string, token: string, body: unknown) {
  const response = await fetch(`${url}/v1/bundles/announce`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: await response.text(),
  };
}
