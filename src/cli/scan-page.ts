/**
 * What a scan says, as lines for people: the level, what keeps the bundle from the next one, what else was found, and what
 * was not judged. All but the controls' own words is somebody else's text.
 */
import { type CatalogueEntry, LEVELS } from '../lib/certification/catalogue.ts';
import type { ControlResult, Status } from '../lib/certification/control.ts';
import type { Finding, Severity } from '../lib/certification/finding.ts';
import type { Report } from '../lib/certification/report.ts';
import { levelName } from '../lib/index/read-certification.ts';
import { printableLine } from '../lib/printable.ts';
import { bytes, placeOf, plural } from './format.ts';
import type { Screen, Style } from './screen.ts';
import { wrap } from './wrap.ts';

/** Of one control; the rest is counted, and in --json. */
const MAX_FINDINGS = 10;
const STYLES: Readonly<Record<Severity, Style>> = {
  critical: 'red',
  high: 'red',
  medium: 'yellow',
  low: 'dim',
  info: 'dim',
};

interface Part {
  readonly control: ControlResult;
  readonly findings: readonly Finding[];
  /** Why it was not judged, where that matters. */
  readonly reason: string | null;
}

/** @param subject what was scanned, as the user named it: for a manifest that names nothing */
export function scanLines(report: Report, subject: string, screen: Screen): string[] {
  const { level, controls } = report;
  const next = LEVELS.find((each) => each === level + 1);
  const keeping = next === undefined ? [] : keepingParts(report, next);
  const isShown = (finding: Finding) => keeping.some(({ findings }) => findings.includes(finding));
  const others = controls
    .map((control) => ({
      control,
      findings: control.findings.filter((finding) => !isShown(finding)),
      reason: null,
    }))
    .filter(({ findings }) => findings.length > 0);
  const unjudged = controls.filter(
    ({ id, reason }) => reason !== null && !keeping.some((part) => part.control.id === id),
  );
  return [
    ...titleLines(report, subject, screen),
    ...section(`What keeps it from L${next}`, keeping, screen),
    ...section('What else was found', others, screen),
    ...unjudgedLines(unjudged, screen),
    '',
    ...wrap(countLine(controls), '', widthOf(screen)),
  ];
}

/** The controls that keep it from the next level, with what is to be done. */
function keepingParts({ keepsFromNext, controls }: Report, next: number): Part[] {
  return controls
    .filter(({ id }) => keepsFromNext.includes(id))
    .map((control) => ({
      control,
      findings: control.findings.filter(({ blocks }) => blocks !== null && blocks <= next),
      reason: control.reason,
    }));
}

function titleLines({ bundle, level, catalogue }: Report, subject: string, screen: Screen): string[] {
  const { name, version, sha256, size, files } = bundle;
  const named = name === null ? subject : `${name} ${version ?? ''}`;
  const grade = `L${level} ${levelName(level)}`;
  const facts = [size === null ? [] : [bytes(size)], plural(files, 'file'), `catalogue ${catalogue}`].flat();
  return [
    ...wrap(`${printableLine(named)}: ${grade}`, '', widthOf(screen)).map((line) =>
      screen.style('bold', line),
    ),
    ...(sha256 === null ? [] : [screen.style('dim', `sha256 ${sha256}`)]),
    screen.style('dim', facts.join(', ')),
  ];
}

function section(title: string, parts: readonly Part[], screen: Screen): string[] {
  if (parts.length === 0) return [];
  return ['', screen.style('bold', title), ...parts.flatMap((part) => partLines(part, screen))];
}

function partLines({ control, findings, reason }: Part, screen: Screen): string[] {
  const columns = widthOf(screen);
  const lines = wrap(headOf(control), '  ', columns);
  if (reason !== null) lines.push(...wrap(`Not judged: ${printableLine(reason)}`, '    ', columns));
  for (const finding of findings.slice(0, MAX_FINDINGS)) lines.push(...findingLines(finding, screen));
  const more = findings.length - MAX_FINDINGS;
  if (more > 0) lines.push(`    … and ${plural(more, 'more finding', 'more findings')}: see --json`);
  return lines;
}

function findingLines({ severity, file, line, title, remedy, blocks }: Finding, screen: Screen): string[] {
  const columns = widthOf(screen);
  const place = placeOf(file, line);
  const holds = blocks === null ? '' : ` (blocks L${blocks})`;
  const [first = '', ...rest] = wrap(`${severity}  ${place}${holds}`, '    ', columns);
  return [
    first.replace(severity, screen.style(STYLES[severity], severity)),
    ...rest,
    ...wrap(printableLine(title), '      ', columns),
    ...wrap(printableLine(remedy), '      ', columns).map((text) => screen.style('dim', text)),
  ];
}

/** By reason: many controls may want the same. */
function unjudgedLines(controls: readonly ControlResult[], screen: Screen): string[] {
  if (controls.length === 0) return [];
  const byReason = Map.groupBy(controls, ({ reason }) => printableLine(reason ?? ''));
  const lines = [...byReason].flatMap(([why, [first, ...rest]]) => {
    const names =
      rest.length === 0 ? headOf(first as ControlResult) : [first, ...rest].map((each) => each?.id);
    return wrap(`${[names].flat().join(', ')}: ${why}`, '  ', widthOf(screen));
  });
  return ['', screen.style('bold', 'Not judged, so not passed'), ...lines];
}

function headOf({ id, title, level }: CatalogueEntry): string {
  return `${id} ${title} (L${level})`;
}

function countLine(controls: readonly ControlResult[]): string {
  const count = (status: Status) => controls.filter((control) => control.status === status).length;
  const parts = [
    `${count('pass')} of ${plural(controls.length, 'control')} passed`,
    `${count('fail')} failed`,
    `${count('skip')} skipped`,
  ];
  if (count('error') > 0) parts.push(`${count('error')} could not be judged`);
  return `${parts.join(', ')}.`;
}

function widthOf({ isTTY, columns }: Screen): number | undefined {
  return isTTY ? columns : undefined;
}
