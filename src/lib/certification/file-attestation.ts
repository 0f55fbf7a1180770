/** The attestation that lies beside a bundle, which must be of the owner of its scope. */
import { createHash } from 'node:crypto';
import { readArchive } from '../bundle/archive.ts';
import { parsePackageName, scopeOf } from '../bundle/name.ts';
import { MpakError } from '../errors.ts';
import type { ProvenanceSettings } from '../provenance/settings.ts';
import { verifyFromSources } from '../provenance/sources.ts';
import { SLSA_PROVENANCE_V1 } from '../provenance/statement.ts';
import { loadTrustedRoot } from '../provenance/trusted-root.ts';
import { refusal } from '../provenance/verify.ts';
import type { VerifiedProvenance } from './context.ts';
import { verifiedProvenance } from './verified-provenance.ts';

/**
 * Uses no network.
 * @returns null when there is one that does not verify; undefined when there is none, or nobody can say whose it must be
 * @throws MpakError TRUSTED_ROOT
 */
export async function fileAttestation(
  file: string,
  bytes: Buffer,
  options: {
    readonly settings: ProvenanceSettings;
    readonly userAgent: string;
    readonly now: () => Date;
    readonly warn: (text: string) => void;
  },
): Promise<VerifiedProvenance | null | undefined> {
  const { settings, userAgent, now, warn } = options;
  const name = nameIn(bytes);
  if (name === undefined) return undefined;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const root = await loadTrustedRoot({ ...settings, offline: true, userAgent, now });
  const verification = await verifyFromSources(
    { sha256, artifact: file },
    {
      digest: { algorithm: 'sha256', value: sha256 },
      predicateType: SLSA_PROVENANCE_V1,
      issuer: settings.issuer,
      signer: [{ owner: scopeOf(name) }],
    },
    root,
  );
  if (verification.verified) return verifiedProvenance(verification, sha256);
  if (verification.code === 'ATTESTATION_MISSING') return undefined;
  warn(refusal(verification, file).message);
  return null;
}

/** The scan says what is wrong with an archive; here it has no name then. */
function nameIn(bytes: Buffer) {
  try {
    return parsePackageName(readArchive(bytes).manifest.name);
  } catch (error) {
    if (error instanceof MpakError) return undefined;
    throw error;
  }
}
