/** What a worker is told, on its stdin. */
import { z } from 'zod';
import { provenanceSchema } from '../../src/lib/log/entry.ts';

export const orderSchema = z.object({
  /** The bundle, a file. */
  file: z.string(),
  sha256: z.string(),
  /** When the scan is, for the report: ISO 8601. */
  at: z.iso.datetime(),
  /** Who announced it; null for an import. */
  provenance: provenanceSchema.nullable(),
  /** What its attestation proves; null when none verifies, absent when there is none. */
  attestation: z
    .object({
      predicateType: z.string(),
      subjectSha256: z.string(),
      issuer: z.string(),
      builder: z.string().nullable(),
      sourceRepository: z.string().nullable(),
      sourceCommit: z.string().nullable(),
      signerWorkflow: z.string().nullable().exactOptional(),
      runner: z.string().nullable().exactOptional(),
    })
    .nullable()
    .optional(),
  /** URL prefixes that packages may be from, by purl type. */
  approvedSources: z.record(z.string(), z.array(z.string()).readonly()),
  /** Database of known vulnerabilities, a file; null for none. */
  vulnerabilities: z.string().nullable(),
  /** What is older than so many days does not count as known. */
  maxAgeDays: z.int().min(1),
  /** Of the repository that it was announced from; absent when nobody was asked. */
  scorecard: z
    .object({
      repository: z.string(),
      answer: z
        .union([
          z.object({ score: z.number(), checks: z.record(z.string(), z.number()) }),
          z.object({ unavailable: z.string() }),
        ])
        .nullable(),
    })
    .optional(),
  /** Resident, in bytes: more ends the worker. */
  memoryBytes: z.int().min(1),
  timeoutMs: z.int().min(1),
});

export type Order = z.infer<typeof orderSchema>;

/** The line that a worker prints before it opens the bundle: from here on, its end is the bundle's doing. */
export const READY = 'ready\n';
