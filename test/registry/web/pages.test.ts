import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { request } from 'undici';
import type { Answer, Request } from '../../../registry/http.ts';
import type { RegistryServices } from '../../../registry/services.ts';
import { SITEMAP_URLS, sitemap, sitemapPart } from '../../../registry/web/crawlers.ts';
import { showEntry } from '../../../registry/web/log-pages.ts';
import { clientTable } from '../../../src/cli/client-table.ts';
import { openMemoryIndex } from '../../../src/lib/index/open.ts';
import { mpakRegistry } from '../../support/cli.ts';
import { type RegistryProcess, startRegistry } from '../../support/registry.ts';
import { writeRegistryFolder } from '../../support/registry-folder.ts';
import { SHOWN, showcase } from '../../support/showcase.ts';
import { sharedFolder } from '../support/shared-folder.ts';

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe('the pages over HTTP', () => {
  const folder = sharedFolder();
  let registry: RegistryProcess;
  const data = () => path.join(folder(), 'data');
  const get = (target: string, headers: Record<string, string> = BROWSER) =>
    fetch(registry.url + target, { headers });

  before(async () => {
    const { entries, reports } = showcase();
    writeRegistryFolder(data(), entries, reports);
    registry = await startRegistry({ data: data(), args: ['--public-url', 'https://registry.test/'] });
  });
  after(() => registry?.stop());

  it('let nothing run, load or frame them but what is their own', async () => {
    for (const target of ['/', `/${SHOWN}`, '/log', '/api', '/@acme/none']) {
      const { headers } = await get(target);
      const policy = headers.get('content-security-policy')?.split('; ') ?? [];
      expect(policy, target).to.have.members([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
      ]);
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('referrer-policy')).to.equal('no-referrer');
    }
  });

  it('are answered with 304 to who has them, without a body to HEAD, and compressed', async () => {
    for (const target of ['/', `/${SHOWN}`, '/log/1', '/api', '/sitemap.xml']) {
      const whole = await get(target);
      const etag = whole.headers.get('etag') ?? '';
      expect(etag, target).to.match(/^W\/"/);
      expect((await get(target, { ...BROWSER, 'if-none-match': etag })).status, target).to.equal(304);
      const head = await request(registry.url + target, { method: 'HEAD' });
      expect([head.statusCode, await head.body.text()]).to.deep.equal([200, '']);
      const packed = await request(registry.url + target, { headers: { 'accept-encoding': 'gzip' } });
      expect(packed.headers['content-encoding'], target).to.equal('gzip');
      expect(gunzipSync(Buffer.from(await packed.body.arrayBuffer())).toString()).to.equal(
        await whole.text(),
      );
    }
  });

  it('name AI clients as `mpak client add` knows them', async () => {
    const page = await (await get(`/${SHOWN}`)).text();
    const named = [...page.matchAll(/--client ([a-z-]+)/g)].map(([, id]) => id);
    expect(named).to.have.length.above(5);
    expect((await clientTable(folder())).map(({ id }) => id)).to.include.members(named);
  });

  it('say everything that is known of a version', async () => {
    const page = await (await get(`/${SHOWN}`)).text();
    for (const text of [
      '<h1><bdi>Postgres</bdi></h1>',
      `mpak bundle install ${SHOWN}`,
      'href="https://github.com/Acme/postgres/commit/',
      'href="https://github.com/Acme/postgres/actions/runs/100"',
      'href="/v1/attestations/sha256:',
      'L2 Standard',
      'The package pg-native comes from a source that is not approved',
      'server/package-lock.json',
      'linux-arm64',
      'The statement.',
      'PGSSLROOTCERT',
      'Connection string of the database.',
      'Revoked: vulnerable',
    ]) {
      expect(page).to.include(text);
    }
    const digests = [...page.matchAll(/sha256:([0-9a-f]{64})<\/code>/g)].map(([, digest]) => digest);
    expect(new Set(digests).size).to.equal(3);
  });

  it('hand out nothing that is revoked, and say so with 410', async () => {
    const answer = await get(`/${SHOWN}/versions/1.3.0`);
    const page = await answer.text();
    expect(answer.status).to.equal(410);
    expect(page).to.include(`<title>Revoked: ${SHOWN}@1.3.0`);
    expect(page).to.include('<meta property="og:description" content="Revoked: vulnerable. ');
    expect(page).to.include('Revoked: vulnerable</strong>');
    expect(page).to.not.match(/mpak bundle install|mpak run|href="https:\/\/example\.com\/[0-9a-f]{64}/);
  });

  it('name the package that has taken the place of one', async () => {
    const page = await (await get('/@acme/old-postgres')).text();
    expect(page).to.match(/Deprecated by its publisher/);
    expect(page).to.include(`<a href="/${SHOWN}">${SHOWN}</a>`);
  });

  it('link entries of the log that are what the log has', async () => {
    const page = await (await get(`/${SHOWN}`)).text();
    const [, seq] = /href="\/log\/(\d+)"/.exec(page) ?? [];
    const entry = await (await get(`/log/${seq}`)).text();
    const lines = (await (await fetch(`${registry.url}/v1/index/log/0`)).text()).split('\n');
    expect(JSON.parse(lines[Number(seq)] as string)).to.include({ kind: 'publish', package: SHOWN });
    expect(entry).to.include(SHOWN).and.to.include('Leaf hash');
  });

  it('show the key that signs, and the command that pins it', async () => {
    const page = await (await get('/log')).text();
    expect(page).to.include(registry.fingerprint);
    expect(page).to.include(
      `mpak sync --registry https://registry.test --key ${registry.fingerprint} --verify`,
    );
  });

  it('answer what fails as a page to who asks for one, and as JSON to programs', async () => {
    const missing = await get('/@acme/none');
    expect([missing.status, missing.headers.get('content-type')]).to.deep.equal([
      404,
      'text/html; charset=utf-8',
    ]);
    const page = await missing.text();
    expect(page).to.include('There is no package @acme/none.').and.to.include('<form class="search"');
    expect((await get('/nothing/of/that/kind')).headers.get('content-type')).to.match(/^text\/html/);
    for (const [target, headers] of [
      ['/@acme/none', { accept: '*/*' }],
      ['/v1/bundles/@acme/none', BROWSER],
      ['/v1/none', BROWSER],
    ] as const) {
      const answer = await get(target, headers);
      expect(answer.status).to.equal(404);
      expect(await answer.json(), target).to.have.nested.property('error.code', 'NOT_FOUND');
    }
    const asked = await get('/?limit=many');
    expect([asked.status, (await asked.text()).includes('limit must be a whole number')]).to.deep.equal([
      400,
      true,
    ]);
  });

  it('have social tags and addresses of the public URL, never of who asks', async () => {
    const { body } = await request(`${registry.url}/${SHOWN}`, { headers: { host: 'attacker.example' } });
    const page = await body.text();
    expect(page).to.not.include('attacker.example');
    expect(page).to.include(`<link rel="canonical" href="https://registry.test/${SHOWN}">`);
    expect(page).to.include('<meta property="og:title" content="@acme/postgres \u00b7 registry.test">');
    expect(page).to.include('<meta name="twitter:card" content="summary">');
  });

  it('tell crawlers where every page is', async () => {
    const rules = await (await get('/robots.txt')).text();
    expect(rules).to.include('Sitemap: https://registry.test/sitemap.xml').and.to.include('Disallow: /v1/');
    const map = await (await get('/sitemap.xml')).text();
    const urls = [...map.matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, url]) => url as string);
    expect(urls).to.include(`https://registry.test/${SHOWN}`).and.to.include('https://registry.test/log');
    expect(urls.length).to.equal(3 + 63);
  });

  it('are found with the slash of the name percent-encoded, and in capitals', async () => {
    for (const target of ['/@acme%2Fpostgres', '/@Acme/Postgres']) {
      const page = await (await get(target)).text();
      expect(page, target).to.include(`<link rel="canonical" href="https://registry.test/${SHOWN}">`);
    }
  });

  it('follow what another process writes into the log', async () => {
    expect(await (await get('/@acme/sqlite')).text()).to.not.include('Deprecated');
    const said = ['--versions', '*', '--message', 'It is kept no more.', '--data', data()];
    const { status, stderr } = await mpakRegistry(['deprecate', '@acme/sqlite', ...said]);
    expect(status, stderr).to.equal(0);
    const page = await (await get('/@acme/sqlite')).text();
    expect(page).to.include('Deprecated by the registry').and.to.include('It is kept no more.');
  });
});

