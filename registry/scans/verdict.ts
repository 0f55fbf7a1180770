/**
 * What came out of a scan, as the server takes it: a worker has read what is hostile, so what it says is checked like
 * anything that comes in.
 */
import { z } from 'zod';
import { CATALOGUE, CATALOGUE_VERSION } from '../../src/lib/certification/catalogue.ts';
import type { ControlResult } from '../../src/lib/certification/control.ts';
import { failed, keepingFromNext, levelOf } from '../../src/lib/certification/level.ts';
import { canonicalJson } from '../../src/lib/certification/report.ts';
import { describeIssue } from '../../src/lib/log/entry.ts';
import { SCAN_REPORT_BYTES } from '../limits.ts';
import type { KeptReport } from './reports.ts';

const level = z.literal([0, 1, 2, 3, 4]);
/** What goes into the log is text that every client reads: nothing but printable ASCII. */
const word = z.string().regex(/^[ -~]{1,64}$/);

const controlSchema = z.looseObject({
  id: word,
  level,
  status: z.enum(['pass', 'fail', 'skip', 'error']),
  allows: level,
});

const reportSchema = z.looseObject({
  catalogue: word,
  scanner: z.looseObject({ name: word, version: word }),
  bundle: z.looseObject({ sha256: z.string() }),
  level,
  controls: z.array(controlSchema).max(256),
});

const answerSchema = z.object({
  report: z.string().max(SCAN_REPORT_BYTES),
  omitted: z.int().min(0),
  /** Of when the data is that the scan used, by its name. */
  sources: z.record(word, word).refine((sources) => Object.keys(sources).length <= 16, 'too many'),
});

/** What a worker prints; `failure`: it could not scan, for no fault of the bundle. */
export type WorkerAnswer = z.infer<typeof answerSchema> | { readonly failure: string };

export interface Verdict extends KeptReport {
  readonly level: number;
  readonly controls: Readonly<Record<string, 'pass' | 'fail' | 'skip' | 'error'>>;
  readonly scanner: {
    readonly name: string;
    readonly version: string;
    readonly catalogue: string;
    readonly sources?: Readonly<Record<string, string>>;
  };
}

/** @param sha256 of the bundle that was to be scanned @throws Error with what is wrong with the answer */
export function parseAnswer(text: string, sha256: string): Verdict | { readonly failure: string } {
  const json: unknown = JSON.parse(text);
  const failure = z.object({ failure: z.string().max(4096) }).safeParse(json);
  if (failure.success) return failure.data;
  const { report, omitted, sources } = parsed(answerSchema, json);
  const { catalogue, scanner, bundle, level, controls } = parsed(reportSchema, JSON.parse(report));
  if (bundle.sha256 !== sha256) throw new Error('it is of another bundle');
  if (catalogue !== CATALOGUE_VERSION) {
    return {
      failure: `it judged by catalogue ${catalogue}: the program was updated, and the server not started again`,
    };
  }
  requireBacked(level, controls);
  return {
    report,
    omitted,
    level,
    controls: Object.fromEntries(controls.map(({ id, status }) => [id, status])),
    scanner: {
      name: scanner.name,
      version: scanner.version,
      catalogue,
      ...(Object.keys(sources).length > 0 && { sources }),
    },
  };
}

/** A level that its controls do not allow goes into no log. @throws Error */
function requireBacked(level: number, controls: readonly z.infer<typeof controlSchema>[]): void {
  if (new Set(controls.map(({ id }) => id)).size < controls.length) throw new Error('it has a control twice');
  const isHonest = controls.every((each) => each.status === 'pass' || each.allows < each.level);
  if (!isHonest || level !== levelOf(controls as readonly Pick<ControlResult, 'id' | 'allows'>[])) {
    throw new Error(`its controls do not allow level ${level}, or allow another`);
  }
}

function parsed<T>(schema: z.ZodType<T>, json: unknown): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new Error(describeIssue(result.error));
}

/** Of a bundle that was not scanned: no level, and nothing that was judged. @param why a sentence, for everybody */
export function unscanned(
  bundle: { readonly sha256: string; readonly size: number },
  why: string,
  scanner: { readonly name: string; readonly version: string },
  at: Date,
): Verdict {
  const controls = CATALOGUE.map((entry) => failed(entry, why));
  const { sha256, size } = bundle;
  return {
    report: canonicalJson({
      catalogue: CATALOGUE_VERSION,
      scanner,
      bundle: { name: null, version: null, sha256, size, files: 0 },
      level: 0,
      keepsFromNext: keepingFromNext(0, controls),
      controls,
      at: at.toISOString(),
    }),
    omitted: 0,
    level: 0,
    controls: Object.fromEntries(controls.map(({ id }) => [id, 'error' as const])),
    scanner: { ...scanner, catalogue: CATALOGUE_VERSION },
  };
}
