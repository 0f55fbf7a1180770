import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { scorecardsAt, scorecardsFrom, scorecardsOfFile } from '../../../src/lib/certification/scorecard.ts';
import { MpakError } from '../../../src/lib/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const REPOSITORY = 'github.com/acme/echo';

function result(changes: Readonly<Record<string, unknown>> = {}) {
  return {
    date: '2026-11-02',
    repo: { name: 'github.com/Acme/echo', commit: 'c'.repeat(40) },
    scorecard: { version: 'v5.4.0', commit: 'd'.repeat(40) },
    score: 6.8,
    checks: [
      { name: 'Token-Permissions', score: 10, reason: 'least privilege', details: null, documentation: {} },
      {
        name: 'Branch-Protection',
        score: -1,
        reason: 'no token',
        details: ['Warn: none'],
        documentation: {},
      },
    ],
    ...changes,
  };
}

const EXPECTED = {
  score: 6.8,
  checks: new Map([
    ['Token-Permissions', 10],
    ['Branch-Protection', -1],
  ]),
};

describe('Scorecards of a file', () => {
  const folder = temporaryFolder();
  const source = (content: string) => {
    const file = path.join(folder(), 'scorecards.json');
    writeFileSync(file, content);
    return scorecardsOfFile(file);
  };

  it('are found by their repository, in whatever case', async () => {
    expect(await source(JSON.stringify(result())).of(REPOSITORY)).to.deep.equal(EXPECTED);
    const other = result({ repo: { name: 'github.com/acme/other' }, score: 1 });
    expect(await source(JSON.stringify([other, result()])).of(REPOSITORY)).to.deep.equal(EXPECTED);
    expect(await source(JSON.stringify([other])).of(REPOSITORY)).to.equal(null);
  });

  it('count the worse of a check that is there twice', async () => {
    const checks = [10, 0, 5].map((score) => ({ name: 'Dangerous-Workflow', score }));
    const found = await source(JSON.stringify(result({ checks }))).of(REPOSITORY);
    expect(found).to.deep.equal({ score: 6.8, checks: new Map([['Dangerous-Workflow', 0]]) });
  });

  it('are refused when the file holds something else', () => {
    const bad = [
      result({ score: 11 }),
      result({ score: '9' }),
      result({ checks: [{ name: 'a' }] }),
      {},
      null,
    ];
    for (const content of ['', 'no JSON', ...bad.map((each) => JSON.stringify(each))]) {
      expect(() => source(content), content).to.throw(MpakError, 'is no result of Scorecard');
    }
  });
});

describe('Scorecards of a folder', () => {
  const folder = temporaryFolder();

  it('are in a file for each repository, and nowhere above', async () => {
    const inside = path.join(folder(), 'scorecards', 'github.com', 'acme');
    mkdirSync(inside, { recursive: true });
    writeFileSync(path.join(inside, 'echo.json'), JSON.stringify(result()));
    writeFileSync(path.join(inside, 'other.json'), JSON.stringify(result()));
    writeFileSync(path.join(inside, 'bad.json'), 'no JSON');
    writeFileSync(path.join(folder(), 'up.json'), JSON.stringify(result()));
    const source = scorecardsFrom(path.join(folder(), 'scorecards'), 'mpak');
    expect(await source.of('github.com/Acme/Echo')).to.deep.equal(EXPECTED);
    for (const none of [
      'github.com/acme/none',
      'github.com/acme/other',
      'github.com/../../up',
      '../up',
      '',
    ]) {
      expect(await source.of(none), none).to.equal(null);
    }
    expect(await source.of('github.com/acme/bad'))
      .to.have.property('unavailable')
      .that.matches(/cannot be read/);
  });
});

describe('Scorecards of a server', () => {
  const servers: Server[] = [];

  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  async function serve(listener: RequestListener) {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return scorecardsAt(`http://127.0.0.1:${port}/projects/{repository}`, 'mpak-test');
  }

  async function unavailable(listener: RequestListener): Promise<string> {
    const answer = await (await serve(listener)).of(REPOSITORY);
    if (answer === null || !('unavailable' in answer)) throw new Error('there is an answer');
    return answer.unavailable;
  }

  it('are asked for by repository', async () => {
    const asked: unknown[] = [];
    const source = await serve(({ url, headers }, response) => {
      asked.push(url, headers['user-agent']);
      response.setHeader('content-encoding', 'gzip').end(gzipSync(JSON.stringify(result())));
    });
    expect(await source.of(REPOSITORY)).to.deep.equal(EXPECTED);
    expect(asked).to.deep.equal(['/projects/github.com/acme/echo', 'mpak-test']);
  });

  it('are none where the server has none', async () => {
    const source = await serve((_, response) => response.writeHead(404).end('{}'));
    expect(await source.of(REPOSITORY)).to.equal(null);
  });

  it('are unavailable when it answers with something else, or too much of it', async () => {
    expect(await unavailable((_, response) => response.writeHead(500).end())).to.contain('status 500');
    expect(await unavailable((_, response) => response.end('<html>'))).to.contain('no result of Scorecard');
    const other = JSON.stringify(result({ repo: { name: 'github.com/acme/other' } }));
    expect(await unavailable((_, response) => response.end(other))).to.contain('another repository');
    const bomb = gzipSync(Buffer.alloc(9 * 1024 * 1024, 32));
    expect(
      await unavailable((_, response) => response.setHeader('content-encoding', 'gzip').end(bomb)),
    ).to.contain('more than 8388608 bytes');
    expect(await unavailable((_, response) => response.writeHead(302, { location: 'file:///etc' }).end()))
      .to //
      .contain('cannot be asked');
  });

  it('are unavailable when nobody is there', async () => {
    const source = await serve(() => undefined);
    const [server] = servers.splice(0) as [Server];
    await new Promise((resolve) => server.close(resolve));
    expect(await source.of(REPOSITORY))
      .to.have.property('unavailable')
      .that.contains('ECONNREFUSED');
  });

  it('are asked for at a URL with one place for the repository', () => {
    for (const template of [
      'https://api.example',
      'https://{repository}/projects',
      'https://api.example{repository}',
      'http://api.example/{repository}',
      'https://user:secret@api.example/{repository}',
      'https://api.example/{repository}/{repository}',
      'https://api.example/{repository}?a=b',
      'file:///{repository}',
    ]) {
      expect(() => scorecardsAt(template, 'mpak-test'), template).to.throw(MpakError);
    }
  });
});
