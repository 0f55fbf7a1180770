/**
 * SC-02: nothing in the bundle has a known vulnerability that is severe: CVSS 9.0 or more; 7.0 or more with an EPSS of more
 * than 0.10; or in CISA's catalogue of those that are exploited. Looked up is what the SBOM lists, and what is carried
 * along whatever the SBOM says of it. docs/vulnerabilities.md has the rules.
 */
import { PackageURL } from 'packageurl-js';
import { printableLine } from '../../printable.ts';
import type { ScannedBundle } from '../bundle.ts';
import type { Context, Vulnerability, VulnerabilitySource } from '../context.ts';
import { control } from '../control.ts';
import { compareText, type Finding, type Severity } from '../finding.ts';
import { carriedPackages } from '../supply/carried.ts';
import { packageKey, parsePurl } from '../supply/package-id.ts';
import { readSbom, type SbomDocument } from '../supply/sbom-document.ts';
import { told } from '../supply/told.ts';
import { Vex } from '../supply/vex.ts';

const CRITICAL = 9;
const HIGH = 7;
const MEDIUM = 4;
const LIKELY = 0.1;
const LONGEST_SUMMARY = 120;
const MOST_NAMED = 5;
const CVE = /^CVE-\d/;
/** The package itself is the attack: nobody is not affected by it. */
const MALICIOUS = /^MAL-/;

const UPDATE = '`mpak vuln update` fetches it.';

interface Component {
  readonly key: string;
  readonly purl: string;
  readonly label: string;
  /** Where it is said to be in the bundle. */
  readonly file: string;
}

export const vulnerabilities = control('SC-02', {
  check(bundle, context) {
    const { vulnerabilities: source } = context;
    if (source === undefined) return { skip: `There is no vulnerability data. ${UPDATE}` };
    const sbom = readSbom(bundle);
    const document = sbom !== undefined && 'components' in sbom ? sbom : undefined;
    const components = componentsOf(bundle, document);
    const vex = new Vex(bundle, document);
    const skips: string[] = [];
    if (sbom !== undefined && 'problem' in sbom)
      skips.push(`${sbom.path} ${sbom.problem}: it cannot be looked up.`);
    const findings: Finding[] = [];
    const unknown: string[] = [];
    for (const component of components) {
      const found = source.affecting(component.purl);
      if (found === null) unknown.push(component.label);
      for (const each of distinct(found ?? [])) {
        findings.push(judge(component, each, vex, context, skips));
      }
    }
    if (unknown.length > 0) skips.push(unknownReason(unknown));
    for (const [name, feed] of Object.entries({ OSV: source, EPSS: context.epss, KEV: context.kev })) {
      if (feed?.isStale) skips.push(`The ${name} data is of ${day(feed.asOf)}, which is too old. ${UPDATE}`);
    }
    const all = [...told(findings), lookedUp(components.length - unknown.length, source, context)];
    const skip = [...new Set(skips)].join(' ');
    return skip === '' ? { findings: all } : { skip, findings: all };
  },
});

/** Ordered; each once. */
function componentsOf(bundle: ScannedBundle, document: SbomDocument | undefined): Component[] {
  const found = new Map<string, Component>();
  for (const { type, name, version, path } of carriedPackages(bundle).packages) {
    const slash = name.indexOf('/');
    const namespace = slash === -1 ? undefined : name.slice(0, slash);
    const purl = new PackageURL(
      type,
      namespace,
      name.slice(slash + 1),
      version,
      undefined,
      undefined,
    ).toString();
    const key = packageKey({ type, name, version });
    if (!found.has(key)) found.set(key, { key, purl, label: `${name} ${version}`, file: path });
  }
  for (const { purl } of document?.components ?? []) {
    const id = parsePurl(purl ?? '');
    if (id === undefined || purl === undefined || document === undefined) continue;
    const key = packageKey(id);
    if (!found.has(key))
      found.set(key, { key, purl, label: `${id.name} ${id.version}`, file: document.path });
  }
  return [...found.values()].sort((one, other) => compareText(one.key, other.key));
}

/**
 * One for all records of the same vulnerability: databases give it names of their own. The most severe is kept, with the
 * names of all: what is exploited may be called so in another record.
 */
