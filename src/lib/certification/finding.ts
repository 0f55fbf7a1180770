/** What a control found in a bundle, where, and what to do about it. */
import type { Level } from './catalogue.ts';

/** Worst first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Finding {
  readonly severity: Severity;
  /** Path in the bundle; null for the bundle as a whole. */
  readonly file: string | null;
  /** From 1; null for the file as a whole. */
  readonly line: number | null;
  /** What is wrong, a sentence without its full stop. The same bundle gives the same words: no time, no count of runs. */
  readonly title: string;
  /** What its publisher can do about it, a sentence. */
  readonly remedy: string;
  /**
   * The lowest level that the bundle does not reach because of it; null when it blocks none and is there to be known.
   * At the control's own level or below, the control fails; above, it passes and holds the bundle below that level.
   */
  readonly blocks: Level | null;
}

/** By severity, file, line and words: the order of reports, whatever order they were found in. */
export function compareFindings(one: Finding, other: Finding): number {
  return (
    SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) ||
    compareText(one.file ?? '', other.file ?? '') ||
    (one.line ?? 0) - (other.line ?? 0) ||
    compareText(one.title, other.title) ||
    compareText(one.remedy, other.remedy)
  );
}

/** In the order of UTF-16 code units: no locale. */
export function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

export function isAsSevere({ severity }: Finding, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(least);
}
