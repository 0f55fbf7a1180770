/** POST /v1/bundles/announce, deprecate and yank: what publishers say. */
import { announce } from '../announce.ts';
import { deprecate } from '../deprecate.ts';
import { HttpError } from '../http.ts';
import type { RegistryRoute } from '../services.ts';
import { yank } from '../yank.ts';

const UNCACHED = { 'cache-control': 'no-store' };

export const announceRoutes: readonly RegistryRoute[] = [
  {
    method: 'POST',
    path: '/v1/bundles/announce',
    async handler({ headers, body, signal }, services) {
      try {
        const announced = await announce({ authorization: headers.authorization, body, signal }, services);
        services.metrics.countAnnouncement(announced.status);
        return { status: 200, headers: UNCACHED, json: announced };
      } catch (error) {
        services.metrics.countAnnouncement(error instanceof HttpError ? error.code : 'INTERNAL');
        throw error;
      }
    },
  },
  {
    method: 'POST',
    path: '/v1/bundles/deprecate',
    async handler({ headers, body, signal }, services) {
      const json = await deprecate({ authorization: headers.authorization, body, signal }, services);
      return { status: 200, headers: UNCACHED, json };
    },
  },
  {
    method: 'POST',
    path: '/v1/bundles/yank',
    async handler({ headers, body, signal }, services) {
      const json = await yank({ authorization: headers.authorization, body, signal }, services);
      return { status: 200, headers: UNCACHED, json };
    },
  },
];
