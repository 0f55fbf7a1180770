/** The operations that are pages for people, and what pages and crawlers load. */
import { searchSchema } from '../routes/bundle-query.ts';
import type { Content, Operation } from './operation.ts';

const HTML: Content = { type: 'text/html' };

const page = (id: string, summary: string, errors: readonly number[] = [400]): Operation => ({
  tag: 'Pages',
  id,
  summary,
  answers: { 200: ['The page.', HTML] },
  errors,
});

/** By method and path. */
export const PAGE_OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET /': { ...page('homePage', 'Search'), query: searchSchema },
  'GET /{scope}/{name}': packagePage('packagePage', 'A package'),
  'GET /{scope}/{name}/versions/{version}': packagePage('versionPage', 'A version of a package'),
  'GET /log': page('logPage', 'The log, and how to verify it', []),
  'GET /log/{seq}': page('entryPage', 'An entry of the log', [404]),
  'GET /api': page('apiPage', 'This description, to be read', []),
  'GET /assets/{file}': {
    tag: 'Pages',
    id: 'showAsset',
    summary: 'Style, script and icon of the pages',
    answers: {
      200: ['The file.', { type: 'text/css' }, { type: 'text/javascript' }, { type: 'image/svg+xml' }],
    },
    errors: [404],
  },
  'GET /robots.txt': {
    tag: 'Pages',
    id: 'showRobots',
    summary: 'What crawlers may read',
    answers: { 200: ['Rules.', { type: 'text/plain' }] },
  },
  'GET /sitemap.xml': {
    tag: 'Pages',
    id: 'showSitemap',
    summary: 'Every page, or the parts of that list',
    answers: { 200: ['A sitemap, or an index of them.', { type: 'application/xml' }] },
  },
  'GET /sitemap-{part}.xml': {
    tag: 'Pages',
    id: 'showSitemapPart',
    summary: 'A part of the list of pages',
    answers: { 200: ['A sitemap.', { type: 'application/xml' }] },
    errors: [404],
  },
};

function packagePage(id: string, summary: string): Operation {
  const shown = page(id, summary, [400, 404]);
  return { ...shown, answers: { ...shown.answers, 410: ['Revoked: the page says why.', HTML] } };
}
