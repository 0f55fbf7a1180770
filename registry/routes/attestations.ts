/** GET /v1/attestations/sha256:<digest>: what was verified when the artifact was announced, byte for byte. */
import { createHash } from 'node:crypto';
import { readAttestations } from '../attestations.ts';
import { HttpError } from '../http.ts';
import type { RegistryRoute } from '../services.ts';

export const attestationRoutes: readonly RegistryRoute[] = [
  {
    method: 'GET',
    path: '/v1/attestations/:digest',
    handler({ params }, { db }) {
      const [, sha256] = /^sha256:([0-9a-f]{64})$/.exec(params.digest ?? '') ?? [];
      const document = sha256 === undefined ? undefined : readAttestations(db, sha256);
      if (document === undefined) {
        throw new HttpError(404, 'NOT_FOUND', 'The registry has no attestation of such an artifact.');
      }
      return {
        status: 200,
        headers: {
          'content-type': 'application/json',
          'cache-control': 'public, max-age=31536000, immutable',
          etag: `"${createHash('sha256').update(document).digest('base64url')}"`,
        },
        body: document,
      };
    },
  },
];
