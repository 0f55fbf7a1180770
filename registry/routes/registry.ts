/** GET /v1/registry: what a client has to know of this registry before it announces; and the description of all paths. */
import { lazily } from '../lazily.ts';
import type { RegistryRoute } from '../services.ts';

export const registryRoutes: readonly RegistryRoute[] = [
  {
    method: 'GET',
    path: '/v1/registry',
    handler: (_request, { origin, terms }) => ({
      status: 200,
      headers: { 'cache-control': 'public, max-age=300' },
      json: { origin, announce: terms },
    }),
  },
  {
    method: 'GET',
    path: '/openapi.json',
    handler: lazily(() => import('../openapi/show.ts'), 'showOpenApi'),
  },
];
