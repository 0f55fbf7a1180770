/** PR-05: the OpenSSF Scorecard (https://scorecard.dev) of the source repository, and the checks of it that matter most. */
import type { Scorecard } from '../context.ts';
import { control } from '../control.ts';
import type { Finding } from '../finding.ts';
import { objectOf, textOf } from '../safe-json.ts';

const LEAST_SCORE = 5;
/** Check and the least score of it: a check passes where nothing of weight was found. */
const CHECKS: readonly (readonly [name: string, least: number, remedy: string])[] = [
  ['Token-Permissions', 5, 'Give workflows `permissions: read-all`, and each job what it needs.'],
  [
    'Dangerous-Workflow',
    10,
    'Run nothing of a pull request with `pull_request_target`, nor put its texts into scripts.',
  ],
  ['Branch-Protection', 5, 'Protect the default branch: no force pushes, and a review before a merge.'],
];

export const repositoryHealth = control('PR-05', {
  async check({ manifest }, { scorecard, attestation }) {
    const declared = 'json' in manifest ? manifest.json.repository : undefined;
    // What was verified, before what the manifest says.
    const url = attestation?.sourceRepository ?? textOf(objectOf(declared)?.url) ?? textOf(declared);
    const repository = repositoryOf(url);
    if (scorecard === undefined) return { skip: 'There is no source of OpenSSF Scorecards.' };
    if (repository === undefined) return { skip: 'It is not known which repository the bundle comes from.' };
    const found = await scorecard.of(repository);
    if (found === null) return { skip: `There is no Scorecard of ${repository}.` };
    return 'unavailable' in found ? { skip: found.unavailable } : judged(found);
  },
});

function judged({
  score,
  checks,
}: Scorecard): { findings: Finding[] } | { skip: string; findings: Finding[] } {
  const findings: Finding[] = [];
  const unknown: string[] = [];
  if (!(score >= LEAST_SCORE)) {
    findings.push(
      finding(
        `The repository has ${score} of 10 in its Scorecard, and ${LEAST_SCORE} is asked for`,
        'See at https://scorecard.dev what each check asks for.',
      ),
    );
  }
  for (const [name, least, remedy] of CHECKS) {
    const value = checks.get(name);
    // -1: the check could not tell.
    if (value === undefined || value < 0) unknown.push(name);
    else if (value < least) {
      findings.push(finding(`${name} of its Scorecard is ${value} of 10, and ${least} is asked for`, remedy));
    }
  }
  return unknown.length === 0
    ? { findings }
    : { findings, skip: `Its Scorecard does not say anything of ${unknown.join(', ')}.` };
}

/** `github.com/owner/repo`, as Scorecards are kept. */
function repositoryOf(text: string | undefined): string | undefined {
  const url = URL.parse(text?.replace(/^git\+/, '') ?? '');
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const [owner, name, ...more] = url.pathname.replace(/\/$/, '').split('/').slice(1);
  const repository = name?.replace(/\.git$/, '');
  if (!owner || !repository || more.length > 0) return undefined;
  const isNamed = [owner, repository].every((each) => /^(?!\.+$)[\w.-]+$/.test(each));
  return isNamed ? `${url.hostname}/${owner}/${repository}` : undefined;
}

function finding(title: string, remedy: string): Finding {
  return { severity: 'medium', file: null, line: null, title, remedy, blocks: 3 };
}
