/**
 * A control: one demand of the catalogue, judged by a module of its own in controls/. docs/decisions/0013-scanning.md
 * has the reasons for this shape.
 *
 * The scan goes through the bundle once. It opens each file, hands it to every control that observes, and lets go of it
 * before it opens the next, so that memory stays bounded and a file is unpacked, decoded and parsed once for all
 * controls. Then each control is asked for its answer, with what it kept of the files.
 */
import type { ScannedBundle } from './bundle.ts';
import { type CatalogueEntry, type ControlId, catalogueEntry, type Level } from './catalogue.ts';
import type { Context } from './context.ts';
import type { Finding } from './finding.ts';
import type { OpenFile } from './open-file.ts';

/**
 * What a control answers. It does not say pass or fail: that follows from what its findings block. It throws for what it
 * did not expect, and that is its `error`.
 */
export type Answer =
  | { readonly findings: readonly Finding[] }
  /** Why it cannot be judged, a sentence: it never counts as passed. What was found counts all the same. */
  | { readonly skip: string; readonly findings?: readonly Finding[] };

/** What a control kept of a file. */
export interface Observed<Observation> {
  readonly path: string;
  readonly observation: Observation;
}

export interface Judge<Observation> {
  /**
   * Looks at a file, each once, in the order of their paths. Ask `origin` and `kind` first: `text` decodes, `code`
   * parses. What is returned is kept until the end, so it is small, and holds neither text nor syntax tree.
   * @returns undefined for nothing to keep
   */
  observe?(file: OpenFile, bundle: ScannedBundle, context: Context): Observation | undefined;
  check(
    bundle: ScannedBundle,
    context: Context,
    observed: readonly Observed<Observation>[],
  ): Answer | Promise<Answer>;
}

export interface Control extends CatalogueEntry, Judge<unknown> {
  readonly id: ControlId;
}

/** A control of the catalogue and how it is judged. */
export function control<Observation = never>(id: ControlId, judge: Judge<Observation>): Control {
  return { ...catalogueEntry(id), ...(judge as Judge<unknown>) };
}

export type Status = 'pass' | 'fail' | 'skip' | 'error';

/** A control's answer, judged. */
export interface ControlResult {
  readonly id: ControlId;
  readonly level: Level;
  readonly title: string;
  readonly status: Status;
  /** The highest level that the bundle can have by this control alone: 0 to 4. */
  readonly allows: 0 | Level;
  /** Why it was skipped or could not be judged; null for a pass or a fail. */
  readonly reason: string | null;
  /** Ordered. */
  readonly findings: readonly Finding[];
}
