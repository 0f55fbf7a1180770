import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { MpakError } from '../../../src/lib/errors.ts';
import { RegistryClient } from '../../../src/lib/remote/registry-client.ts';

describe('a registry behind a proxy that refuses', () => {
  let proxy: Server;
  before((done) => {
    proxy = createServer().on('connect', (_, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    proxy.listen(0, '127.0.0.1', done);
  });
  after((done) => {
    proxy.close(done);
  });

  it('cannot be reached, and is not said to have answered anything', async () => {
    const https_proxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const client = new RegistryClient(new URL('https://registry.example'), 'mpak-test', { https_proxy });
    try {
      const refused = await client.checkpoint(undefined).catch((error: MpakError) => error);
      expect(refused).to.include({ code: 'NETWORK' });
    } finally {
      client.close();
    }
  });
});

describe('the download of a snapshot', () => {
  const file = Buffer.from(Array.from({ length: 1000 }, (_, i) => i));
  let server: Server;
  let client: RegistryClient;
  let ranges: (string | undefined)[];
  /** What the server does with the rest that is asked for. */
  let answer: (response: ServerResponse, from: number) => void;

  const whole = (response: ServerResponse, from: number) => {
    response.writeHead(from === 0 ? 200 : 206, { 'content-length': file.length - from });
    response.end(file.subarray(from));
  };
  /** So many bytes of it, and the connection breaks. */
  const broken = (bytes: number) => (response: ServerResponse, from: number) => {
    response.writeHead(from === 0 ? 200 : 206, { 'content-length': file.length - from });
    response.write(file.subarray(from, from + bytes), () => response.destroy());
  };

  beforeEach((done) => {
    ranges = [];
    server = createServer((request, response) => {
      const { range } = request.headers;
      ranges.push(range);
      answer(response, Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0));
    });
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      client = new RegistryClient(new URL(`http://127.0.0.1:${port}`), 'mpak-test');
      done();
    });
  });
  afterEach((done) => {
    client.close();
    server.close(done);
  });

  const download = async () => Buffer.concat(await Array.fromAsync(client.download('/v1/index/snapshots/1')));

  it('goes on where a connection broke', async () => {
    answer = (response, from) => (from < 800 ? broken(400) : whole)(response, from);
    expect(await download()).to.deep.equal(file);
    expect(ranges).to.deep.equal([undefined, 'bytes=400-', 'bytes=800-']);
    expect(client.bytesReceived).to.equal(file.length);
  });

  it('ends when the connection breaks again and again', async () => {
    answer = broken(1);
    expect(await download().catch((error: MpakError) => error)).to.include({ code: 'NETWORK' });
    expect(ranges).to.have.length(5);
  }).timeout(20_000);

  it('does not take the whole file for the rest of it', async () => {
    answer = (response, from) => (from === 0 ? broken(10) : whole)(response, 0);
    expect(await download().catch((error: MpakError) => error)).to.include({ code: 'REGISTRY_ANSWER' });
  });
});
