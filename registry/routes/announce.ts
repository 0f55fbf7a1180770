/** POST /v1/bundles/announce, deprecate and yank: what publishers say. */
import { announce } from '../announce.ts';
import { deprecate } from '../deprecate.ts';
import { HttpError } from '../http.ts';
import { readMirror } from '../mirror/state.ts';
import type { RegistryRoute, RegistryServices } from '../services.ts';
import { yank } from '../yank.ts';

const UNCACHED = { 'cache-control': 'no-store' };

/** What publishers say is said where it is followed from. @throws HttpError 403 */
function refuseOnMirror({ db }: RegistryServices): void {
  const mirror = readMirror(db);
  if (mirror === undefined) return;
  throw new HttpError(
    403,
    'MIRROR',
    `This registry is a mirror: it takes nothing but what ${mirror.from} has.`,
  );
}

export const announceRoutes: readonly RegistryRoute[] = [
  {
    method: 'POST',
    path: '/v1/bundles/announce',
    async handler({ headers, body, signal }, services) {
      try {
        refuseOnMirror(services);
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
      refuseOnMirror(services);
      const json = await deprecate({ authorization: headers.authorization, body, signal }, services);
      return { status: 200, headers: UNCACHED, json };
    },
  },
  {
    method: 'POST',
    path: '/v1/bundles/yank',
    async handler({ headers, body, signal }, services) {
      refuseOnMirror(services);
      const json = await yank({ authorization: headers.authorization, body, signal }, services);
      return { status: 200, headers: UNCACHED, json };
    },
  },
];