describe('mpak-registry serve --no-web', () => {
  const folder = sharedFolder();
  let registry: RegistryProcess;

  before(async () => {
    registry = await startRegistry({ data: path.join(folder(), 'data'), args: ['--no-web'] });
  });
  after(() => registry?.stop());

  it('serves no page, and describes none', async () => {
    for (const target of ['/', '/log', '/api', '/robots.txt', '/sitemap.xml', '/@acme/none']) {
      const answer = await fetch(registry.url + target, { headers: BROWSER });
      expect([answer.status, answer.headers.get('content-type')], target).to.deep.equal([
        404,
        'application/json; charset=utf-8',
      ]);
      await answer.body?.cancel();
    }
    const document = (await (await fetch(`${registry.url}/openapi.json`)).json()) as { paths: object };
    expect(document.paths).to.not.have.property('/');
    expect(document.paths).to.have.property('/v1/bundles/search');
  });
});

describe('the page of an entry', () => {
  it('has all that its line says, also what a parser would drop', async () => {
    const db = openMemoryIndex();
    const lines = [
      '{"kind":"new","a":{"b":1}}',
      '{"kind":"new","a":1,"a":2}',
      '{"kind":"new","a":12345678901234567890}',
    ];
    for (const [seq, line] of lines.entries())
      db.prepare('INSERT INTO log (seq, line) VALUES (?, ?)').run(seq, Buffer.from(line));
    const services = { db, publicUrl: 'https://registry.test', origin: 'registry.test' } as RegistryServices;
    const shown = async (seq: string) => {
      const { body } = await showEntry({ params: { seq } } as unknown as Request, services);
      return /<code>([^<]*)<\/code><\/pre>/.exec(body as string)?.[1]?.replaceAll('&quot;', '"');
    };
    expect(await shown('0')).to.equal('{\n  "kind": "new",\n  "a": {\n    "b": 1\n  }\n}');
    expect(await shown('1')).to.equal(lines[1]);
    expect(await shown('2')).to.equal(lines[2]);
    db.close();
  });
});

