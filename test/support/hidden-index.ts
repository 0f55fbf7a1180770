/** A registry without its log: what it answers, but for the paths of the index and the attestations, which are not there. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class HiddenIndex {
  /** Paths that are not there. */
  hidden = /^\/v1\/(index|attestations)\//;
  /** Changes the text of an answer. */
  alter: (path: string, text: string) => string = (_path, text) => text;
  requests = 0;
  /** Stays what it was when nobody listens there any more. */
  url = '';
  readonly #server: Server;

  /** @param registry what is behind it */
  private constructor(registry: string) {
    this.#server = createServer(async (request, response) => {
      this.requests += 1;
      const path = request.url ?? '/';
      if (this.hidden.test(path)) return response.writeHead(404).end('{}');
      const answer = await fetch(new URL(path, registry), { redirect: 'manual' });
      const text = this.alter(path, await answer.text());
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
    });
  }

  static async start(registry: string): Promise<HiddenIndex> {
    const hidden = new HiddenIndex(registry);
    await new Promise<void>((resolve) => hidden.#server.listen(0, '127.0.0.1', resolve));
    hidden.url = `http://127.0.0.1:${(hidden.#server.address() as AddressInfo).port}`;
    return hidden;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
