/**
 * Judges a bundle by every control there is, in the order of the catalogue. Whatever is in the bundle, and whatever a
 * control does, the answer is a report: an exception in a control is its `error`, a limit that is reached is that of each
 * control that was not done, and an archive that clients would refuse has no level.
 */
import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { MpakError } from '../errors.ts';
import { Budget, BudgetSpent, type Clock, SCAN_LIMITS, type ScanLimits } from './budget.ts';
import { archiveBundle, folderBundle, type ScannedBundle } from './bundle.ts';
import { CATALOGUE, CATALOGUE_VERSION, type ControlId, catalogueEntry } from './catalogue.ts';
import type { Context } from './context.ts';
import type { Control, ControlResult, Observed } from './control.ts';
import { CONTROLS } from './controls.ts';
import type { Finding } from './finding.ts';
import { failed, judge, keepingFromNext, levelOf } from './level.ts';
import { OpenFile } from './open-file.ts';
import type { Report } from './report.ts';
import { textOf } from './safe-json.ts';
import { TooSlow, withinTime } from './time-limit.ts';

export interface ScanOptions {
  readonly scanner: Report['scanner'];
  /** Goes into the report. */
  readonly at: Date;
  readonly context?: Context;
  readonly limits?: Partial<ScanLimits>;
  readonly clock?: Clock;
  /** Called after each file, with the bytes unpacked so far and in all. */
  readonly progress?: (done: number, total: number) => void;
  readonly controls?: readonly Control[];
}

/**
 * @param archive its bytes
 * @returns a report in any case: that of an archive that is refused says so in AI-01
 */
export async function scanArchive(archive: Uint8Array, options: ScanOptions): Promise<Report> {
  const budget = makeBudget(options);
  try {
    return await scan(archiveBundle(archive, budget), budget, options);
  } catch (error) {
    if (!(error instanceof MpakError)) throw error;
    return refused(archive, error, options);
  }
}

/** @throws MpakError when the folder cannot become a bundle */
export async function scanFolder(folder: string, options: ScanOptions): Promise<Report> {
  const budget = makeBudget(options);
  return scan(folderBundle(folder, budget), budget, options);
}

async function scan(bundle: ScannedBundle, budget: Budget, options: ScanOptions): Promise<Report> {
  const { context = {}, controls = CONTROLS } = options;
  const { kept, failures } = observe(bundle, budget, controls, context, options.progress);
  const results: ControlResult[] = [];
  for (const { id } of CATALOGUE) {
    const control = controls.find((each) => each.id === id);
    const failure = failures.get(id);
    if (control === undefined) results.push(failed(catalogueEntry(id), NOT_JUDGED));
    else if (failure !== undefined) results.push(failed(control, failure));
    else results.push(await ask(control, bundle, context, kept.get(id) ?? [], budget.limits));
  }
  return report(bundle, results, options);
}

const NOT_JUDGED = 'This version of the scanner does not judge it.';

async function ask(
  control: Control,
  bundle: ScannedBundle,
  context: Context,
  observed: readonly Observed<unknown>[],
  limits: ScanLimits,
): Promise<ControlResult> {
  try {
    const check = () => control.check(bundle, context, observed);
    return judge(control, await withinTime(limits.observeMilliseconds, check));
  } catch (error) {
    return failed(control, reasonOf(error));
  }
}

interface Observations {
  readonly kept: ReadonlyMap<ControlId, readonly Observed<unknown>[]>;
  /** Why a control saw less than every file. */
  readonly failures: ReadonlyMap<ControlId, string>;
}

/** One pass over the files, one in memory at a time. */
function observe(
  bundle: ScannedBundle,
  budget: Budget,
  controls: readonly Control[],
  context: Context,
  progress: ScanOptions['progress'],
): Observations {
  const observers = controls.filter((control) => control.observe !== undefined);
  const kept = new Map(observers.map(({ id }) => [id, [] as Observed<unknown>[]]));
  const failures = new Map<ControlId, string>();
  const total = bundle.files.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  try {
    for (const file of bundle.files) {
      if (failures.size === observers.length) break;
      const open = new OpenFile(file, bundle.read(file.path), budget.limits);
      for (const control of observers) {
        if (failures.has(control.id)) continue;
        try {
          const look = () => control.observe?.(open, bundle, context);
          const observation = withinTime(budget.limits.observeMilliseconds, look);
          if (observation !== undefined) kept.get(control.id)?.push({ path: file.path, observation });
        } catch (error) {
          failures.set(control.id, `${reasonOf(error)} It was at ${JSON.stringify(file.path)}.`);
        }
      }
      done += file.size;
      progress?.(done, total);
    }
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    for (const { id } of observers) if (!failures.has(id)) failures.set(id, error.message);
  }
  return { kept, failures };
}

/** Never a stack trace, and nothing that differs from one machine to the next. */
function reasonOf(error: unknown): string {
  if (error instanceof BudgetSpent || error instanceof TooSlow) return error.message;
  // What an archive is refused for is told of the archive.
  if (error instanceof MpakError && error.code.startsWith('ARCHIVE_')) throw error;
  return `The control failed: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}.`;
}

function refused(archive: Uint8Array, error: MpakError, options: ScanOptions): Report {
  const finding: Finding = {
    severity: 'critical',
    file: null,
    line: null,
    title: `The archive is refused (${error.code}): ${error.message}`,
    remedy: 'Make it anew with `mpak bundle pack`.',
    blocks: 1,
  };
  const results = CATALOGUE.map(({ id }) =>
    id === 'AI-01'
      ? judge(catalogueEntry(id), { findings: [finding] })
      : failed(catalogueEntry(id), 'The archive is refused.'),
  );
  const bundle = {
    sha256: createHash('sha256').update(archive).digest('hex'),
    size: archive.length,
    files: [],
    manifest: { problem: 'unread' },
  };
  return report(bundle, results, options);
}

function report(
  bundle: Pick<ScannedBundle, 'sha256' | 'size' | 'files' | 'manifest'>,
  controls: readonly ControlResult[],
  { scanner, at }: ScanOptions,
): Report {
  const manifest = 'json' in bundle.manifest ? bundle.manifest.json : undefined;
  const level = levelOf(controls);
  return {
    catalogue: CATALOGUE_VERSION,
    scanner,
    bundle: {
      name: textOf(manifest?.name) ?? null,
      version: textOf(manifest?.version) ?? null,
      sha256: bundle.sha256,
      size: bundle.size,
      files: bundle.files.length,
    },
    level,
    keepsFromNext: keepingFromNext(level, controls),
    controls,
    at: at.toISOString(),
  };
}

function makeBudget({ limits, clock = () => performance.now() }: ScanOptions): Budget {
  return new Budget({ ...SCAN_LIMITS, ...limits }, clock);
}
