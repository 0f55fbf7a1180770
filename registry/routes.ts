/** Everything that the registry answers. API.md is the contract. */
import { announceRoutes } from './routes/announce.ts';
import { attestationRoutes } from './routes/attestations.ts';
import { bundleRoutes } from './routes/bundles.ts';
import { indexRoutes } from './routes/index-log.ts';
import { mcpRoutes } from './routes/mcp.ts';
import { operationsRoutes } from './routes/operations.ts';
import { registryRoutes } from './routes/registry.ts';
import { webRoutes } from './routes/web.ts';
import type { RegistryRoute } from './services.ts';

/** For programs. */
export const apiRoutes: readonly RegistryRoute[] = [
  ...bundleRoutes,
  ...mcpRoutes,
  ...announceRoutes,
  ...indexRoutes,
  ...attestationRoutes,
  ...registryRoutes,
  ...operationsRoutes,
];

/** For programs and for people. */
export const routes: readonly RegistryRoute[] = [...apiRoutes, ...webRoutes];
