/** Pages for people, from the root of the registry. What makes them is loaded with the first one that is asked for. */
import { lazily } from '../lazily.ts';
import type { RegistryHandler, RegistryRoute } from '../services.ts';

const packagePage = lazily(() => import('../web/package-page.ts'), 'showPackage');

/** Beside what API.md has, nothing begins with `@`. As written, and with the slash in the name percent-encoded. */
const PACKAGE_PATHS = ['/:scope(^@[^/]+$)/:name', '/:package(^@[^/]+/[^/]+$)'];

const PAGES: readonly (readonly [path: string, handler: RegistryHandler])[] = [
  ['/', lazily(() => import('../web/home.ts'), 'showHome')],
  ...PACKAGE_PATHS.flatMap((path) => [
    [path, packagePage] as const,
    [`${path}/versions/:version`, packagePage] as const,
  ]),
  ['/log', lazily(() => import('../web/log-pages.ts'), 'showLog')],
  ['/log/:seq', lazily(() => import('../web/log-pages.ts'), 'showEntry')],
  ['/api', lazily(() => import('../web/api-page.ts'), 'showApi')],
  ['/assets/:file', lazily(() => import('../web/assets.ts'), 'showAsset')],
  ['/robots.txt', lazily(() => import('../web/crawlers.ts'), 'robots')],
  ['/sitemap.xml', lazily(() => import('../web/crawlers.ts'), 'sitemap')],
  ['/sitemap-:part.xml', lazily(() => import('../web/crawlers.ts'), 'sitemapPart')],
];

export const webRoutes: readonly RegistryRoute[] = PAGES.map(([path, handler]) => ({
  method: 'GET',
  path,
  handler,
  kept: path === '/' ? 'target' : 'path',
}));
