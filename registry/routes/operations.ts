/** GET /health and /metrics, for those who run the registry. */
import type Database from 'better-sqlite3';
import { readTree, rootOf } from '../checkpoints.ts';
import { readMirror } from '../mirror/state.ts';
import type { RegistryRoute } from '../services.ts';

/** Of a mirror: whom it follows, and how far it has come. */
function mirrorHealth(db: Database.Database) {
  const state = readMirror(db);
  if (state === undefined) return undefined;
  const { trust, peaks, ...shown } = state;
  return { ...shown, origin: trust?.origin ?? null, lag: state.size - state.copied };
}

const UNCACHED = { 'cache-control': 'no-store' };

export const operationsRoutes: readonly RegistryRoute[] = [
  {
    method: 'GET',
    path: '/health',
    handler(_request, { db }) {
      const edge = readTree(db);
      const mirror = mirrorHealth(db);
      const json = { status: 'ok', size: edge.size, root: rootOf(edge), ...(mirror && { mirror }) };
      return { status: 200, headers: UNCACHED, json };
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
