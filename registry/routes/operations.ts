/** GET /health and /metrics, for those who run the registry. */
import { readTree, rootOf } from '../checkpoints.ts';
import type { RegistryRoute } from '../services.ts';

const UNCACHED = { 'cache-control': 'no-store' };

export const operationsRoutes: readonly RegistryRoute[] = [
  {
    method: 'GET',
    path: '/health',
    handler(_request, { db }) {
      const edge = readTree(db);
      return { status: 200, headers: UNCACHED, json: { status: 'ok', size: edge.size, root: rootOf(edge) } };
    },
  },
  {
    method: 'GET',
    path: '/metrics',
    async handler(_request, { metrics }) {
      const { registry } = metrics;
      const body = await registry.metrics();
      return { status: 200, headers: { ...UNCACHED, 'content-type': registry.contentType }, body };
    },
  },
];
