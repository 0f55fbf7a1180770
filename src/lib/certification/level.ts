/** The level of a bundle, from the answers of its controls: it holds when each control of it and of those below allows it. */
import { CATALOGUE, type CatalogueEntry, LEVELS, type Level } from './catalogue.ts';
import type { Answer, ControlResult, Status } from './control.ts';
import { compareFindings } from './finding.ts';

type JudgedEntry = Pick<ControlResult, 'id' | 'level' | 'title'>;

/** A control's answer, judged: fail when something it found blocks its own level or one below. */
export function judge(entry: JudgedEntry, answer: Answer): ControlResult {
  const findings = [...(answer.findings ?? [])].sort(compareFindings);
  const reason = 'skip' in answer ? answer.skip : null;
  const lowest = Math.min(...findings.map(({ blocks }) => blocks ?? Number.POSITIVE_INFINITY));
  const status: Status = lowest <= entry.level ? 'fail' : reason === null ? 'pass' : 'skip';
  const unproven = status === 'pass' ? Number.POSITIVE_INFINITY : entry.level;
  return {
    id: entry.id,
    level: entry.level,
    title: entry.title,
    status,
    allows: below(Math.min(lowest, unproven)),
    reason,
    findings,
  };
}

/** A control that could not be judged. */
export function failed(entry: JudgedEntry, reason: string): ControlResult {
  const { id, level, title } = entry;
  return { id, level, title, status: 'error', allows: below(level), reason, findings: [] };
}

/** @returns 0 when not even the first level holds; a control without a result was not judged and allows nothing */
export function levelOf(results: readonly Pick<ControlResult, 'id' | 'allows'>[]): 0 | Level {
  const allowed = new Map<string, number>(results.map(({ id, allows }) => [id, allows]));
  const limits = CATALOGUE.map(({ id, level }) => allowed.get(id) ?? level - 1);
  return Math.min(4, ...limits) as 0 | Level;
}

/** The controls that keep a bundle from the next level, in the order of the catalogue; none at the highest. */
export function keepingFromNext(level: 0 | Level, results: readonly ControlResult[]): string[] {
  if (level === 4) return [];
  const allowed = new Map<string, number>(results.map(({ id, allows }) => [id, allows]));
  return CATALOGUE.filter((entry: CatalogueEntry) => {
    return entry.level <= level + 1 && (allowed.get(entry.id) ?? entry.level - 1) <= level;
  }).map(({ id }) => id);
}

function below(level: number): 0 | Level {
  return Math.min(level - 1, LEVELS.length) as 0 | Level;
}
