import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import path from 'node:path';
import { expect } from 'chai';
import { MpakError } from '../../../src/lib/errors.ts';
import { download, type Timing } from '../../../src/lib/remote/download.ts';
import { nextUrl } from '../../../src/lib/remote/next-url.ts';
import { sha256Of } from '../../support/mcpb.ts';
import { temporaryFolder } from '../../support/temporary.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const BYTES = randomBytes(200_000);
const HALF = BYTES.length / 2;
const ETAG = '"v1"';
/** Short enough for tests, and not so short that a busy machine fails them. */
const TIMING: Partial<Timing> = { pause: 5, silence: 1_000 };

const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    response.writeHead(code, headers).end('not it');

const whole =
  (bytes: Uint8Array = BYTES, headers: Record<string, string | number> = {}): Answer =>
  (_, response) =>
    response.writeHead(200, { 'content-length': bytes.length, ...headers }).end(bytes);

/** Says that all comes, sends a part of it, and cuts the connection. */
const cutAfter =
  (count: number, headers: Record<string, string> = {}, bytes: Uint8Array = BYTES): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length, ...headers });
    response.write(bytes.subarray(0, count), () => setTimeout(() => response.destroy(), 20));
  };

/** The rest that a Range asks for, as a server answers that supports it. */
const rest =
  (etag = ETAG): Answer =>
  (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]);
    response
      .writeHead(206, { etag, 'content-range': `bytes ${start}-${BYTES.length - 1}/${BYTES.length}` })
      .end(BYTES.subarray(start));
  };

