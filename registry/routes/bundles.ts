/** Bundles: search, one in detail, and the paths of everything below one. API.md's section of that name. */
import type { Bundle, BundleDetail } from '../../src/lib/index/bundle-types.ts';
import { bundleDetail } from '../../src/lib/index/read.ts';
import { searchBundles } from '../../src/lib/index/search.ts';
import { longDeprecated } from '../../src/lib/index/search-filter.ts';
import type { Handler, Route } from '../http.ts';
import { badge } from './badge.ts';
import { searchQuery } from './bundle-query.ts';
import { download } from './download.ts';
import { mcpbIndex } from './mcpb-index.ts';
import { packageParameter, SHORT_CACHE } from './parameters.ts';
import { livePackage } from './published.ts';
import { scan } from './scan.ts';
import { listVersions, showVersion } from './versions.ts';

/** GET /v1/bundles/search */
const search: Handler = ({ query }, { db, now }) => {
  const page = searchBundles(db, { ...searchQuery(query), ...longDeprecated(now()) });
  return {
    status: 200,
    headers: SHORT_CACHE,
    json: { ...page, bundles: page.bundles.map(withSafeLinks) },
  };
};

/** GET /v1/bundles/@s/n */
const showBundle: Handler = (request, { db }) => {
  const { name } = livePackage(db, packageParameter(request));
  const detail = withSafeLinks(bundleDetail(db, name) as BundleDetail);
  return { status: 200, headers: SHORT_CACHE, json: { ...detail, homepage: webUrl(detail.homepage) } };
};

/**
 * Pages show icons and link homepages, and a manifest may call anything one: `javascript:`, a path inside the bundle.
 * Only http and https URLs are passed on as such; the manifest itself, in a version's detail, stays as published.
 */
function withSafeLinks<B extends Pick<Bundle, 'icon'>>(bundle: B): B {
  return { ...bundle, icon: webUrl(bundle.icon) };
}

function webUrl(text: string | null): string | null {
  if (text === null) return null;
  const protocol = URL.parse(text)?.protocol;
  return protocol === 'https:' || protocol === 'http:' ? text : null;
}

/** As written, and with the slash in the name percent-encoded. */
const BUNDLE_PATHS = ['/v1/bundles/:scope/:name', '/v1/bundles/:package(^@[^/]+/[^/]+$)'];

const BELOW_A_BUNDLE: readonly [string, Handler][] = [
  ['', showBundle],
  ['/versions', listVersions],
  ['/versions/:version', showVersion],
  ['/versions/:version/download', download],
  ['/versions/:version/scan', scan],
  ['/index.json', mcpbIndex],
  ['/badge.svg', badge],
];

export const bundleRoutes: readonly Route[] = [
  { method: 'GET', path: '/v1/bundles/search', handler: search, kept: 'target' },
  ...BUNDLE_PATHS.flatMap((bundle) =>
    BELOW_A_BUNDLE.map(([below, handler]): Route => ({ method: 'GET', path: bundle + below, handler })),
  ),
];
