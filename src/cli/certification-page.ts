/** How a version was judged, as lines for people: its level, and what each control came to. */
import { CATALOGUE } from '../lib/certification/catalogue.ts';
import type { PackageDescription } from '../lib/index/describe.ts';
import { printableLine } from '../lib/printable.ts';
import { plural } from './format.ts';
import type { Screen } from './screen.ts';
import { wrap } from './wrap.ts';

type Certifications = PackageDescription['certifications'];
type Certification = Certifications[number];

const LABELS = { fail: 'failed', error: 'not judged', skip: 'skipped', pass: 'passed' } as const;

/** The certification of the artifact that decides the level; undefined when there is none. */
export function lowest(certifications: Certifications): Certification | undefined {
  return certifications.toSorted((one, other) => one.level - other.level)[0];
}

/** `L2 Standard, 14 of 25 controls passed` */
export function gradeText({ level, level_name, controls }: Certification): string {
  const results = Object.values(controls);
  const passed = results.filter((result) => result === 'pass').length;
  return `L${level} ${level_name}, ${passed} of ${plural(results.length, 'control')} passed`;
}

/** The results of each artifact: most often all are the same, and said once. */
export function controlLines(certifications: Certifications, screen: Screen): string[] {
  const byResults = Map.groupBy(certifications, ({ controls }) => JSON.stringify(controls));
  return [...byResults.values()].flatMap((alike) => {
    const platforms = byResults.size === 1 ? '' : ` (${alike.map(platformOf).join(', ')})`;
    const title = screen.style('bold', `Controls${platforms}`);
    return ['', title, ...resultLines((alike[0] as Certification).controls, screen)];
  });
}

function resultLines(controls: Certification['controls'], screen: Screen): string[] {
  return Object.entries(LABELS).flatMap(([result, label]) => {
    const ids = Object.keys(controls).filter((id) => controls[id] === result);
    const names = result === 'fail' ? ids.map(named) : ids;
    const text = printableLine(names.join(', '));
    return names.length === 0
      ? []
      : wrap(`${label}: ${text}`, '  ', screen.isTTY ? screen.columns : undefined);
  });
}

/** With its title, where this version of mpak knows it. */
function named(id: string): string {
  const entry = CATALOGUE.find((each) => each.id === id);
  return entry === undefined ? id : `${id} ${entry.title}`;
}

function platformOf({ platform: { os, arch } }: Certification): string {
  return os === 'any' && arch === 'any' ? 'any' : `${os}-${arch}`;
}
