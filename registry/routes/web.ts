/** Pages for people, from the root of the registry. What makes them is loaded with the first one that is asked for. */
import type { RegistryHandler, RegistryRoute } from '../services.ts';

/** @param load the module of a handler */
function lazily<Name extends string>(
  load: () => Promise<Readonly<Record<Name, RegistryHandler>>>,
  name: Name,
): RegistryHandler {
  let loaded: RegistryHandler | undefined;
  return async (request, services) => {
    loaded ??= (await load())[name];
    return loaded(request, services);
  };
}

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
  ['/assets/:file', lazily(() => import('../web/assets.ts'), 'showAsset')],
  ['/robots.txt', lazily(() => import('../web/crawlers.ts'), 'robots')],
  ['/sitemap.xml', lazily(() => import('../web/crawlers.ts'), 'sitemap')],
  ['/sitemap-:part.xml', lazily(() => import('../web/crawlers.ts'), 'sitemapPart')],
];

export const webRoutes: readonly RegistryRoute[] = PAGES.map(([path, handler]) => ({
  method: 'GET',
  path,
  handler,
  kept: true,
}));
