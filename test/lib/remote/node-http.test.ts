import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { NodeHttp, proxiesOf } from '../../../src/lib/remote/node-http.ts';

describe('a small answer', () => {
  const servers: Server[] = [];
  const clients: NodeHttp[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  async function serve(listener: RequestListener): Promise<URL> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/start`);
  }

  async function get(url: URL, environment: Record<string, string> = {}) {
    const client = new NodeHttp('mpak-test', proxiesOf(environment));
    clients.push(client);
    const answer = await client.get(url, { accept: 'text/plain' });
    return { status: answer.statusCode, text: (await answer.toArray()).join('') };
  }

  const refusal = (url: URL) =>
    get(url).then(
      () => undefined,
      (error: Error) => error.message,
    );

  it('comes with the headers that were asked for, and says who asks', async () => {
    const url = await serve(({ headers }, response) =>
      response.end(`${headers.accept} ${headers['user-agent']}`),
    );
    expect(await get(url)).to.deep.equal({ status: 200, text: 'text/plain mpak-test' });
  });

  it('is asked for again while the server is busy, as long as that says, and no more than three times', async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked += 1;
      if (asked < 3) response.writeHead(503, { 'retry-after': '0.01' }).end();
      else response.end('at last');
    });
    expect(await get(url)).to.deep.equal({ status: 200, text: 'at last' });
    const never = await serve((_, response) => {
      asked += 1;
      response.writeHead(429, { 'retry-after': '0.01' }).end('no');
    });
    asked = 0;
    expect(await get(never)).to.deep.equal({ status: 429, text: 'no' });
    expect(asked).to.equal(3);
  });

  it('is asked for again when the connection breaks', async () => {
    let asked = 0;
    const url = await serve((request, response) => {
      asked += 1;
      if (asked === 1) request.socket.resetAndDestroy();
      else response.end('there');
    });
    expect((await get(url)).text).to.equal('there');
  });

  it('is followed to where it is, in few steps, and not away from this machine without https', async () => {
    const url = await serve(({ url: path }, response) => {
      if (path === '/there') response.end('there');
      else response.writeHead(302, { location: path === '/start' ? '/next' : '/there' }).end();
    });
    expect((await get(url)).text).to.equal('there');
    const circle = await serve((_, response) => response.writeHead(307, { location: '/start' }).end());
    expect(await refusal(circle)).to.equal('too many redirects');
    const away = await serve((_, response) =>
      response.writeHead(302, { location: 'http://example.com/' }).end(),
    );
    expect(await refusal(away)).to.equal('it leads to where https does not');
  });

  it('comes through the proxy of the environment, but for hosts that need none', async () => {
    const url = await serve((_, response) => response.end('itself'));
    const proxy = await serve(({ url: asked }, response) => response.end(`for ${asked}`));
    expect((await get(url, { HTTP_PROXY: proxy.origin })).text).to.equal(`for ${url.href}`);
    expect((await get(url, { http_proxy: proxy.origin })).text).to.equal(`for ${url.href}`);
    expect((await get(url, { HTTP_PROXY: proxy.origin, NO_PROXY: '127.0.0.1' })).text).to.equal('itself');
  });

  it('of https goes where http goes, when https has no proxy of its own', () => {
    expect(proxiesOf({ HTTP_PROXY: 'http://a' }).https_proxy).to.equal('http://a');
    expect(proxiesOf({ HTTP_PROXY: 'http://a', HTTPS_PROXY: 'http://b' }).https_proxy).to.equal('http://b');
    expect(proxiesOf({ HTTPS_PROXY: 'http://b', https_proxy: 'http://c' }).https_proxy).to.equal('http://c');
    expect(proxiesOf({}).http_proxy).to.equal(undefined);
  });
});
