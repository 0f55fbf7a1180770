import { expect } from 'chai';
import { mayCarryCredentials, sendAuthenticated } from '../../../src/lib/remote/authenticated-request.ts';
import { PublisherServer } from '../../support/publisher-server.ts';

describe('a request with a credential', () => {
  let server: PublisherServer;

  beforeEach(async () => {
    server = await PublisherServer.start();
  });
  afterEach(() => server.close());

  const send = (url: string, maxBytes = 1000) =>
    sendAuthenticated({
      method: 'POST',
      url: new URL(url),
      token: 'secret',
      body: '{}',
      timeoutMs: 5_000,
      maxBytes,
      userAgent: 'mpak-test',
    });

  it('goes over https, and over http to this machine alone', () => {
    for (const url of ['https://example.com', 'http://localhost:1', 'http://127.0.0.1', 'http://[::1]:1']) {
      expect(mayCarryCredentials(new URL(url)), url).to.equal(true);
    }
    for (const url of [
      'http://example.com',
      'http://0.0.0.0',
      'http://127.0.0.1.example.com',
      'ftp://localhost',
    ]) {
      expect(mayCarryCredentials(new URL(url)), url).to.equal(false);
    }
  });

  it('is not sent elsewhere', async () => {
    const error = await send(server.url.replace('127.0.0.1', '0.0.0.0')).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(Error);
    expect(server.requests).to.deep.equal([]);
  });

  it('ends where a redirect begins', async () => {
    server.answers = [{ status: 308, headers: { location: '/elsewhere' } }];
    expect((await send(`${server.url}/here`)).status).to.equal(308);
    expect(server.requests).to.deep.equal(['POST /here']);
  });

  it('does not leave this machine for a proxy when it is for this machine', async () => {
    const proxy = await PublisherServer.start();
    const before = process.env.http_proxy;
    process.env.http_proxy = proxy.url;
    try {
      expect((await send(`${server.url}/here`)).status).to.equal(200);
      expect(proxy.requests).to.deep.equal([]);
    } finally {
      if (before === undefined) delete process.env.http_proxy;
      else process.env.http_proxy = before;
      await proxy.close();
    }
  });

  it('takes no answer that is larger than allowed', async () => {
    server.answers = [{ status: 200, json: 'x'.repeat(2000) }];
    expect((await send(server.url)).body.length).to.equal(0);
    expect((await send(server.url, 5000)).body.length).to.equal(2002);
  });
});