function distinct(found: readonly Vulnerability[]): Vulnerability[] {
  const sorted = [...found].sort(
    (one, other) => (other.cvss ?? -1) - (one.cvss ?? -1) || compareText(one.id, other.id),
  );
  const kept: { readonly first: Vulnerability; readonly names: Set<string> }[] = [];
  for (const each of sorted) {
    const names = [each.id, ...each.aliases];
    const known = kept.find((other) => names.some((name) => other.names.has(name)));
    if (known === undefined) kept.push({ first: each, names: new Set(names) });
    else for (const name of names) known.names.add(name);
  }
  return kept.map(({ first, names }) => ({
    ...first,
    aliases: [...names].filter((name) => name !== first.id),
  }));
}

function judge(
  component: Component,
  vulnerability: Vulnerability,
  vex: Vex,
  { epss, kev }: Context,
  skips: string[],
): Finding {
  const { id, aliases, cvss, fixed } = vulnerability;
  const names = [id, ...aliases];
  const cves = names.filter((each) => CVE.test(each));
  const isExploited = cves.some((cve) => kev?.has(cve));
  const likelihood = Math.max(...cves.map((cve) => epss?.score(cve) ?? 0), 0);
  const score = cvss ?? 0;
  const isSevere = score >= CRITICAL || (score >= HIGH && likelihood > LIKELY) || isExploited;
  const statement = names.some((each) => MALICIOUS.test(each)) ? undefined : vex.of(component.key, names);
  const isCleared = statement !== undefined && statement.justification !== null;
  if (!isSevere && !isCleared) {
    // What would have decided is not there.
    if (kev === undefined && cves.length > 0) skips.push(missing('CISA KEV'));
    if (epss === undefined && score >= HIGH) skips.push(missing('EPSS'));
  }
  const facts = [
    cvss === null ? 'no CVSS' : `CVSS ${cvss}`,
    ...(likelihood > 0 ? [`EPSS ${likelihood}`] : []),
    ...(isExploited ? ['exploited'] : []),
  ];
  const summary = printableLine(vulnerability.summary).slice(0, LONGEST_SUMMARY);
  const title = `${component.label} has ${id} (${facts.join(', ')})${summary === '' ? '' : `: ${summary}`}`;
  const base = { file: component.file, line: null } as const;
  if (isCleared) {
    const why = `${title}; declared not to matter here: ${statement.justification} (${statement.file})`;
    return { ...base, severity: 'info', title: why, remedy: remedyOf(fixed), blocks: null };
  }
  const unjustified =
    statement === undefined ? '' : ` What ${statement.file} says of it has no justification.`;
  return {
    ...base,
    severity: severityOf(score, isExploited),
    title,
    remedy: `${remedyOf(fixed)}${unjustified}`,
    blocks: isSevere ? 2 : null,
  };
}

function severityOf(score: number, isExploited: boolean): Severity {
  if (score >= CRITICAL || isExploited) return 'critical';
  return score >= HIGH ? 'high' : score >= MEDIUM ? 'medium' : 'low';
}

function remedyOf(fixed: string | null): string {
  return fixed === null
    ? 'No version without it is known: do without the package, or say in a VEX statement why it does not matter.'
    : `Update it to ${printableLine(fixed).slice(0, LONGEST_SUMMARY)} or later.`;
}

/** What a pass rests on: of which day the data is. */
function lookedUp(count: number, source: VulnerabilitySource, { epss, kev }: Context): Finding {
  const dates = [
    `OSV of ${day(source.asOf)}`,
    ...(epss === undefined ? [] : [`EPSS of ${day(epss.asOf)}`]),
    ...(kev === undefined ? [] : [`KEV of ${day(kev.asOf)}`]),
  ];
  return {
    severity: 'info',
    file: null,
    line: null,
    title: `${count} ${count === 1 ? 'component was' : 'components were'} looked up in ${dates.join(', ')}`,
    remedy: 'Newer data may know more: `mpak vuln update`.',
    blocks: null,
  };
}

function unknownReason(unknown: readonly string[]): string {
  const named = unknown.slice(0, MOST_NAMED).map((each) => printableLine(each).slice(0, LONGEST_SUMMARY));
  const rest = unknown.length > named.length ? ` and ${unknown.length - named.length} more` : '';
  return `There is no vulnerability data for ${named.join(', ')}${rest}.`;
}

function missing(feed: string): string {
  return `There is no ${feed} data, and a vulnerability that was found depends on it. ${UPDATE}`;
}

function day(asOf: string): string {
  return asOf.slice(0, 10);
}
