/** POST /v1/bundles/announce. */
import { announce } from '../announce.ts';
import { HttpError } from '../http.ts';
import type { RegistryRoute } from '../services.ts';

export const announceRoutes: readonly RegistryRoute[] = [
  {
    method: 'POST',
    path: '/v1/bundles/announce',
    async handler({ headers, body, signal }, services) {
      try {
        const announced = await announce({ authorization: headers.authorization, body, signal }, services);
        services.metrics.countAnnouncement(announced.status);
        return { status: 200, headers: { 'cache-control': 'no-store' }, json: announced };
      } catch (error) {
        services.metrics.countAnnouncement(error instanceof HttpError ? error.code : 'INTERNAL');
        throw error;
      }
    },
  },
];
