/** GET /v1/bundles/@s/n/index.json: the latest version as an MCPB index 0.1, for clients that know nothing of mpak. */
import { artifactsOf } from '../../src/lib/index/read-artifact.ts';
import { manifestOf, provenanceOf } from '../../src/lib/index/read-version.ts';
import type { Manifest } from '../../src/lib/log/entry.ts';
import type { Handler } from '../http.ts';
import { packageParameter, SHORT_CACHE } from './parameters.ts';
import { liveVersion } from './published.ts';

const INDEX_TYPE = 'application/vnd.mcp.bundle.index.v0.1+json';

export const mcpbIndex: Handler = (request, { db }) => {
  const name = packageParameter(request);
  const version = liveVersion(db, name, 'latest');
  const manifest = manifestOf(db, version.id);
  const provenance = provenanceOf(version);
  const mimeType = bundleType(manifest);
  return {
    status: 200,
    headers: { ...SHORT_CACHE, 'content-type': INDEX_TYPE },
    json: {
      index_version: '0.1',
      mimeType: INDEX_TYPE,
      name,
      version: version.version,
      description: manifest.description ?? null,
      bundles: artifactsOf(db, version.id).map(({ sha256, size, platform, url }) => ({
        mimeType,
        digest: `sha256:${sha256}`,
        size,
        platform,
        urls: [url],
      })),
      annotations: {
        ...(version.release_url === null ? {} : { 'dev.mpak.release.url': version.release_url }),
        ...(provenance === null
          ? {}
          : {
              'dev.mpak.provenance.repository': provenance.repository,
              'dev.mpak.provenance.sha': provenance.sha,
              'dev.mpak.provenance.provider': provenance.provider,
            }),
      },
    },
  };
};

/** A bundle is a ZIP archive, of the manifest version that it states. */
function bundleType({ manifest_version: stated }: Manifest): string {
  const version = typeof stated === 'string' && /^\d{1,2}\.\d{1,2}$/.test(stated) ? stated : '0.3';
  return `application/vnd.mcp.bundle.v${version}+zip`;
}
