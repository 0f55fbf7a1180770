/**
 * HTTP for all routes alike: limits, routing, bodies, errors, logs, and an end that loses no request. What an answer
 * looks like on the wire is respond.ts.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { MpakError } from '../src/lib/errors.ts';
import type { AnswerCache } from './answer-cache.ts';
import { readBody } from './body.ts';
import type { Arrival } from './gate.ts';
import { type Answer, HttpError, type Request, type Route, type Services } from './http.ts';
import { Interruption } from './interruption.ts';
import type { HttpLimits } from './limits.ts';
import type { Representation } from './representation.ts';
import { respond } from './respond.ts';
import { type Match, Router } from './router.ts';

const NO_BODY = new Uint8Array();

export interface Observation {
  readonly method: string;
  /** The route's path, or `none`: never what the client typed. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/** What is served. */
export interface Site<S extends Services> {
  readonly routes: readonly Route<S>[];
  readonly services: S;
  readonly observe: (observation: Observation) => void;
  /** Keeps the answers of routes that may be kept; undefined: none are. */
  readonly answers?: AnswerCache;
  /** A failure for who asked for a page; undefined: as JSON, as everybody else gets it. */
  readonly failurePage?: (
    failure: HttpError,
    request: { readonly target: string; readonly accept: string | undefined },
  ) => Promise<Answer> | undefined;
  /** Asked before anything is done for a request. @throws HttpError for who is not let in */
  readonly admit?: (arrival: Arrival) => Promise<void>;
}

/** A site and the router over its routes. */
interface Mounted<S extends Services> extends Site<S> {
  readonly router: Router<S>;
}

/** Listens first, so that a site can know its own address; requests wait until it is mounted. */
export class HttpServer<S extends Services> {
  readonly #limits: HttpLimits;
  readonly #log: Logger;
  readonly #server: Server;
  readonly #mounted = Promise.withResolvers<Mounted<S>>();
  /** One for each request that is under way. */
  readonly #running = new Set<Interruption>();
  #stopping = false;

  constructor(limits: HttpLimits, log: Logger) {
    this.#limits = limits;
    this.#log = log;
    this.#server = createServer(
      {
        maxHeaderSize: limits.headerBytes,
        headersTimeout: limits.headersMs,
        requestTimeout: limits.requestMs,
        keepAliveTimeout: limits.keepAliveMs,
        connectionsCheckingInterval: limits.checkMs,
      },
      (request, response) => void this.#serve(request, response),
    );
    this.#server.maxConnections = limits.connections;
  }

  /** @returns the address that it listens on @throws MpakError when it cannot listen there */
  async listen(port: number, host: string): Promise<AddressInfo> {
    this.#server.listen(port, host);
    try {
      await once(this.#server, 'listening');
    } catch (error) {
      throw cannotListen(error as NodeJS.ErrnoException, host, port);
    }
    return this.#server.address() as AddressInfo;
  }

  mount(site: Site<S>): void {
    this.#mounted.resolve({ ...site, router: new Router(site.routes) });
  }

  /** Takes no more requests, lets those that are under way finish, and aborts what is left after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#stopping = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const deadline = setTimeout(() => {
      for (const interruption of this.#running) interruption.fire(new Error('the server stops'));
      this.#server.closeAllConnections();
    }, graceMs);
    await closed;
    clearTimeout(deadline);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const start = performance.now();
    // Afterwards the socket may be gone.
    const from = request.socket.remoteAddress;
    const interruption = new Interruption();
    this.#running.add(interruption);
    let route = 'none';
    let observe: Site<S>['observe'] | undefined;
    response.once('close', () => {
      this.#running.delete(interruption);
      if (!response.writableFinished) interruption.fire();
      const seconds = (performance.now() - start) / 1000;
      const { method = '', url } = request;
      const status = response.statusCode;
      this.#log.info({ method, url, status, ms: Math.round(seconds * 1000), from }, 'request');
      if (this.#stopping) this.#server.closeIdleConnections();
      try {
        observe?.({ method, route, status, seconds });
      } catch (error) {
        // Thrown out of a listener, it would end the process.
        this.#log.error({ err: error }, 'request not observed');
      }
    });
    try {
      const site = await this.#mounted.promise;
      observe = site.observe;
      const answer = await this.#answer(site, request, interruption, (path) => {
        route = path;
      });
      if (this.#stopping) response.setHeader('connection', 'close');
      await respond(request, response, answer, this.#limits.writeIdleMs);
    } catch (error) {
      // Half an answer is out, or nobody is there to read it.
      if (!interruption.hasFired) this.#log.error({ err: error }, 'answer failed');
      response.destroy();
    }
  }

  async #answer(
    { router, services, admit, answers, failurePage }: Mounted<S>,
    message: IncomingMessage,
    interruption: Interruption,
    onRoute: (path: string) => void,
  ): Promise<Answer | Representation> {
    try {
      const target = message.url ?? '/';
      if (target.length > this.#limits.urlLength) {
        throw new HttpError(414, 'URL_TOO_LONG', `A URL has at most ${this.#limits.urlLength} characters.`);
      }
      await admit?.({
        method: message.method,
        target,
        peer: message.socket.remoteAddress,
        forwardedFor: message.headers['x-forwarded-for']?.toString(),
      });
      const { route, params } = router.find(message.method ?? 'GET', target);
      onRoute(route.path);
      const body = route.method === 'POST' ? await readBody(message, this.#limits) : NO_BODY;
      const answer = () => route.handler(requestOf(message, { route, params }, body, interruption), services);
      if (route.kept === undefined || answers === undefined) return await answer();
      // Whatever is asked that the answer does not depend on, it is made once.
      const key = route.kept === 'target' ? target : route.path + JSON.stringify(params);
      return await answers.answer(key, answer);
    } catch (error) {
      const failure = this.#failed(error, interruption);
      const { url: target = '/', headers } = message;
      return (await failurePage?.(failure, { target, accept: headers.accept })) ?? errorAnswer(failure);
    }
  }

  #failed(error: unknown, interruption: Interruption): HttpError {
    if (error instanceof HttpError) return error;
    if (error instanceof MpakError && error.code === 'BUSY') {
      return new HttpError(503, 'BUSY', 'The registry is busy; try again.', { 'retry-after': '5' });
    }
    if (!interruption.hasFired) this.#log.error({ err: error }, 'request failed');
    return new HttpError(500, 'INTERNAL', 'The registry failed to answer this request.');
  }
}

function requestOf<S extends Services>(
  { method, url = '/', headers }: IncomingMessage,
  { route, params }: Match<S>,
  body: Uint8Array,
  interruption: Interruption,
): Request {
  return {
    method: method === 'HEAD' ? 'HEAD' : route.method,
    params,
    query: new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?')) : ''),
    headers: headers as Request['headers'],
    body,
    get signal() {
      return interruption.signal;
    },
  };
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): MpakError {
  const taken = error.code === 'EADDRINUSE';
  return new MpakError(
    taken ? 'BUSY' : 'IO_FAILED',
    taken
      ? `On ${host}, port ${port} is in use by another process.`
      : `The server cannot listen on ${host}, port ${port}: ${error.message}.`,
    { hint: 'Choose another with --port or --host.', cause: error },
  );
}

function errorAnswer({ status, code, message, headers }: HttpError): Answer {
  return { status, headers: { 'cache-control': 'no-store', ...headers }, json: { error: { code, message } } };
}
