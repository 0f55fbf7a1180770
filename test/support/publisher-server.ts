/** A registry as publishers see it, under a test's control: a real server on loopback that says what it is told to say. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Scripted {
  readonly status: number;
  readonly json?: unknown | ((request: IncomingHttpHeaders) => unknown);
  readonly headers?: Readonly<Record<string, string>>;
  /** Breaks the connection in place of an answer. */
  readonly hangUp?: boolean;
  /** Begins an answer that never ends. */
  readonly neverEnds?: boolean;
}

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly json: unknown;
}

export class PublisherServer {
  /** The answer of `GET /v1/registry`; the default is that of a registry which does not have it. */
  registry: Scripted = { status: 404, json: { error: { code: 'NOT_FOUND', message: 'No such path.' } } };
  /** Answers to POST, in turn; the last one stays. */
  answers: Scripted[] = [{ status: 200, json: { status: 'created' } }];
  readonly posts: Received[] = [];
  readonly requests: string[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks = await Array.fromAsync(request as AsyncIterable<Buffer>);
      const { method = '', url: path = '', headers } = request;
      this.requests.push(`${method} ${path}`);
      const isPost = method === 'POST';
      if (isPost) {
        const text = Buffer.concat(chunks).toString('utf8');
        this.posts.push({ method, path, headers, json: text === '' ? undefined : JSON.parse(text) });
      }
      const scripted = isPost ? this.#nextAnswer() : this.registry;
      if (scripted.hangUp) {
        request.socket.destroy();
        return;
      }
      response.writeHead(scripted.status, { 'content-type': 'application/json', ...scripted.headers });
      if (scripted.neverEnds) {
        response.write('{');
        return;
      }
      const { json = {} } = scripted;
      response.end(JSON.stringify(typeof json === 'function' ? json(headers) : json));
    });
  }

  static async start(): Promise<PublisherServer> {
    const server = new PublisherServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #nextAnswer(): Scripted {
    return (this.answers.length > 1 ? this.answers.shift() : this.answers[0]) as Scripted;
  }
}
