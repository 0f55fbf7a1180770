/** /robots.txt and the sitemaps (sitemaps.org 0.9): every package that is handed out, and nothing that is only for programs. */
import type Database from 'better-sqlite3';
import type { Answer } from '../http.ts';
import { SHORT_CACHE } from '../routes/parameters.ts';
import { notFound } from '../routes/published.ts';
import type { RegistryHandler } from '../services.ts';
import { html, type Part, trusted } from './html.ts';
import { pathOf } from './layout.ts';
import { packagePath } from './links.ts';

/** URLs of one sitemap, by its standard. */
export const SITEMAP_URLS = 50_000;
/** For programs, and searches without end. */
const PRIVATE = ['/v1/', '/v0.1/', '/metrics', '/health', '/*?'];
/** Beside the packages: the search, the log, the API. */
const FIXED = ['/', '/log', '/api'];

const NAMESPACE = trusted('xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"');

export const robots: RegistryHandler = (_request, { publicUrl }) => ({
  status: 200,
  headers: { ...SHORT_CACHE, 'content-type': 'text/plain; charset=utf-8' },
  body: `User-agent: *\n${PRIVATE.map((path) => `Disallow: ${pathOf({ publicUrl }) + path}\n`).join('')}\nSitemap: ${publicUrl}/sitemap.xml\n`,
});

/** All URLs where one file holds them, else an index of files by their number. */
export const sitemap: RegistryHandler = (_request, { db, publicUrl }) => {
  const parts = partsOf(db);
  if (parts === 1) return urls(publicUrl, part(db, 0));
  const files = Array.from({ length: parts }, (_, number) => `${publicUrl}/sitemap-${number}.xml`);
  return xml(html`<sitemapindex ${NAMESPACE}>
${files.map((url) => html`<sitemap><loc>${url}</loc></sitemap>\n`)}</sitemapindex>`);
};

export const sitemapPart: RegistryHandler = ({ params }, { db, publicUrl }) => {
  const number = /^(0|[1-9]\d{0,5})$/.test(params.part ?? '') ? Number(params.part) : undefined;
  if (number === undefined || number >= partsOf(db)) throw notFound('There is no such sitemap.');
  return urls(publicUrl, part(db, number));
};

interface Url {
  readonly path: string;
  /** ISO 8601. */
  readonly at?: string;
}

function partsOf(db: Database.Database): number {
  const packages = db
    .prepare<[], number>('SELECT count(*) FROM packages WHERE latest_id IS NOT NULL')
    .pluck()
    .get() as number;
  return Math.max(1, Math.ceil((packages + FIXED.length) / SITEMAP_URLS));
}

/** By name: a part stays what it is while nobody publishes. */
function part(db: Database.Database, number: number): Url[] {
  const fixed = number === 0 ? FIXED.map((path) => ({ path })) : [];
  const from = number === 0 ? 0 : number * SITEMAP_URLS - FIXED.length;
  const rows = db
    .prepare<[number, number], { name: string; at: string }>(
      `SELECT name, published_at AS at FROM packages WHERE latest_id IS NOT NULL ORDER BY name LIMIT ? OFFSET ?`,
    )
    .all(SITEMAP_URLS - fixed.length, from);
  return [...fixed, ...rows.map(({ name, at }) => ({ path: packagePath(name), at }))];
}

function urls(publicUrl: string, found: readonly Url[]): Answer {
  return xml(html`<urlset ${NAMESPACE}>
${found.map(({ path, at }) =>
  at === undefined
    ? html`<url><loc>${publicUrl + path}</loc></url>\n`
    : html`<url><loc>${publicUrl + path}</loc><lastmod>${at.slice(0, 10)}</lastmod></url>\n`,
)}</urlset>`);
}

function xml(body: Part): Answer {
  return {
    status: 200,
    headers: { 'cache-control': 'public, max-age=3600', 'content-type': 'application/xml; charset=utf-8' },
    body: html`${trusted('<?xml version="1.0" encoding="UTF-8"?>\n')}${body}\n`.markup,
  };
}
