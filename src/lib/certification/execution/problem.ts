/** What a rule finds in code, before it is known in which file. */
import type { Severity } from '../finding.ts';

export interface Problem {
  /** In the text. */
  readonly start: number;
  readonly title: string;
  readonly remedy: string;
  readonly severity: Severity;
}
