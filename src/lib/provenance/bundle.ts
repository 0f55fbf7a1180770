/**
 * The Sigstore bundle, versions 0.1 to 0.3, as far as an attestation uses it: a DSSE envelope with one signature and a
 * certificate. @sigstore/bundle reads it; what is bounded or refused here is what it would take on trust.
 */
import {
  BUNDLE_V01_MEDIA_TYPE,
  BUNDLE_V02_MEDIA_TYPE,
  BUNDLE_V03_LEGACY_MEDIA_TYPE,
  BUNDLE_V03_MEDIA_TYPE,
  type Bundle,
  type BundleWithDsseEnvelope,
  bundleFromJSON,
  isBundleWithDsseEnvelope,
  isBundleWithPublicKey,
} from '@sigstore/bundle';
import { z } from 'zod';
import { UnmetRequirement } from './requirement.ts';

const MEDIA_TYPES: readonly string[] = [
  BUNDLE_V01_MEDIA_TYPE,
  BUNDLE_V02_MEDIA_TYPE,
  BUNDLE_V03_LEGACY_MEDIA_TYPE,
  BUNDLE_V03_MEDIA_TYPE,
];

/** A number of a log in decimal: Sigstore writes 64 bits as text. */
const decimal = z.union([z.string().regex(/^\d{1,20}$/), z.int().min(0)]);
const base64 = (max: number) => z.string().max(max);

/** Bounds what verification costs; that the fields are there is for @sigstore/bundle to say. */
const bounds = z.looseObject({
  mediaType: z.string().max(128),
  verificationMaterial: z.looseObject({
    certificate: z.looseObject({ rawBytes: base64(64 * 1024) }).optional(),
    x509CertificateChain: z
      .looseObject({ certificates: z.array(z.looseObject({ rawBytes: base64(64 * 1024) })).max(8) })
      .optional(),
    tlogEntries: z
      .array(
        z.looseObject({
          logIndex: decimal.optional(),
          integratedTime: decimal.optional(),
          inclusionProof: z
            .looseObject({
              logIndex: decimal.optional(),
              treeSize: decimal.optional(),
              hashes: z.array(base64(128)).max(64).optional(),
              checkpoint: z.looseObject({ envelope: z.string().max(16 * 1024) }).optional(),
            })
            .nullish(),
        }),
      )
      .max(8)
      .optional(),
    timestampVerificationData: z
      .looseObject({
        rfc3161Timestamps: z
          .array(z.looseObject({ signedTimestamp: base64(64 * 1024) }))
          .max(8)
          .optional(),
      })
      .nullish(),
  }),
});

export type AttestationBundle = BundleWithDsseEnvelope;

/** @throws UnmetRequirement attestation-format, bundle-version, certificate */
export function readBundle(json: unknown): AttestationBundle {
  const expected = 'a Sigstore bundle with a DSSE envelope';
  const bounded = bounds.safeParse(json);
  const mediaType = (json as { mediaType?: unknown } | null)?.mediaType;
  if (typeof mediaType === 'string' && !MEDIA_TYPES.includes(mediaType)) {
    throw new UnmetRequirement('bundle-version', BUNDLE_V03_MEDIA_TYPE, mediaType.slice(0, 128));
  }
  if (!bounded.success) {
    const where = bounded.error.issues[0]?.path.join('.') ?? '';
    throw new UnmetRequirement(
      'attestation-format',
      expected,
      where === '' ? 'something else' : `a bad ${where}`,
    );
  }
  let bundle: Bundle;
  try {
    bundle = bundleFromJSON(json);
  } catch (error) {
    throw new UnmetRequirement('attestation-format', expected, (error as Error).message.slice(0, 256));
  }
  if (!isBundleWithDsseEnvelope(bundle)) {
    throw new UnmetRequirement('attestation-format', expected, 'a signature of a file, without a statement');
  }
  if (isBundleWithPublicKey(bundle)) {
    throw new UnmetRequirement('certificate', 'a certificate that says who signed', 'a bare public key');
  }
  return bundle;
}
