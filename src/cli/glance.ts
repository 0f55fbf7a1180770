/** A version in one line: how it was judged, who stands behind it, where it runs, since when it is there. */
import type { PackageDescription } from '../lib/index/describe.ts';
import type { VersionStatus } from '../lib/index/read-status.ts';
import { printableLine } from '../lib/printable.ts';
import { lowest } from './certification-page.ts';
import type { Screen } from './screen.ts';
import { columnsOf } from './width.ts';

const GAP = '  ';
/** More are counted. */
const MOST_PLATFORMS = 4;

/** In as many lines as the terminal needs. */
export function glanceLines(
  { certifications, version }: PackageDescription,
  shown: VersionStatus,
  screen: Screen,
): string[] {
  const grade = shown.artifacts.length === certifications.length ? lowest(certifications) : undefined;
  const attested = shown.artifacts.filter((artifact) => artifact.attested).length;
  const tools = version?.manifest.tools?.length ?? 0;
  const facts: readonly (readonly [Parameters<Screen['style']>[0], string])[] = [
    grade === undefined || grade.level === 0
      ? ['yellow', 'not certified']
      : ['green', `L${grade.level} ${grade.level_name}`],
    attested === 0
      ? ['yellow', 'not attested']
      : attested < shown.artifacts.length
        ? ['yellow', `${attested} of ${shown.artifacts.length} attested`]
        : ['green', 'attested'],
    ['dim', platforms(shown)],
    ['dim', tools === 0 ? '' : `${tools} ${tools === 1 ? 'tool' : 'tools'}`],
    ['dim', shown.published_at.slice(0, 10)],
  ];
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const [style, text] of facts.filter(([, text]) => text !== '')) {
    const more = columnsOf(text) + (line === '' ? 0 : GAP.length);
    if (line !== '' && screen.isTTY && width + more > screen.columns) {
      lines.push(line);
      line = '';
      width = 0;
    }
    line += (line === '' ? '' : GAP) + screen.style(style, text);
    width += more;
  }
  return [...lines, line];
}

function platforms({ artifacts }: VersionStatus): string {
  const names = artifacts.map(({ platform: { os, arch } }) =>
    os === 'any' && arch === 'any' ? 'any platform' : `${os}-${arch}`,
  );
  const shown = names.slice(0, MOST_PLATFORMS).join(', ');
  const rest = names.length - MOST_PLATFORMS;
  return printableLine(rest > 0 ? `${shown} and ${rest} more` : shown);
}
