/** Passes TCP connections on and counts what goes over the wire, headers and all, in both directions; and requests. */

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

export class CountingProxy {
  bytes = 0;
  requests = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number) {
    this.#server = createServer((client) => {
      const upstream = connect(port, '127.0.0.1');
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#sockets.add(from);
        from.on('data', (chunk) => {
          this.bytes += chunk.length;
          if (from === client) this.requests += chunk.toString('latin1').split(' HTTP/1.1\r\n').length - 1;
          to.write(chunk);
        });
        from.once('end', () => to.end());
        from.once('error', () => to.destroy());
        from.once('close', () => this.#sockets.delete(from));
      }
    });
  }

  /** @param url of what is behind it, on loopback */
  static async start(url: string): Promise<CountingProxy> {
    const proxy = new CountingProxy(Number(new URL(url).port));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
