/** How a version was judged: its level, what each control came to, and what the scan found. */
import { plural } from '../../src/cli/format.ts';
import { CATALOGUE, LEVELS } from '../../src/lib/certification/catalogue.ts';
import type { ControlResult } from '../../src/lib/certification/control.ts';
import type { Finding } from '../../src/lib/certification/finding.ts';
import { levelName } from '../../src/lib/index/read-certification.ts';
import { type Html, html, NOTHING, type Part } from './html.ts';
import type { Section } from './package-page.ts';
import { type FileView, type PackageView, platformName } from './package-view.ts';
import { foreign, lineOf, moment } from './text.ts';

/** Of a control: further ones are counted, and in the JSON. */
const MOST_FINDINGS = 20;

const WORDS = {
  pass: ['Passed', 'good'],
  fail: ['Failed', 'bad'],
  skip: ['Skipped', ''],
  error: ['Not judged', 'warn'],
} as const;

export function certificationSection(view: PackageView): Section {
  const { files, level } = view;
  const judged = files.filter(({ certification }) => certification !== null);
  const body: Part =
    judged.length === 0
      ? html`<p class="soft">${files.some(({ queued }) => queued) ? 'A scan is yet to come.' : 'Nobody has scanned it.'}</p>`
      : [
          level === null
            ? html`<p class="soft">Not all of its files were scanned: the version has no level.</p>`
            : ladder(level),
          // The lowest first: it decides.
          judged
            .toSorted((one, other) => levelOf(one) - levelOf(other))
            .reduce(alike, [])
            .map((group) => filesOf(group, view, files.length > group.length)),
        ];
  return { id: 'certification', title: 'Certification', body };
}

function levelOf({ certification }: FileView): number {
  return certification?.level ?? 0;
}

function ladder(level: number): Html {
  return html`<ol class="ladder" aria-label="Levels">${LEVELS.map((each) =>
    each <= level
      ? html`<li class="reached">L${each} ${levelName(each)}<span class="unseen">, reached</span></li>`
      : html`<li>L${each} ${levelName(each)}<span class="unseen">, not reached</span></li>`,
  )}</ol>`;
}

/** Files of a version differ in their bytes and seldom in how they are judged: that is said once then. */
function alike(groups: FileView[][], file: FileView): FileView[][] {
  const judgement = ({ report, certification }: FileView) =>
    JSON.stringify([report?.controls, certification?.level, certification?.controls]);
  const group = groups.find(([first]) => first !== undefined && judgement(first) === judgement(file));
  if (group === undefined) groups.push([file]);
  else group.push(file);
  return groups;
}

function filesOf(group: readonly FileView[], { name, version }: PackageView, isOneOfMany: boolean): Part {
  const file = group[0] as FileView;
  const { certification, report, omittedFindings, queued } = file;
  if (certification === null) return NOTHING;
  const platforms = group.flatMap((each) => each.platforms);
  const passed = Object.values(certification.controls).filter((result) => result === 'pass').length;
  const total = Object.keys(certification.controls).length;
  const where = isOneOfMany
    ? html`<h3>${platforms.map(({ platform }) => platformName(platform)).join(', ')}: L${certification.level} ${certification.level_name}</h3>`
    : NOTHING;
  const scanner = `${lineOf(certification.scanner.name, 40)} ${lineOf(certification.scanner.version, 40)}`;
  return html`${where}<p class="small soft">${passed} of ${plural(total, 'control')} passed; scanned ${moment(certification.at)} by ${scanner}${
    queued ? '; it is scanned again' : ''
  }. <a href="/v1/bundles/${name}/versions/${encodeURIComponent(version.version)}/scan">The report as JSON</a></p>
<ul class="controls">${controlsOf(file)}</ul>
${omittedFindings === 0 ? NOTHING : html`<p class="small soft">${plural(omittedFindings, 'finding')} left out for the size of the report.</p>`}
${report === null ? html`<p class="small soft">The registry has no report of this scan; the results are those of the log.</p>` : NOTHING}`;
}

/** The kept report's, which says why; else what the log says of each. */
function controlsOf({ report, certification }: FileView): Part {
  if (report !== null) return report.controls.map(controlOf);
  return Object.entries(certification?.controls ?? {}).map(([id, status]) => {
    const entry = CATALOGUE.find((each) => each.id === id);
    return controlLine(id, entry?.title ?? '', entry?.level, status, NOTHING);
  });
}

function controlOf({ id, title, level, status, reason, findings }: ControlResult): Html {
  const shown = findings.slice(0, MOST_FINDINGS);
  const rest = findings.length - shown.length;
  const details =
    findings.length === 0 && reason === null
      ? NOTHING
      : html`<div class="findings">${reason === null ? NOTHING : html`<p class="small soft">${foreign(reason)}</p>`}
${
  findings.length === 0
    ? NOTHING
    : html`<details><summary>${plural(findings.length, 'finding')}</summary><ul>${shown.map(findingOf)}</ul>${
        rest === 0 ? NOTHING : html`<p class="small soft">${plural(rest, 'other')} in the report.</p>`
      }</details>`
}</div>`;
  return controlLine(id, title, level, status, details);
}

function controlLine(
  id: string,
  title: string,
  level: number | undefined,
  status: ControlResult['status'],
  details: Html,
): Html {
  const [word, tone] = WORDS[status] ?? [status, ''];
  return html`<li><code>${lineOf(id, 16)}</code><span>${lineOf(title)}${level === undefined ? NOTHING : html` <span class="small soft">L${level}</span>`}</span><span class="chip ${tone}">${word}</span>${details}</li>
`;
}

function findingOf({ severity, file, line, title, remedy }: Finding): Html {
  return html`<li class="${severity}"><strong>${severity}</strong>: ${foreign(title)}${
    file === null
      ? NOTHING
      : html` <code class="soft">${foreign(file)}${line === null ? '' : `:${line}`}</code>`
  }<br><span class="soft">${foreign(remedy)}</span></li>`;
}
