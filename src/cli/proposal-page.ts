/** What is about to be installed, as lines for people, before it is. */
import type { IndexSource } from '../lib/index/read-source.ts';
import type { VersionStatus } from '../lib/index/read-status.ts';
import type { Concern, Proposal } from '../lib/install/proposal.ts';
import type { AssetState } from '../lib/log/entry.ts';
import { printableLine } from '../lib/printable.ts';
import type { ScanFinding } from '../lib/remote/scan-client.ts';
import { bytes, placeOf, plural } from './format.ts';
import type { Screen } from './screen.ts';

const LABEL_WIDTH = 14;
const MAX_TOOLS = 12;

const CONCERNS: Readonly<Record<Exclude<Concern, 'first' | 'unattested'>, string>> = {
  owner:
    'Who built it is proven, and not that the name is theirs: the registry alone says so, and signs nothing.',
  registry:
    'It comes from another registry than the version that is installed: the same name may be another package.',
  publisher: 'It is published by somebody else, or from elsewhere, than the version that is installed.',
  permissions: 'It wants more permissions than the version that is installed.',
};

/** What the registry last found where it was published. It is tried all the same: the registry may be behind. */
const STATES: Readonly<Partial<Record<AssetState, string>>> = {
  gone: 'The registry found that it is no longer available.',
  changed: 'The registry found that it is no longer what was published: then it is refused.',
};

export function proposalLines(proposal: Proposal, concerns: readonly Concern[], screen: Screen): string[] {
  const { registry, source, resolved, tools, permissions, certification, findings, verified, current } =
    proposal;
  const { name, version, artifact, provenance, deprecated, yanked } = resolved;
  const lines = [
    screen.style('bold', `${current === undefined ? 'Installing' : 'Updating to'} ${name} ${version}`),
  ];
  const row = (label: string, text: string) =>
    lines.push(`  ${screen.style('dim', label.padEnd(LABEL_WIDTH))}${printableLine(text)}`);
  if (current !== undefined) row('runs now', current.version);
  if (concerns.includes('registry')) row('registry', `${registry}, and not ${current?.receipt.registry}`);
  row(
    'published by',
    provenance === null
      ? `unknown: ${source === 'signed' ? 'imported by the registry' : 'its registry signs nothing'}`
      : `${provenance.claims.owner}, from ${provenance.repository}`,
  );
  row(
    'built from',
    verified === null
      ? 'NOT PROVEN'
      : `${verified.signer.repository ?? '?'} at ${verified.signer.commit ?? '?'}: proven`,
  );
  row('size', bytes(artifact.size));
  row('certified', certification === null ? 'no' : `L${certification.level} ${certification.level_name}`);
  for (const finding of findings ?? []) row('', findingText(finding));
  row('permissions', permissions === null ? 'not declared' : JSON.stringify(permissions));
  const names = tools.slice(0, MAX_TOOLS).map((tool) => tool.name);
  const more = tools.length > names.length ? ` and ${tools.length - names.length} more` : '';
  row(
    'tools',
    tools.length === 0 ? 'none declared' : `${plural(tools.length, 'tool')}: ${names.join(', ')}${more}`,
  );
  if (yanked !== null)
    lines.push(`  ${screen.style('yellow', printableLine(`Taken back by its publisher: ${yanked}`))}`);
  const found = STATES[artifact.state];
  if (found !== undefined) lines.push(`  ${screen.style('yellow', found)}`);
  if (deprecated !== null) lines.push(`  ${screen.style('yellow', deprecationLine(deprecated))}`);
  for (const concern of concerns) {
    if (concern === 'first') continue;
    const texts = concern === 'unattested' ? unprovenLines(source) : [CONCERNS[concern]];
    for (const text of texts) lines.push(`  ${screen.style('yellow', text)}`);
  }
  return lines;
}

/** What is not proven of a package, in plain words. */
export function unprovenLines(source: IndexSource): string[] {
  const lines = [
    'Nothing proves who built it, or from which source: it has no attestation.',
    'Only its sha256 is compared, with what the registry says: whoever controls that decides what you get.',
  ];
  if (source !== 'signed')
    lines.push(
      'And the index of that registry is unsigned: nothing proves that it was not changed on the way.',
    );
  return lines;
}

function findingText({ control, severity, file, line, title }: ScanFinding): string {
  return `${severity}: ${title} (${control}, ${placeOf(file, line)})`;
}

export function deprecationLine({ message, successor }: NonNullable<VersionStatus['deprecated']>): string {
  const instead = successor === null ? '' : ` Use ${successor} instead.`;
  return printableLine(`Deprecated: ${message}${instead}`);
}
