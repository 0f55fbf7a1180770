/** A registry with the MCP registry's read interface, as a real HTTP server over entries that a test gives it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { send } from './bundles-server.ts';

export interface ServerRecord {
  name: string;
  version?: string;
  description?: string;
  packages?: readonly unknown[];
  status?: string;
  updatedAt?: string;
  [field: string]: unknown;
}

const AT = '2026-03-01T00:00:00.000Z';

export class ServersServer {
  readonly records: ServerRecord[];
  readonly requests: string[] = [];
  override: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  pageSize = 100;
  readonly #server: Server;

  private constructor(records: ServerRecord[]) {
    this.records = records;
    this.#server = createServer((request, response) => {
      this.requests.push(request.url ?? '');
      if (!this.override(request, response)) this.#answer(new URL(request.url ?? '/', 'http://x'), response);
    });
  }

  static async start(records: ServerRecord[]): Promise<ServersServer> {
    const server = new ServersServer(records);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer({ pathname, searchParams }: URL, response: ServerResponse): void {
    if (pathname !== '/v0.1/servers') {
      send(response, 404, { error: 'not found' });
      return;
    }
    const since = searchParams.get('updated_since');
    const limit = Math.min(this.pageSize, Number(searchParams.get('limit') ?? 30));
    const after = searchParams.get('cursor') ?? '';
    const matching = this.records
      .filter(({ updatedAt = AT }) => since === null || Date.parse(updatedAt) >= Date.parse(since))
      .filter(({ name }) => name > after)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const page = matching.slice(0, limit);
    const nextCursor = matching.length > limit ? page.at(-1)?.name : undefined;
    send(response, 200, { servers: page.map(entryOf), metadata: { count: page.length, nextCursor } });
  }
}

export function entryOf({ status = 'active', updatedAt = AT, ...server }: ServerRecord): unknown {
  return {
    server: { version: '1.0.0', ...server },
    _meta: {
      'io.modelcontextprotocol.registry/official': { status, publishedAt: AT, updatedAt, isLatest: true },
    },
  };
}

export function npm(identifier: string, version = '1.0.0') {
  return { registryType: 'npm', identifier, version, transport: { type: 'stdio' } };
}

export function mcpb(identifier: string, fileSha256 = 'a'.repeat(64)) {
  return { registryType: 'mcpb', identifier, fileSha256, transport: { type: 'stdio' } };
}
