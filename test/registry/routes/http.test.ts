import type Database from 'better-sqlite3';
import { expect } from 'chai';
import pino from 'pino';
import type { Services } from '../../../registry/http.ts';
import { HTTP_LIMITS } from '../../../registry/limits.ts';
import { bundleRoutes } from '../../../registry/routes/bundles.ts';
import { mcpRoutes } from '../../../registry/routes/mcp.ts';
import { HttpServer } from '../../../registry/server.ts';
import { publishEntry } from '../../support/entries.ts';
import { appendEntries, indexOf } from '../../support/index-of.ts';
import { servicesOver } from './ask.ts';

const echo = publishEntry('@acme/echo', '1.2.0');

describe('the read routes over HTTP', () => {
  let db: Database.Database;
  let server: HttpServer<Services>;
  let base: string;

  beforeEach(async () => {
    db = indexOf(echo);
    server = new HttpServer(HTTP_LIMITS, pino({ level: 'silent' }));
    server.mount({ routes: [...bundleRoutes, ...mcpRoutes], services: servicesOver(db), observe: () => {} });
    const { port } = await server.listen(0, '127.0.0.1');
    base = `http://127.0.0.1:${port}`;
  });
  afterEach(async () => {
    await server.close(0);
    db.close();
  });

  it('answers the same path with 304 until somebody publishes', async () => {
    const first = await fetch(`${base}/v1/bundles/@acme/echo`);
    const etag = first.headers.get('etag') ?? '';
    expect(first.status).to.equal(200);
    expect(first.headers.get('content-type')).to.match(/^application\/json/);
    const again = () => fetch(`${base}/v1/bundles/@acme/echo`, { headers: { 'if-none-match': etag } });
    expect((await again()).status).to.equal(304);
    appendEntries(db, publishEntry('@acme/echo', '1.3.0'));
    const changed = await again();
    expect(changed.status).to.equal(200);
    expect(await changed.json()).to.include({ latest_version: '1.3.0' });
  });

  it('redirects a download, and answers JSON to who accepts it', async () => {
    const target = `${base}/v1/bundles/@acme/echo/versions/latest/download`;
    const redirect = await fetch(target, { redirect: 'manual' });
    expect([redirect.status, redirect.headers.get('location')]).to.deep.equal([302, echo.artifact.url]);
    const answer = await fetch(target, { headers: { accept: 'application/json' } });
    expect(await answer.json()).to.have.keys('url', 'bundle');
  });

  it('answers an error as the contract has it', async () => {
    const answer = await fetch(`${base}/v1/bundles/@acme/none`);
    expect(answer.status).to.equal(404);
    expect(await answer.json()).to.deep.equal({
      error: { code: 'NOT_FOUND', message: 'There is no package @acme/none.' },
    });
  });

  it('serves the badge as an image', async () => {
    const answer = await fetch(`${base}/v1/bundles/%40acme%2Fecho/badge.svg`);
    expect(answer.headers.get('content-type')).to.equal('image/svg+xml; charset=utf-8');
    expect(await answer.text()).to.match(/^<svg .*<\/svg>\n$/s);
  });

  it('finds a server whose name came percent-encoded', async () => {
    const answer = await fetch(`${base}/v0.1/servers/dev.mpak.acme%2Fecho/versions/latest`);
    expect(await answer.json()).to.have.nested.property('server.version', '1.2.0');
  });
});
