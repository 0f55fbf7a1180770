/**
 * A registry that has bundle paths and no log, as a real HTTP server: answers of an index, by the functions that a registry
 * answers with, and no more than so many of them in a minute. Its minute can be shorter than one.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Database from 'better-sqlite3';
import { bundleDetail, versionDetail, versionList } from '../../src/lib/index/read.ts';
import { searchBundles } from '../../src/lib/index/search.ts';

/** How it says that it is too much. */
export type LimitAnswer = '429' | '429-date' | '429-bare' | '500';

export class BundlesServer {
  /** Requests in a minute; 0: no limit. */
  limit = 0;
  minuteMs = 60_000;
  /** Most bundles on a page. */
  pageSize = 100;
  limitAnswer: LimitAnswer = '429';
  /** `METHOD path` of every request, refused ones too. */
  readonly requests: string[] = [];
  refused = 0;
  /** Answers for a path without its query, instead of the honest one; true: it did. */
  override: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  readonly db: Database.Database;
  readonly #server: Server;
  #window = 0;
  #inWindow = 0;

  private constructor(db: Database.Database) {
    this.db = db;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(db: Database.Database): Promise<BundlesServer> {
    const server = new BundlesServer(db);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  /** Waits as long as that takes in its minutes. */
  readonly sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, (ms * this.minuteMs) / 60_000));

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(`${request.method} ${request.url}`);
    if (this.#isTooMuch()) this.#refuse(response);
    else if (!this.override(request, response)) this.#answerHonestly(request, response);
  }

  #answerHonestly(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://registry.test');
    const json = this.#json(url);
    if (json === undefined) send(response, 404, { error: { code: 'NOT_FOUND', message: 'Nothing there.' } });
    else send(response, 200, json);
  }

  #json(url: URL): unknown {
    const { pathname, searchParams } = url;
    if (pathname === '/v1/bundles/search') {
      return searchBundles(this.db, {
        sort: (searchParams.get('sort') ?? 'downloads') as 'recent',
        limit: Math.min(this.pageSize, Number(searchParams.get('limit') ?? 20)),
        offset: Number(searchParams.get('offset') ?? 0),
      });
    }
    const [, name = '', rest] =
      /^\/v1\/bundles\/(@[^/]+\/[^/]+)(\/.*)?$/.exec(decodeURIComponent(pathname)) ?? [];
    if (rest === undefined) return bundleDetail(this.db, name);
    if (rest === '/versions') return versionList(this.db, name);
    return versionDetail(this.db, name, rest.slice('/versions/'.length));
  }

  #isTooMuch(): boolean {
    if (this.limit === 0) return false;
    const window = Math.floor(Date.now() / this.minuteMs);
    if (window !== this.#window) [this.#window, this.#inWindow] = [window, 0];
    this.#inWindow += 1;
    return this.#inWindow > this.limit;
  }

  #refuse(response: ServerResponse): void {
    this.refused += 1;
    const left = this.minuteMs - (Date.now() % this.minuteMs);
    const seconds = Math.ceil((left * 60) / this.minuteMs);
    if (this.limitAnswer === '429') response.setHeader('retry-after', String(seconds));
    if (this.limitAnswer === '429-date') {
      response.setHeader('retry-after', new Date(Date.now() + seconds * 1000).toUTCString());
    }
    if (this.limitAnswer === '500') send(response, 500, { error: 'Rate limit exceeded, try again later.' });
    else send(response, 429, { error: { code: 'RATE_LIMITED', message: 'Slow down.' } });
  }
}

export function send(response: ServerResponse, status: number, json: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
}
