/**
 * What an attestation says: an in-toto Statement (v1), whose predicate is most often SLSA provenance (v1).
 * https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md, https://slsa.dev/spec/v1.0/provenance
 */
import { z } from 'zod';
import { isDeeperThan } from '../log/depth.ts';
import type { AttestationBundle } from './bundle.ts';
import { MAX_DEPTH } from './document.ts';
import { UnmetRequirement } from './requirement.ts';

export const STATEMENT_V1 = 'https://in-toto.io/Statement/v1';
export const SLSA_PROVENANCE_V1 = 'https://slsa.dev/provenance/v1';
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

const statementSchema = z.looseObject({
  _type: z.string(),
  subject: z.array(z.looseObject({ name: z.string().optional(), digest: z.record(z.string(), z.string()) })),
  predicateType: z.string(),
  predicate: z.unknown(),
});

/** As it was signed, field for field. */
export type Statement = z.infer<typeof statementSchema>;

const workflowSchema = z.object({
  buildDefinition: z.object({
    externalParameters: z.object({
      workflow: z.object({ repository: z.string(), ref: z.string() }),
    }),
    resolvedDependencies: z.array(
      z.object({ uri: z.string().optional(), digest: z.record(z.string(), z.string()).optional() }),
    ),
  }),
});

/** From what a predicate says that the artifact was built. */
export interface PredicateSource {
  /** URL of the repository. */
  readonly repository: string;
  readonly ref: string;
  /** The commits that it names for that repository and ref. */
  readonly commits: readonly string[];
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws UnmetRequirement statement-type */
export function readStatement(bundle: AttestationBundle): Statement {
  const { payload, payloadType } = bundle.content.dsseEnvelope;
  if (payloadType !== PAYLOAD_TYPE) {
    throw new UnmetRequirement('statement-type', PAYLOAD_TYPE, payloadType.slice(0, 128));
  }
  let json: unknown;
  try {
    json = JSON.parse(utf8.decode(payload));
  } catch {
    throw new UnmetRequirement('statement-type', STATEMENT_V1, 'a payload that is not JSON');
  }
  if (isDeeperThan(json, MAX_DEPTH)) {
    throw new UnmetRequirement(
      'statement-type',
      STATEMENT_V1,
      `a payload nested deeper than ${MAX_DEPTH} levels`,
    );
  }
  const parsed = statementSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  const found = where === '' ? 'another document' : `a statement with a bad ${where}`;
  throw new UnmetRequirement('statement-type', STATEMENT_V1, found);
}

/** What a SLSA v1 predicate of a workflow says of its source; undefined when it does not say it in that way. */
export function predicateSource(statement: Statement): PredicateSource | undefined {
  const parsed = workflowSchema.safeParse(statement.predicate);
  if (!parsed.success) return undefined;
  const { externalParameters, resolvedDependencies } = parsed.data.buildDefinition;
  const { repository, ref } = externalParameters.workflow;
  const uri = `git+${repository}@${ref}`.toLowerCase();
  const commits = resolvedDependencies
    .filter((dependency) => dependency.uri?.toLowerCase() === uri)
    .map(({ digest }) => digest?.gitCommit ?? digest?.sha1)
    .filter((commit) => commit !== undefined);
  return { repository, ref, commits };
}
