/** The versions of a package, as a list and one by one. */
import { versionDetail, versionList } from '../../src/lib/index/read.ts';
import type { Handler } from '../http.ts';
import { packageParameter, SHORT_CACHE } from './parameters.ts';
import { livePackage, liveVersion } from './published.ts';

/** GET /v1/bundles/@s/n/versions */
export const listVersions: Handler = (request, { db }) => {
  const { name } = livePackage(db, packageParameter(request));
  return { status: 200, headers: SHORT_CACHE, json: versionList(db, name) };
};

/** GET /v1/bundles/@s/n/versions/V; 410 for a revoked one, since its answer would link to its artifacts. */
export const showVersion: Handler = (request, { db }) => {
  const name = packageParameter(request);
  const { version } = liveVersion(db, name, request.params.version ?? '');
  return { status: 200, headers: SHORT_CACHE, json: versionDetail(db, name, version) };
};
