/**
 * PR-03: SLSA provenance v1 (https://slsa.dev/spec/v1.0/provenance) of this archive, by a known builder, with the commit
 * that it was built from.
 */
import { SLSA_PROVENANCE_V1 } from '../../provenance/statement.ts';
import type { VerifiedProvenance } from '../context.ts';
import { control } from '../control.ts';
import type { Finding } from '../finding.ts';

/** GitHub's own machines. A workflow that runs there and names itself as its builder is built by them. */
export const BUILDERS: readonly string[] = ['https://github.com/actions/runner/github-hosted'];

const RUNNERS = 'https://github.com/actions/runner/';
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

export const buildAttestation = control('PR-03', {
  check({ sha256 }, { attestation, builders = BUILDERS }) {
    if (sha256 === null) return { skip: 'A folder has no attestation: it is of a bundle.' };
    if (attestation === undefined) {
      return { skip: 'No attestation of the bundle was given: its release makes one.' };
    }
    if (attestation === null) return { findings: [finding('No attestation of the bundle can be verified')] };
    if (attestation.predicateType !== SLSA_PROVENANCE_V1) {
      const type = JSON.stringify(attestation.predicateType.slice(0, 200));
      return { findings: [finding(`The attestation is ${type}, and no SLSA provenance v1`)] };
    }
    const findings: Finding[] = [];
    if (attestation.subjectSha256 !== sha256) findings.push(finding('The provenance is about another file'));
    const unknown = unknownBuilder(attestation, builders);
    if (unknown !== undefined) findings.push(finding(unknown));
    if (!COMMIT.test(attestation.sourceCommit ?? '')) {
      findings.push(finding('The provenance does not say which commit it was built from'));
    }
    return { findings };
  },
});

/**
 * A predicate is written by the workflow, a certificate by Sigstore: what the latter says of the machine counts.
 * @returns what is wrong with the builder
 */
function unknownBuilder(provenance: VerifiedProvenance, known: readonly string[]): string | undefined {
  const { builder, runner, signerWorkflow } = provenance;
  if (builder === null) return 'The provenance does not say who built it';
  const machine = runner ? RUNNERS + runner : undefined;
  const names = builder.startsWith(RUNNERS) ? [] : [builder, builder.replace(/@.*$/s, '')];
  if (machine !== undefined && (builder === machine || builder === signerWorkflow)) names.push(machine);
  if (names.some((name) => known.includes(name))) return undefined;
  const where = machine === undefined ? '' : ` on ${JSON.stringify(machine.slice(0, 200))}`;
  return `The builder ${JSON.stringify(builder.slice(0, 200))}${where} is none that is known`;
}

function finding(title: string): Finding {
  return {
    severity: 'high',
    file: null,
    line: null,
    title,
    remedy: 'Release it with the action in a workflow on a runner of GitHub: it attests what it built.',
    blocks: 3,
  };
}
