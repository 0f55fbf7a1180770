import { createServer, type Server } from 'node:http';
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
