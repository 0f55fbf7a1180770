import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { expect } from 'chai';
import pino from 'pino';
import { request } from 'undici';
import { type Answer, HttpError, type Route, type Services } from '../../registry/http.ts';
import { HTTP_LIMITS, type HttpLimits } from '../../registry/limits.ts';
import { HttpServer, type Observation } from '../../registry/server.ts';
import { MpakError } from '../../src/lib/errors.ts';

const LONG = { words: 'a bundle of tools '.repeat(1000) };

describe('the HTTP server', () => {
  let server: HttpServer<Services>;
  let base: string;
  let port: number;
  const observed: Observation[] = [];

  const get = (path: string, handler: Route['handler']): Route => ({ method: 'GET', path, handler });
  const post = (path: string, handler: Route['handler']): Route => ({ method: 'POST', path, handler });
  const json = (value: unknown): Answer => ({ status: 200, json: value });

  async function start(routes: Route[], limits: Partial<HttpLimits> = {}): Promise<void> {
    server = new HttpServer({ ...HTTP_LIMITS, ...limits }, pino({ level: 'silent' }));
    ({ port } = await server.listen(0, '127.0.0.1'));
    base = `http://127.0.0.1:${port}`;
    const services = {} as Services;
    server.mount({ routes, services, observe: (observation) => observed.push(observation) });
  }

  afterEach(async () => {
    observed.length = 0;
    await server.close(0);
  });

  /** Opens a connection and writes; what comes back until it is closed. */
  async function raw(text: string): Promise<{ socket: Socket; answer: Promise<string> }> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    let received = '';
    socket.setEncoding('utf8').on('data', (data) => {
      received += data;
    });
    socket.on('error', () => undefined);
    const answer = once(socket, 'close').then(() => received);
    socket.write(text);
    return { socket, answer };
  }

  it('answers JSON with the headers that every answer has', async () => {
    await start([get('/a/:name', ({ params, query }) => json({ ...params, q: query.get('q') }))]);
    const answer = await fetch(`${base}/a/x%2Fy?q=z+1`);
    expect(await answer.json()).to.deep.equal({ name: 'x/y', q: 'z 1' });
    expect(answer.headers.get('x-content-type-options')).to.equal('nosniff');
    expect(answer.headers.get('access-control-allow-origin')).to.equal('*');
    expect(answer.headers.get('content-type')).to.equal('application/json; charset=utf-8');
  });

  it('answers 404 for an unknown path, 405 with Allow for a wrong method', async () => {
    await start([get('/a', () => json({})), post('/b', () => json({}))]);
    const unknown = await fetch(`${base}/none`);
    expect(unknown.status).to.equal(404);
    expect(await unknown.json()).to.have.nested.property('error.code', 'NOT_FOUND');
    for (const [method, path, allow] of [
      ['DELETE', '/a', 'GET, HEAD'],
      ['POST', '/a', 'GET, HEAD'],
      ['GET', '/b', 'POST'],
      ['HEAD', '/b', 'POST'],
    ] as const) {
      const wrong = await fetch(base + path, { method });
      expect([wrong.status, wrong.headers.get('allow')]).to.deep.equal([405, allow]);
    }
  });

  it('answers HEAD as GET without the body', async () => {
    await start([get('/a', () => json(LONG))]);
    const head = await request(`${base}/a`, { method: 'HEAD' });
    const whole = await request(`${base}/a`);
    expect(await head.body.text()).to.equal('');
    for (const name of ['content-length', 'etag', 'content-type']) {
      expect(head.headers[name]).to.equal(whole.headers[name]);
    }
    await whole.body.dump();
  });

  it('answers 304 when the client has it', async () => {
    let value = 1;
    await start([get('/a', () => json({ value }))]);
    const etag = (await fetch(`${base}/a`)).headers.get('etag') ?? '';
    for (const condition of [etag, `"other", ${etag}`, etag.replace('W/', ''), '*']) {
      const again = await fetch(`${base}/a`, { headers: { 'if-none-match': condition } });
      expect(again.status, condition).to.equal(304);
      expect(again.headers.get('etag')).to.equal(etag);
    }
    value = 2;
    expect((await fetch(`${base}/a`, { headers: { 'if-none-match': etag } })).status).to.equal(200);
  });

  it('compresses what is worth it, with what the client accepts', async () => {
    await start([get('/a', () => json(LONG)), get('/short', () => json({}))]);
    const decoders = { zstd: zstdDecompressSync, gzip: gunzipSync, identity: (bytes: Buffer) => bytes };
    for (const [accept, coding] of [
      ['zstd', 'zstd'],
      ['gzip, deflate, br, zstd', 'zstd'],
      ['gzip', 'gzip'],
      ['zstd;q=0, gzip;q=0.5', 'gzip'],
      ['*', 'gzip'],
      ['br', 'identity'],
      ['identity', 'identity'],
    ] as const) {
      const answer = await request(`${base}/a`, { headers: { 'accept-encoding': accept } });
      expect(answer.headers['content-encoding'] ?? 'identity', accept).to.equal(coding);
      expect(answer.headers.vary).to.equal('accept-encoding');
      const bytes = Buffer.from(await answer.body.arrayBuffer());
      expect(JSON.parse(decoders[coding](bytes).toString())).to.deep.equal(LONG);
    }
    const short = await request(`${base}/short`, { headers: { 'accept-encoding': 'zstd' } });
    expect(short.headers['content-encoding']).to.equal(undefined);
    await short.body.dump();
  });

  it('says what an answer varies by, also when the client has it and when the route varies it', async () => {
    await start([
      get('/a', () => json(LONG)),
      get('/b', () => ({ ...json(LONG), headers: { vary: 'accept' } })),
    ]);
    for (const [path, vary] of [
      ['/a', 'accept-encoding'],
      ['/b', 'accept, accept-encoding'],
    ] as const) {
      const whole = await fetch(base + path);
      const etag = whole.headers.get('etag') ?? '';
      const known = await fetch(base + path, { headers: { 'if-none-match': etag } });
      expect([whole.status, known.status]).to.deep.equal([200, 304]);
      expect([whole.headers.get('vary'), known.headers.get('vary')]).to.deep.equal([vary, vary]);
      expect(known.headers.get('etag')).to.equal(etag);
    }
  });

  it('tells a handler HEAD from GET', async () => {
    const methods: string[] = [];
    await start([
      get('/a', ({ method }) => {
        methods.push(method);
        return json({});
      }),
    ]);
    await fetch(`${base}/a`, { method: 'HEAD' });
    await fetch(`${base}/a`);
    expect(methods).to.deep.equal(['HEAD', 'GET']);
  });

  it('reads a JSON body, and nothing else', async () => {
    await start([post('/a', ({ body }) => json({ bytes: body.length }))]);
    const send = (type: string) =>
      fetch(`${base}/a`, { method: 'POST', body: '{}', headers: { 'content-type': type } });
    expect((await send('application/json; charset=utf-8')).status).to.equal(200);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
      expect((await send(type)).status, type).to.equal(415);
    }
  });

  it('refuses a body that is too large, declared or not, and says so', async () => {
    let calls = 0;
    const handler = () => {
      calls += 1;
      return json({});
    };
    await start([post('/a', handler)], { bodyBytes: 1000, drainBytes: 1_000_000 });
    const headers = { 'content-type': 'application/json' };
    for (const bytes of [1001, 500_000]) {
      for (const body of ['x'.repeat(bytes), Readable.from(['x'.repeat(bytes)])]) {
        const answer = await request(`${base}/a`, { method: 'POST', headers, body });
        expect(answer.statusCode).to.equal(413);
        expect(await answer.body.json()).to.have.nested.property('error.code', 'BODY_TOO_LARGE');
      }
    }
    const { answer } = await raw(
      'POST /a HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\n\r\n',
    );
    expect(await answer).to.match(/^HTTP\/1\.1 413 /);
    expect(calls).to.equal(0);
  });

  it('outlives a body without end, and answers before it closes the connection', async () => {
    await start([post('/a', () => json({})), get('/b', () => json({}))], {
      bodyBytes: 1000,
      drainBytes: 4000,
    });
    const { answer } = await raw(
      'POST /a HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n' +
        `2000\r\n${'x'.repeat(0x2000)}\r\n`.repeat(4),
    );
    expect(await answer).to.match(/^HTTP\/1\.1 413 .*BODY_TOO_LARGE/s);
    expect((await fetch(`${base}/b`)).status).to.equal(200);
    expect(observed.map(({ status }) => status)).to.deep.equal([413, 200]);
  });

  it('outlives an observer that fails', async () => {
    await start([get('/a', () => json({}))]);
    observed.push = () => {
      throw new Error('full');
    };
    try {
      for (let number = 0; number < 2; number += 1) expect((await fetch(`${base}/a`)).status).to.equal(200);
      await server.close(0);
    } finally {
      Reflect.deleteProperty(observed, 'push');
    }
  });

  it('refuses a URL that is too long', async () => {
    await start([get('/a', () => json({}))], { urlLength: 100 });
    expect((await fetch(`${base}/a?q=${'x'.repeat(100)}`)).status).to.equal(414);
  });

  it('tells nothing of an unexpected failure', async () => {
    await start([
      get('/a', () => {
        throw new Error('secret detail');
      }),
      get('/busy', () => {
        throw new MpakError('BUSY', 'locked');
      }),
      get('/gone', () => {
        throw new HttpError(410, 'GONE', 'It is gone.');
      }),
    ]);
    const failed = await fetch(`${base}/a`);
    expect(failed.status).to.equal(500);
    expect(await failed.text()).not.to.contain('secret');
    const busy = await fetch(`${base}/busy`);
    expect([busy.status, busy.headers.get('retry-after')]).to.deep.equal([503, '5']);
    const gone = await fetch(`${base}/gone`);
    expect(await gone.json()).to.deep.equal({ error: { code: 'GONE', message: 'It is gone.' } });
  });

  it('cuts off a client that sends its headers too slowly', async () => {
    await start([get('/a', () => json({}))], { headersMs: 200, requestMs: 400, checkMs: 50 });
    const { answer } = await raw('GET /a HTTP/1.1\r\nhost: x\r\n');
    expect(await answer).to.match(/^HTTP\/1\.1 408 /);
  });

  it('cuts off a client that sends its body too slowly, and serves others meanwhile', async () => {
    let calls = 0;
    const handler = () => {
      calls += 1;
      return json({});
    };
    await start([post('/a', handler), get('/b', () => json({}))], {
      headersMs: 200,
      requestMs: 400,
      checkMs: 50,
    });
    const { socket, answer } = await raw(
      'POST /a HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n',
    );
    const drip = setInterval(() => socket.write('x'), 50);
    expect((await fetch(`${base}/b`)).status).to.equal(200);
    expect(await answer).to.match(/^HTTP\/1\.1 4\d\d /);
    clearInterval(drip);
    expect(calls).to.equal(0);
  });

  it('cuts off a client that does not take its answer', async () => {
    const body = () => Readable.from(Array.from({ length: 400 }, () => Buffer.alloc(256 * 1024)));
    await start([get('/a', () => ({ status: 200, body: body() }))], { writeIdleMs: 200 });
    const { socket, answer } = await raw('GET /a HTTP/1.1\r\nhost: x\r\n\r\n');
    socket.pause();
    // However long that takes on a busy machine: without the limit it would be for ever.
    while (observed.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(observed).to.have.length(1);
    socket.destroy();
    await answer;
  });

  it('tells a handler that the client has gone', async () => {
    const gone = Promise.withResolvers<void>();
    await start([
      get('/a', async ({ signal }) => {
        await once(signal, 'abort');
        gone.resolve();
        return json({});
      }),
    ]);
    const { socket } = await raw('GET /a HTTP/1.1\r\nhost: x\r\n\r\n');
    setTimeout(() => socket.destroy(), 20);
    await gone.promise;
  });

  it('lets requests finish when it stops, and takes no more', async () => {
    const entered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    await start([
      get('/a', async () => {
        entered.resolve();
        await release.promise;
        return json({ done: true });
      }),
    ]);
    const running = fetch(`${base}/a`);
    await entered.promise;
    const closed = server.close(5_000);
    const late = await fetch(`${base}/a`).catch(() => 'refused');
    release.resolve();
    expect(await (await running).json()).to.deep.equal({ done: true });
    expect(late).to.equal('refused');
    await closed;
  });

  it('observes each request by its route, never by what was typed', async () => {
    await start([get('/a/:name', () => json({}))]);
    await (await fetch(`${base}/a/secret`)).text();
    await (await fetch(`${base}/secret`)).text();
    await server.close(0);
    expect(observed.map(({ route, status }) => [route, status])).to.deep.equal([
      ['/a/:name', 200],
      ['none', 404],
    ]);
  });
});
