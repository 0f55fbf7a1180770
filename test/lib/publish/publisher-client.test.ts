import type { IncomingHttpHeaders } from 'node:http';
import { expect } from 'chai';
import { z } from 'zod';
import { MpakError } from '../../../src/lib/errors.ts';
import { tokenEndpoint } from '../../../src/lib/publish/actions-environment.ts';
import { Patience } from '../../../src/lib/publish/patience.ts';
import { PublisherClient } from '../../../src/lib/publish/publisher-client.ts';
import { LocalGitHub } from '../../support/github.ts';
import { PublisherServer } from '../../support/publisher-server.ts';

const ANSWER = z.object({ status: z.string() });
const NOT_FOUND_YET = {
  status: 400,
  json: {
    error: { code: 'ARTIFACT_NOT_FOUND', message: 'Artifact "a.mcpb" not found in release v1 of A/b.' },
  },
};

/** Hours pass in no time. */
class FastClock {
  readonly pauses: number[] = [];
  #passed = 0;
  now = () => new Date(Date.now() + this.#passed);
  sleep = async (ms: number) => {
    this.pauses.push(ms);
    this.#passed += ms;
  };
}

describe('a publisher asks a registry', () => {
  let registry: PublisherServer;
  let github: LocalGitHub;
  let clock: FastClock;
  let told: string[];

  beforeEach(async () => {
    registry = await PublisherServer.start();
    github = await LocalGitHub.start();
    clock = new FastClock();
    told = [];
  });
  afterEach(async () => {
    await registry.close();
    await github.close();
  });

  function client(
    options: { audience?: string | undefined; waitMs?: number; url?: string; patience?: Patience } = {},
  ): PublisherClient {
    const { audience = 'https://mpak.dev', waitMs = 300_000, url = registry.url } = options;
    return new PublisherClient({
      registry: new URL(url),
      endpoint: tokenEndpoint({ GITHUB_ACTIONS: 'true', ...github.startJob('Acme/echo') }),
      audience: 'audience' in options ? options.audience : audience,
      userAgent: 'mpak-test',
      clock,
      patience: options.patience ?? new Patience(waitMs, clock),
      onToken: (token) => told.push(token),
    });
  }
  const post = (from = client()) => from.post('/v1/bundles/announce', '{"a":1}', '@acme/echo 1.0.0', ANSWER);
  const failing = async (work: Promise<unknown>): Promise<MpakError> => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(MpakError);
    return error as MpakError;
  };
  const bearer = (index: number) =>
    registry.posts[index]?.headers.authorization?.replace('Bearer ', '') ?? '';

  it('with the token of the workflow, for whom the registry asks for one', async () => {
    registry.registry = {
      status: 200,
      json: { origin: 'o', announce: { issuer: 'i', audience: registry.url } },
    };
    expect(await post(client({ audience: undefined }))).to.deep.equal({ status: 'created' });
    expect(github.audiences).to.deep.equal([registry.url]);
    expect(registry.posts[0]?.json).to.deep.equal({ a: 1 });
    expect(bearer(0)).to.match(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it('and asks for no token when a hostile one wants that of another service', async () => {
    for (const audience of ['https://mpak.dev', 'sigstore', 'sts.amazonaws.com']) {
      registry.registry = { status: 200, json: { announce: { audience } } };
      const error = await failing(post(client({ audience: undefined })));
      expect(error.code).to.equal('AUDIENCE_REFUSED');
      expect(error.message).to.include(audience).and.to.include(new URL(registry.url).host);
    }
    expect(github.audiences).to.deep.equal([]);
    expect(registry.posts).to.deep.equal([]);
  });

  it('and follows no redirect with the token', async () => {
    const other = await PublisherServer.start();
    try {
      registry.answers = [{ status: 307, headers: { location: `${other.url}/v1/bundles/announce` } }];
      expect((await failing(post())).code).to.equal('REGISTRY_ANSWER');
      expect(other.requests).to.deep.equal([]);
    } finally {
      await other.close();
    }
  });

  it('and follows no redirect to learn for whom it wants a token', async () => {
    const other = await PublisherServer.start();
    try {
      other.registry = { status: 200, json: { announce: { audience: registry.url } } };
      registry.registry = { status: 302, headers: { location: `${other.url}/v1/registry` } };
      expect((await failing(post(client({ audience: undefined })))).code).to.equal('REGISTRY_ANSWER');
      expect(other.requests).to.deep.equal([]);
      expect(github.audiences).to.deep.equal([]);
    } finally {
      await other.close();
    }
  });

  it('that quotes its token to it, and passes none of it on, of an old one neither', async () => {
    let first = '';
    const quote = ({ authorization = '' }: IncomingHttpHeaders) => {
      first ||= authorization;
      return { error: { code: authorization, message: `got ${first} and ${authorization}`.padEnd(5000) } };
    };
    for (const [status, code] of [
      [400, 'PUBLISH_REFUSED'],
      [401, 'TOKEN_REFUSED'],
      [429, 'REGISTRY_BUSY'],
    ] as const) {
      registry.answers = [{ status, json: quote }];
      const error = await failing(post(client({ waitMs: 0 })));
      expect(error.code).to.equal(code);
      for (const token of told) expect(`${error.message}${error.hint}`).to.not.include(token);
      expect(error.message).to.include('***');
    }
    expect(told.length).to.equal(4);
    const status = (request: IncomingHttpHeaders) => ({ status: `created ${request.authorization}` });
    registry.answers = [{ status: 200, json: status }];
    expect(await post()).to.deep.equal({ status: 'created Bearer ***' });
  });

  it('never over plain http to another machine', async () => {
    // This machine too, by an address that may be another's.
    const url = registry.url.replace('127.0.0.1', '0.0.0.0');
    expect((await failing(post(client({ url })))).code).to.equal('NETWORK');
    expect(registry.posts).to.deep.equal([]);
  });

  it('again, with growing pauses, until GitHub shows the asset', async () => {
    registry.answers = [
      NOT_FOUND_YET,
      NOT_FOUND_YET,
      NOT_FOUND_YET,
      { status: 200, json: { status: 'created' } },
    ];
    expect(await post()).to.deep.equal({ status: 'created' });
    expect(clock.pauses).to.deep.equal([1000, 2000, 4000]);
  });

  it('no longer than it is told to wait, and then says why', async () => {
    registry.answers = [NOT_FOUND_YET];
    const error = await failing(post());
    expect(error.code).to.equal('PUBLISH_REFUSED');
    expect(error.message).to.include('ARTIFACT_NOT_FOUND').and.to.include('not found in release v1');
    const waited = clock.pauses.reduce((sum, pause) => sum + pause, 0);
    expect(waited).to.be.within(250_000, 300_000);
    expect(registry.posts.length).to.equal(clock.pauses.length + 1);
  });

  it('when a busy one says, and not at all when that is too late', async () => {
    const busy = (seconds: string) => ({
      status: 429,
      headers: { 'retry-after': seconds },
      json: { error: { code: 'RATE_LIMITED', message: 'Too many.' } },
    });
    registry.answers = [busy('42'), { status: 200, json: { status: 'created' } }];
    await post();
    expect(clock.pauses).to.deep.equal([42_000]);
    registry.answers = [busy('3600')];
    const error = await failing(post());
    expect(error.code).to.equal('REGISTRY_BUSY');
    expect(error.message).to.include('RATE_LIMITED');
    expect(clock.pauses).to.deep.equal([42_000]);
  });

  it('again when a connection breaks, and gives up in time', async () => {
    registry.answers = [
      { status: 0, hangUp: true },
      { status: 502 },
      { status: 500 },
      { status: 200, json: { status: 'created' } },
    ];
    expect(await post()).to.deep.equal({ status: 'created' });
    const late = client({ waitMs: 10_000 });
    await registry.close();
    const error = await failing(post(late));
    expect(error.code).to.equal('NETWORK');
    registry = await PublisherServer.start();
  });

  it('and gives an answer no longer than there is patience for, however it drips', async () => {
    class Hasty extends Patience {
      override attemptMs = () => 50;
    }
    registry.answers = [
      { status: 200, neverEnds: true },
      { status: 200, json: { status: 'created' } },
    ];
    expect(await post(client({ patience: new Hasty(300_000, clock) }))).to.deep.equal({ status: 'created' });
    expect(registry.posts.length).to.equal(2);
  });

  it('with a new token when the old one ends', async () => {
    github.tokenOptions = { expiresIn: 60 };
    registry.answers = [NOT_FOUND_YET];
    await failing(post());
    const tokens = registry.posts.map((_, index) => bearer(index));
    expect(new Set(tokens).size).to.be.greaterThan(3).and.lessThan(tokens.length);
  });

  it('once more with a new token when it does not take the first', async () => {
    const refused = {
      status: 401,
      json: { error: { code: 'UNAUTHORIZED', message: 'The token was refused.' } },
    };
    registry.answers = [refused, { status: 200, json: { status: 'created' } }];
    await post();
    expect(github.audiences.length).to.equal(2);
    registry.answers = [refused];
    const error = await failing(post());
    expect(error.code).to.equal('TOKEN_REFUSED');
    expect(registry.posts.length).to.equal(4);
    expect(JSON.stringify([error.message, error.hint])).to.not.include(bearer(3));
  });

  it('once for what it refuses for good, and tells its words on one line', async () => {
    for (const status of [400, 403, 409, 413, 422]) {
      const message = `No.\n::add-path::/tmp/evil\r\u2028::x ${'long '.repeat(1000)}`;
      registry.answers = [{ status, json: { error: { code: 'CONFLICT\n::', message } } }];
      const before = registry.posts.length;
      const error = await failing(post());
      expect(error.code).to.equal('PUBLISH_REFUSED');
      expect(error.message).to.include('CONFLICT ::: No. ::add-path');
      expect(error.message).to.not.match(/[\r\n\u2028]/);
      expect(error.message.length).to.be.lessThan(1200);
      expect(registry.posts.length).to.equal(before + 1);
    }
    expect(clock.pauses).to.deep.equal([]);
  });

  it('and takes nothing for an answer that is none', async () => {
    for (const answer of [
      { status: 200, json: { status: 7 } },
      { status: 200, json: 'ok' },
      { status: 204 },
      { status: 404 },
      { status: 200, json: { status: 'created', more: 'x'.repeat(100_000) } },
    ]) {
      registry.answers = [answer];
      expect((await failing(post())).code).to.equal('REGISTRY_ANSWER');
    }
  });

  it('and takes nothing for a description of it that names no audience', async () => {
    for (const json of [{}, { announce: {} }, { announce: { audience: '' } }, 'x']) {
      registry.registry = { status: 200, json };
      expect((await failing(post())).code).to.equal('REGISTRY_ANSWER');
    }
    expect(github.audiences).to.deep.equal([]);
  });
});

describe('a job', () => {
  const endpoint = {
    GITHUB_ACTIONS: 'true',
    ACTIONS_ID_TOKEN_REQUEST_URL: 'https://pipelines.example.com/idtoken?api-version=2.0',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'secret',
  };
  const refusal = (environment: Record<string, string | undefined>): MpakError => {
    try {
      tokenEndpoint(environment);
    } catch (error) {
      return error as MpakError;
    }
    throw new Error('it was taken');
  };

  it('gets tokens where the runner says', () => {
    const { url, requestToken } = tokenEndpoint(endpoint);
    expect(url.host).to.equal('pipelines.example.com');
    expect(requestToken).to.equal('secret');
  });

  it('gets none without the permission, and is told which', () => {
    for (const missing of ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN']) {
      const error = refusal({ ...endpoint, [missing]: undefined });
      expect(error.code).to.equal('NOT_IN_ACTIONS');
      expect(error.hint).to.include('permissions: id-token: write');
    }
    expect(refusal({}).code).to.equal('NOT_IN_ACTIONS');
  });

  it('shows its secret to no endpoint over plain http', () => {
    for (const url of ['http://pipelines.example.com/idtoken', 'ftp://x', 'file:///etc/passwd', 'no URL']) {
      expect(refusal({ ...endpoint, ACTIONS_ID_TOKEN_REQUEST_URL: url }).code).to.equal('NOT_IN_ACTIONS');
    }
  });
});
