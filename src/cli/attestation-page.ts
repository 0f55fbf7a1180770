/** What a verification found, as lines for people. All of it but the digest is somebody else's text. */

import { printableLine } from '../lib/printable.ts';
import { type Failure, REQUIREMENTS } from '../lib/provenance/requirement.ts';
import type { Refused, Verified } from '../lib/provenance/verify.ts';
import type { Screen } from './screen.ts';

const LABEL_WIDTH = 14;

/** Who built it, from what, how, when, and what proves it. */
export function verifiedLines(subject: string, verification: Verified, screen: Screen): string[] {
  const { signer, statement, attestation } = verification;
  const lines = [`${screen.style('green', 'Verified:')} ${printableLine(subject)}`, ''];
  const row = (label: string, text: string | null) => {
    if (text) lines.push(`${screen.style('dim', label.padEnd(LABEL_WIDTH))}${printableLine(text)}`);
  };
  row('built by', signer.owner && `${signer.owner}${signer.owner_id ? ` (account ${signer.owner_id})` : ''}`);
  row('repository', signer.repository_url);
  row('commit', signer.commit);
  row('ref', signer.ref);
  row('workflow', signer.workflow);
  row('signed by', signer.identity === signer.workflow ? null : signer.identity);
  row('runner', signer.runner);
  row('run', signer.run);
  row('vouched by', signer.issuer);
  row('signed at', signer.signed_at);
  for (const { log, index, kind } of signer.log_entries) row('log entry', `${index} of ${log} (${kind})`);
  row('predicate', statement.predicateType);
  row('attestation', attestation.source);
  return lines;
}

/** Where attestations were looked for. */
export interface Asked {
  /** In a file that was named, and nowhere else. */
  readonly file: boolean;
  readonly offline: boolean;
  /** Of which GitHub was asked; undefined: it was not. */
  readonly repository: string | undefined;
}

function whereElse({ file, offline, repository }: Asked): string {
  if (file) return 'The file that was named holds none.';
  if (offline)
    return 'Without `--offline` the registry and GitHub are asked; `--attestation FILE` names a file.';
  return repository === undefined
    ? 'With `--repo OWNER/REPO` GitHub is asked; `--attestation FILE` names a file.'
    : 'Neither the registry nor GitHub has one; `--attestation FILE` names a file.';
}

/** Which requirements failed, with what was expected and what was found. */
export function refusedLines(subject: string, verification: Refused, asked: Asked, screen: Screen): string[] {
  const { code, failures } = verification;
  if (failures.length === 0) {
    return [`There is no attestation of ${printableLine(subject)}: nothing to verify.`, whereElse(asked)];
  }
  const title = `${screen.style('red', 'Not verified:')} ${printableLine(subject)} (${code})`;
  return [title, ...failures.flatMap((failure) => failureLines(failure, screen))];
}

function failureLines({ requirement, expected, found }: Failure, screen: Screen): string[] {
  const row = (label: string, text: string) =>
    `    ${screen.style('dim', label.padEnd(10))}${printableLine(text)}`;
  return [
    '',
    `  ${screen.style('bold', requirement)}: it must hold that ${REQUIREMENTS[requirement].means}`,
    row('expected', expected),
    row('found', found ?? 'none'),
  ];
}
