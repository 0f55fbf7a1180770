/** The local Sigstore and the policy of a package of it, for tests. */

import { GITHUB_ISSUER, type Policy } from '../../../src/lib/provenance/policy.ts';
import { SLSA_PROVENANCE_V1 } from '../../../src/lib/provenance/statement.ts';
import { parseTrustedRoot, type TrustedRoot } from '../../../src/lib/provenance/trusted-root.ts';
import { type Verification, verifyAttestation } from '../../../src/lib/provenance/verify.ts';
import { type BundleJson, DEFAULT_CLAIMS, LocalSigstore } from '../../support/sigstore.ts';

export const SHA256 = 'ab'.repeat(32);

/** What a registry recorded of Acme/echo. */
export function policyOfEcho(changes: Partial<Policy> = {}): Policy {
  const { owner_id: ownerId, repository, ref, commit } = DEFAULT_CLAIMS;
  return {
    digest: { algorithm: 'sha256', value: SHA256 },
    predicateType: SLSA_PROVENANCE_V1,
    issuer: GITHUB_ISSUER,
    signer: [{ owner: 'acme', ownerId, repository, ref, commit }],
    ...changes,
  };
}

/** Call it in a `describe`: one Sigstore for all of its tests. */
export function localSigstore(): { sigstore: LocalSigstore; root: TrustedRoot } {
  const local = {} as { sigstore: LocalSigstore; root: TrustedRoot };
  before(async () => {
    local.sigstore = await LocalSigstore.start();
    const bytes = Buffer.from(JSON.stringify(local.sigstore.trustedRoot));
    local.root = parseTrustedRoot(bytes, 'file', 'the root');
  });
  after(() => local.sigstore.close());
  return local;
}

export function verifyJson(
  json: BundleJson,
  root: TrustedRoot,
  policy: Policy = policyOfEcho(),
): Verification {
  return verifyAttestation({ source: 'test', document: { json } }, policy, root);
}
