/** What a control that judges code keeps of a file: what it found, or that there is code that it could not read. */
import type { Level } from '../catalogue.ts';
import type { Answer, Observed } from '../control.ts';
import type { Problem } from '../execution/problem.ts';
import { type Finding, SEVERITIES } from '../finding.ts';
import type { OpenFile } from '../open-file.ts';
import type { Code, Unparsable } from '../parse/expression.ts';

export interface Judged {
  readonly problems: readonly (Omit<Problem, 'start'> & { readonly line: number })[];
  readonly unparsable: Unparsable['unparsable'] | null;
}

/** As many as a person reads of one file. */
const MOST_PROBLEMS = 50;

/** Of the server's own code; undefined when there is nothing to keep. */
export function judgeCode(
  file: OpenFile,
  problemsOf: (code: Code) => readonly Problem[],
): Judged | undefined {
  if (file.origin !== 'own') return undefined;
  const { code } = file;
  if (code === undefined) return undefined;
  if ('unparsable' in code) return { problems: [], unparsable: code.unparsable };
  const problems = new Map<string, Judged['problems'][number]>();
  for (const { start, title, remedy, severity } of problemsOf(code)) {
    const line = file.lineAt(start);
    problems.set(`${line} ${title}`, { title, remedy, severity, line });
  }
  if (problems.size === 0) return undefined;
  // The worst of them: those that block nothing must not hide one that does.
  const worst = [...problems.values()].sort(
    (one, other) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity),
  );
  return { problems: worst.slice(0, MOST_PROBLEMS), unparsable: null };
}

/** @param blocks what a problem of high severity blocks; a lesser one is there to be known */
export function judgedAnswer(observed: readonly Observed<Judged>[], blocks: Level): Answer {
  const findings = observed.flatMap(({ path, observation }) =>
    observation.problems.map(
      (problem): Finding => ({
        ...problem,
        file: path,
        blocks: problem.severity === 'high' || problem.severity === 'critical' ? blocks : null,
      }),
    ),
  );
  const skip = unreadReason(observed);
  return skip === undefined ? { findings } : { findings, skip };
}

/** Why code could not be judged, a sentence; undefined when all of it was. */
export function unreadReason(
  observed: readonly { readonly path: string; readonly observation: Pick<Judged, 'unparsable'> }[],
): string | undefined {
  const unread = observed.find(({ observation }) => observation.unparsable !== null);
  if (unread === undefined) return undefined;
  return `${JSON.stringify(unread.path)} cannot be read as code: ${REASONS[unread.observation.unparsable as Unparsable['unparsable']]}.`;
}

const REASONS: Readonly<Record<Unparsable['unparsable'], string>> = {
  'too-large': 'it is too large',
  'too-deep': 'it is nested too deeply',
  'too-slow': 'it takes too long',
  syntax: 'it is not of its language',
};
