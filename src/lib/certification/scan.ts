/**
 * Judges a bundle by every control there is, in the order of the catalogue. Whatever is in the bundle, and whatever a
 * control does, the answer is a report: an exception in a control is its `error`, a limit that is reached is that of each
 * control that was not done, and an archive that clients would refuse has no level.
 */
import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { MpakError } from '../errors.ts';
import { Budget, type Clock, SCAN_LIMITS, type ScanLimits } from './budget.ts';
import { archiveBundle, folderBundle, type ScannedBundle } from './bundle.ts';
import { CATALOGUE, CATALOGUE_VERSION, catalogueEntry } from './catalogue.ts';
import type { Context } from './context.ts';
import type { Control, ControlResult, Observed } from './control.ts';
import { CONTROLS } from './controls.ts';
import type { Finding } from './finding.ts';
import { failed, judge, keepingFromNext, levelOf } from './level.ts';
import { Pass, reasonOf } from './pass.ts';
import type { Report } from './report.ts';
import { textOf } from './safe-json.ts';
import { withinTime } from './time-limit.ts';

export interface ScanOptions {
  readonly scanner: Report['scanner'];
  /** Goes into the report. */
  readonly at: Date;
  readonly context?: Context;
  readonly limits?: Partial<ScanLimits>;
  readonly clock?: Clock;
  /** Called about once a second, and at the end, with the bytes that were looked at and those there are. */
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
  const pass = new Pass(bundle, budget, controls, context);
  pass.run(options.progress);
  const results: ControlResult[] = [];
  for (const { id } of CATALOGUE) {
    const control = controls.find((each) => each.id === id);
    const failure = pass.failures.get(id);
    if (control === undefined) results.push(failed(catalogueEntry(id), NOT_JUDGED));
    else if (failure !== undefined) results.push(failed(control, failure));
    else results.push(await ask(control, bundle, context, pass.kept.get(id) ?? [], budget.limits));
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
    return judge(control, await withinTime(limits.stepMilliseconds, check));
  } catch (error) {
    return failed(control, reasonOf(error));
  }
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