describe('the sitemap of a large registry', () => {
  it('is an index of files that hold each package once', async () => {
    const db = openMemoryIndex();
    const packages = SITEMAP_URLS + 100;
    db.prepare(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
       INSERT INTO packages (rank, name, latest_id, latest_version, published_at, created_at)
       SELECT n, '@acme/p' || n, n, '1.0.0', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z' FROM numbers`,
    ).run(packages);
    const services = { db, publicUrl: 'https://registry.test' } as RegistryServices;
    const ask = async (handler: typeof sitemap, part = '') => {
      const answer: Answer = await handler({ params: { part } } as unknown as Request, services);
      return [...(answer.body as string).matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, url]) => url as string);
    };
    const files = await ask(sitemap);
    expect(files).to.deep.equal([
      'https://registry.test/sitemap-0.xml',
      'https://registry.test/sitemap-1.xml',
    ]);
    const urls = [...(await ask(sitemapPart, '0')), ...(await ask(sitemapPart, '1'))];
    expect(urls.length).to.equal(packages + 3);
    expect(new Set(urls).size).to.equal(urls.length);
    expect((await ask(sitemapPart, '0')).length).to.equal(SITEMAP_URLS);
    expect(() => sitemapPart({ params: { part: '2' } } as unknown as Request, services)).to.throw(
      /no such sitemap/,
    );
    db.close();
  });
});