describe('download', () => {
  const folder = temporaryFolder();
  let server: Server;
  let answers: Answer[];
  let requests: IncomingMessage[];

  beforeEach(async () => {
    answers = [];
    requests = [];
    server = await listening((request, response) => {
      requests.push(request);
      const answer = answers.shift();
      if (answer === undefined) response.writeHead(500).end('one request too many');
      else answer(request, response);
    });
  });
  afterEach(() => closed(server));

  const target = () => path.join(folder(), 'file.mcpb');
  const fetch = (changes: Partial<Parameters<typeof download>[0]> = {}) =>
    download({
      url: `${urlOf(server)}/echo.mcpb`,
      registry: new URL('http://127.0.0.1:9'),
      file: target(),
      size: BYTES.length,
      sha256: sha256Of(BYTES),
      userAgent: 'mpak/test',
      onBytes: () => undefined,
      timing: TIMING,
      ...changes,
    });
  const refused = async (code: string, changes: Partial<Parameters<typeof download>[0]> = {}) => {
    const error = await fetch(changes).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(MpakError);
    expect((error as MpakError).code).to.equal(code);
    return error as MpakError;
  };
  const expectWhole = () => expect(readFileSync(target()).equals(BYTES)).to.equal(true);
  const ranges = () => requests.map(({ headers }) => headers.range);

  it('writes the file for its owner alone, says how far it is, and leaves nothing open', async () => {
    answers = [whole()];
    const seen: number[] = [];
    await fetch({ onBytes: (done) => seen.push(done) });
    expectWhole();
    if (process.platform !== 'win32') expect(statSync(target()).mode & 0o777).to.equal(0o600);
    expect(seen.at(-1)).to.equal(BYTES.length);
    expect(seen).to.deep.equal([...seen].sort((a, b) => a - b));
    expect(requests[0]?.headers).to.include({ 'user-agent': 'mpak/test', 'accept-encoding': 'identity' });
    if (process.platform === 'linux') expect(openFiles(target())).to.equal(0);
    await gone(server);
  });

  it('leaves nothing open when it is refused', async () => {
    const long = Buffer.concat([BYTES, BYTES]);
    answers = [whole(long), whole(long)];
    await refused('DIGEST_MISMATCH');
    if (process.platform === 'linux') expect(openFiles(target())).to.equal(0);
    await gone(server);
  });

  it('writes over nothing that is there', async () => {
    writeFileSync(target(), 'mine');
    const error = await fetch().catch((thrown: unknown) => thrown);
    expect(error).to.be.an('error');
    expect(readFileSync(target(), 'utf8')).to.equal('mine');
    expect(requests).to.have.length(0);
  });

  it('says in words that the folder is missing', async () => {
    await refused('IO_FAILED', { file: path.join(folder(), 'no', 'file') });
  });

  describe('when the connection is cut', () => {
    it('asks for the rest, of the same file', async () => {
      answers = [cutAfter(HALF, { etag: ETAG }), rest()];
      await fetch();
      expectWhole();
      expect(ranges()).to.deep.equal([undefined, `bytes=${HALF}-`]);
      expect(requests[1]?.headers['if-range']).to.equal(ETAG);
    });

    it('starts anew where the server ignores what was asked for', async () => {
      answers = [cutAfter(HALF, { etag: ETAG }), whole(BYTES, { etag: ETAG })];
      await fetch();
      expectWhole();
    });

    it('starts anew where the file has changed in the meantime', async () => {
      const other = randomBytes(BYTES.length);
      answers = [cutAfter(HALF, { etag: '"old"' }, other), whole(BYTES, { etag: '"new"' })];
      await fetch();
      expectWhole();
      expect(requests[1]?.headers['if-range']).to.equal('"old"');
    });

    for (const [name, etag] of [
      ['without an ETag', undefined],
      ['with a weak one', 'W/"v1"'],
    ] as const) {
      it(`does not ask for the rest ${name}: nobody vouches for it`, async () => {
        answers = [cutAfter(HALF, etag === undefined ? {} : { etag }), whole()];
        await fetch();
        expectWhole();
        expect(ranges()).to.deep.equal([undefined, undefined]);
      });
    }

    it('takes no other part than the one it asked for, and fetches the whole', async () => {
      const wrong: Answer = (_, response) =>
        response
          .writeHead(206, { etag: ETAG, 'content-range': `bytes 7-${BYTES.length - 1}/${BYTES.length}` })
          .end(BYTES.subarray(7));
      answers = [cutAfter(HALF, { etag: ETAG }), wrong, whole()];
      await fetch();
      expectWhole();
      expect(ranges()).to.deep.equal([undefined, `bytes=${HALF}-`, undefined]);
    });

    it('takes no part when it asked for the whole', async () => {
      const unasked: Answer = (_, response) =>
        response.writeHead(206, { 'content-range': `bytes 0-9/${BYTES.length}` }).end(BYTES.subarray(0, 10));
      answers = [unasked, whole()];
      await fetch();
      expectWhole();
    });

    it('needs nothing more when it was cut behind the last byte', async () => {
      answers = [
        (_, response) => {
          response.writeHead(200, { etag: ETAG, 'transfer-encoding': 'chunked' });
          response.write(BYTES, () => setTimeout(() => response.destroy(), 50));
        },
      ];
      await fetch();
      expectWhole();
      expect(requests).to.have.length(1);
    });

    it('starts anew where the server has no such part', async () => {
      answers = [cutAfter(HALF, { etag: ETAG }), status(416, { 'content-range': 'bytes */10' }), whole()];
      await fetch();
      expectWhole();
    });

    it('continues again and again', async () => {
      const next: Answer = (request, response) => {
        const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
        response.writeHead(start === 0 ? 200 : 206, {
          etag: ETAG,
          'content-length': BYTES.length - start,
          ...(start > 0 && { 'content-range': `bytes ${start}-${BYTES.length - 1}/${BYTES.length}` }),
        });
        response.write(BYTES.subarray(start, start + 50_000), () => setTimeout(() => response.destroy(), 20));
      };
      answers = [next, next, next, rest()];
      await fetch();
      expectWhole();
      expect(ranges().slice(1)).to.deep.equal(['bytes=50000-', 'bytes=100000-', 'bytes=150000-']);
    });

    it('gives up after five connections', async () => {
      answers = Array.from({ length: 9 }, () => cutAfter(10));
      const error = await refused('DOWNLOAD_FAILED');
      expect(requests).to.have.length(5);
      expect(error.message).to.include('UND_ERR_SOCKET');
    });
  });

  describe('statuses', () => {
    for (const code of [408, 429, 500, 502, 503, 504]) {
      it(`asks again after ${code}`, async () => {
        answers = [status(code), status(code), whole()];
        await fetch();
        expectWhole();
      });
    }

    for (const code of [404, 410]) {
      it(`takes ${code} for an answer: it is gone`, async () => {
        answers = [status(code)];
        const error = await refused('ASSET_GONE');
        expect(error.hint).to.include('mpak bundle show');
        expect(requests).to.have.length(1);
      });
    }

    for (const code of [400, 401, 403, 204]) {
      it(`takes ${code} for an answer`, async () => {
        answers = [(_, response) => response.writeHead(code).end()];
        expect((await refused('DOWNLOAD_FAILED')).message).to.include(`status ${code}`);
        expect(requests).to.have.length(1);
      });
    }

    it('waits longer from one attempt to the next, and then gives up', async () => {
      const times: number[] = [];
      const busy: Answer = (request, response) => {
        times.push(performance.now());
        status(503)(request, response);
      };
      answers = Array.from({ length: 9 }, () => busy);
      expect((await refused('DOWNLOAD_FAILED', { timing: { pause: 20 } })).message).to.include('status 503');
      const pauses = times.slice(1).map((time, index) => time - (times[index] as number));
      expect(pauses).to.have.length(4);
      for (const [index, pause] of pauses.entries()) expect(pause).to.be.at.least(20 * 2 ** index - 2);
    });

    it('says when nobody answers', async () => {
      const nobody = await listening(whole());
      const url = urlOf(nobody);
      await closed(nobody);
      expect((await refused('DOWNLOAD_FAILED', { url })).message).to.include('ECONNREFUSED');
    });
  });

  describe('redirects', () => {
    const redirect =
      (location: string, code = 302): Answer =>
      (_, response) =>
        response.writeHead(code, { location }).end('over there');

    it('are followed five times', async () => {
      const codes = [301, 302, 303, 307, 308];
      answers = [...codes.map((code, index) => redirect(`/hop/${index}`, code)), whole()];
      await fetch();
      expectWhole();
      expect(requests.map(({ url }) => url)).to.deep.equal([
        '/echo.mcpb',
        ...codes.map((_, index) => `/hop/${index}`),
      ]);
    });

    it('are not followed a sixth time', async () => {
      answers = [...Array.from({ length: 6 }, (_, index) => redirect(`/hop/${index}`)), whole()];
      expect((await refused('DOWNLOAD_FAILED')).message).to.include('too many redirects');
      expect(requests).to.have.length(6);
    });

    it('end where they run in a circle', async () => {
      answers = Array.from({ length: 20 }, () => redirect('/echo.mcpb'));
      await refused('DOWNLOAD_FAILED');
      expect(requests).to.have.length(6);
    });

    for (const location of [
      'http://example.com/echo.mcpb',
      'http://10.0.0.1/',
      'ftp://127.0.0.1/x',
      'http://[',
    ]) {
      it(`to ${location} are refused at once`, async () => {
        answers = [redirect(location)];
        await refused('DOWNLOAD_FAILED');
        expect(requests).to.have.length(1);
      });
    }

    it('begin where downloads may begin', async () => {
      for (const url of ['http://example.com/x', 'file:///etc/hostname', 'nothing']) {
        await refused('DOWNLOAD_FAILED', { url, file: path.join(folder(), encodeURIComponent(url)) });
      }
    });

    it('do not begin on this machine because a registry elsewhere says so', async () => {
      await refused('DOWNLOAD_FAILED', { registry: new URL('https://registry.example.com') });
      expect(requests).to.have.length(0);
    });

    it('begin at a whole URL, and nowhere beside the registry', async () => {
      await refused('DOWNLOAD_FAILED', { url: '/echo.mcpb', registry: new URL(urlOf(server)) });
      expect(requests).to.have.length(0);
    });

    it('never lead from https to http, not even to this machine', () => {
      const secure = new URL('https://example.com/a');
      const here = new URL('http://127.0.0.1:9/a');
      expect(nextUrl(secure, '/b')?.href).to.equal('https://example.com/b');
      expect(nextUrl(secure, 'https://example.org/')?.href).to.equal('https://example.org/');
      expect(nextUrl(secure, 'http://127.0.0.1/')).to.equal(undefined);
      expect(nextUrl(secure, 'http://example.com/b')).to.equal(undefined);
      expect(nextUrl(here, 'https://example.org/')?.href).to.equal('https://example.org/');
      expect(nextUrl(here, 'http://localhost/b')?.href).to.equal('http://localhost/b');
      expect(nextUrl(here, 'http://127.0.0.1.example.com/')).to.equal(undefined);
    });

    it('are followed again when the rest is asked for', async () => {
      answers = [redirect('/signed/1'), cutAfter(HALF, { etag: ETAG }), redirect('/signed/2'), rest()];
      await fetch();
      expectWhole();
      expect(requests.map(({ url }) => url)).to.deep.equal([
        '/echo.mcpb',
        '/signed/1',
        '/echo.mcpb',
        '/signed/2',
      ]);
    });
  });

  describe('what is not what was published', () => {
    const other = randomBytes(BYTES.length);

    it('is fetched once more, and is right then', async () => {
      answers = [whole(other, { etag: ETAG }), whole()];
      await fetch();
      expectWhole();
      expect(ranges()).to.deep.equal([undefined, undefined]);
    });

    it('is fetched once more when it was too long, too', async () => {
      answers = [whole(Buffer.concat([BYTES, BYTES])), whole()];
      await fetch();
      expectWhole();
      expect(requests).to.have.length(2);
    });

    it('is refused when it is wrong twice', async () => {
      answers = [whole(other), whole(other), whole()];
      const error = await refused('DIGEST_MISMATCH');
      expect(error.message).to.include(sha256Of(other)).and.include(sha256Of(BYTES));
      expect(requests).to.have.length(2);
    });

    it('is refused when the rest was of something else', async () => {
      answers = [
        cutAfter(HALF, { etag: ETAG }, other),
        rest(),
        cutAfter(HALF, { etag: ETAG }, other),
        rest(),
      ];
      await refused('DIGEST_MISMATCH');
    });

    it('is cut off as soon as it is larger', async () => {
      let sent = 0;
      const endless: Answer = (_, response) => {
        response.writeHead(200);
        const more = (error?: Error | null) => {
          if (error || sent > 500 * BYTES.length) return;
          sent += BYTES.length;
          response.write(BYTES, more);
        };
        more();
      };
      answers = [endless, endless];
      const error = await refused('DIGEST_MISMATCH', { size: 1_000 });
      expect(error.message).to.include('larger than the 1000 bytes');
      expect(sent).to.be.lessThan(100 * BYTES.length);
      expect(requests).to.have.length(2);
      expect(statSync(target()).size).to.be.at.most(1_000);
    });

    it('is not even asked for when it is larger than any bundle may be', async () => {
      for (const size of [512 * 1024 * 1024 + 1, Number.MAX_SAFE_INTEGER])
        await refused('ARCHIVE_TOO_LARGE', { size });
      expect(requests).to.have.length(0);
      expect(readdirSync(folder())).to.deep.equal([]);
    });

    it('is refused when it is shorter', async () => {
      answers = [whole(BYTES.subarray(0, HALF)), whole(BYTES.subarray(0, HALF))];
      await refused('DIGEST_MISMATCH');
    });

    it('is refused when there is nothing', async () => {
      answers = [whole(Buffer.alloc(0)), whole(Buffer.alloc(0))];
      await refused('DIGEST_MISMATCH');
    });
  });

  describe('slow servers', () => {
    const silent: Answer = (_, response) => {
      response.writeHead(200, { etag: ETAG, 'content-length': BYTES.length });
      response.write(BYTES.subarray(0, HALF));
    };

    it('that fall silent are asked for the rest', async () => {
      answers = [silent, rest()];
      await fetch({ timing: { pause: 5, silence: 60 } });
      expectWhole();
      expect(ranges()[1]).to.equal(`bytes=${HALF}-`);
    });

    it('that never begin to answer are asked again', async () => {
      answers = [() => undefined, whole()];
      await fetch({ timing: { pause: 5, headers: 60 } });
      expectWhole();
    });

    it('that send a byte now and then are given up', async () => {
      let timer: NodeJS.Timeout | undefined;
      answers = [
        (_, response) => {
          response.writeHead(200, { 'content-length': BYTES.length });
          timer = setInterval(() => response.write('x'), 20);
          response.once('close', () => clearInterval(timer));
        },
      ];
      const error = await refused('DOWNLOAD_FAILED', { timing: { grace: 200, slowest: 1e9 } });
      expect(error.message).to.include('takes too long');
      expect(requests).to.have.length(1);
      clearInterval(timer);
    });
  });

  describe('proxies of the environment', () => {
    const NAMES = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];
    let saved: [string, string | undefined][];
    let proxy: Server;
    let proxied: string[];

    beforeEach(async () => {
      saved = NAMES.map((name) => [name, process.env[name]]);
      for (const name of NAMES) delete process.env[name];
      proxied = [];
      proxy = await listening((request, response) => {
        proxied.push(`${request.method} ${request.url}`);
        whole()(request, response);
      });
      proxy.on('connect', (request, socket) => {
        proxied.push(`CONNECT ${request.url}`);
        const upstream = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
          upstream.pipe(socket).pipe(upstream);
        });
        upstream.on('error', () => socket.destroy());
        socket.on('error', () => upstream.destroy());
      });
    });
    afterEach(async () => {
      for (const [name, value] of saved) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      await closed(proxy);
    });

    it('are used', async () => {
      process.env.HTTP_PROXY = urlOf(proxy);
      answers = [whole()];
      await fetch();
      expectWhole();
      expect(proxied).to.have.length(1);
      expect(proxied[0]).to.include(new URL(urlOf(server)).host);
    });

    it('are not used for what NO_PROXY names', async () => {
      process.env.HTTP_PROXY = urlOf(proxy);
      process.env.NO_PROXY = '127.0.0.1';
      answers = [whole()];
      await fetch();
      expectWhole();
      expect(proxied).to.deep.equal([]);
    });
  });
});

async function listening(handler: Answer): Promise<Server> {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closed(server: Server): Promise<void> {
  if (!server.listening) return;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** Fails by the test's timeout while a client holds a connection. */
async function gone(server: Server): Promise<void> {
  const count = () => new Promise<number>((resolve) => server.getConnections((_, open) => resolve(open)));
  while ((await count()) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Descriptors of this process that are of the file. */
function openFiles(file: string): number {
  const folder = '/proc/self/fd';
  if (!existsSync(folder)) return 0;
  const links = readdirSync(folder).map((fd) => {
    try {
      return statSync(path.join(folder, fd)).ino;
    } catch {
      return 0;
    }
  });
  return links.filter((inode) => inode === statSync(file).ino).length;
}
