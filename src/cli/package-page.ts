/** What is known of a package, as lines for people. */

import type { PackageDescription } from '../lib/index/describe.ts';
import type { CrawledStanding } from '../lib/index/read-crawled.ts';
import type { VersionStatus } from '../lib/index/read-status.ts';
import { runCommand } from '../lib/index/run-command.ts';
import type { AssetState, Manifest } from '../lib/log/entry.ts';
import { printable, printableLine } from '../lib/printable.ts';
import { controlLines, gradeText, lowest } from './certification-page.ts';
import { bytes, pad, truncate } from './format.ts';
import { glanceLines } from './glance.ts';
import type { Screen } from './screen.ts';
import { columnsOf } from './width.ts';
import { wrap } from './wrap.ts';

const LABEL_WIDTH = 14;
/** Lines of prose are not longer, however wide the terminal is. */
const READING_WIDTH = 100;
/** Tools and versions that are listed; the rest is counted, and in --json. */
const MAX_TOOLS = 20;
const MAX_VERSIONS = 8;
/** Descriptions of tools begin below each other, but for names that are longer. */
const MAX_TOOL_WIDTH = 24;

/** What the registry last found where a bundle was published. */
const STATES: Readonly<Partial<Record<AssetState, string>>> = {
  gone: 'no longer available',
  changed: 'no longer what was published',
};

/** @param crawled what else is known of a package of an index that nobody signed */
export function showLines(
  description: PackageDescription,
  screen: Screen,
  crawled?: CrawledStanding,
): string[] {
  const { detail, version, status, certifications } = description;
  const shown = status.versions.find((candidate) => candidate.version === version?.version);
  const lines: string[] = [];
  const row = (label: string, text: string | null | undefined) => {
    if (!text) return;
    const width = screen.isTTY ? screen.columns : undefined;
    const [first = '', ...more] = wrap(printableLine(text), ' '.repeat(LABEL_WIDTH), width);
    lines.push(screen.style('dim', label.padEnd(LABEL_WIDTH)) + first.slice(LABEL_WIDTH), ...more);
  };

  const title = version === null ? detail.name : `${detail.name}@${version.version}`;
  lines.push(screen.style('bold', title));
  for (const text of warnings(status.versions, shown)) lines.push(screen.style('red', printableLine(text)));
  if (shown !== undefined) lines.push(...glanceLines(description, shown, screen));
  const manifest = version?.manifest;
  const text = manifest?.description ?? detail.description;
  if (text) lines.push('', ...indented(text, screen));
  lines.push('');
  if (detail.display_name !== null) row('name', detail.display_name);
  row('called', crawled?.original);
  row('author', manifest?.author?.name ?? detail.author?.name);
  row('license', manifest?.license ?? detail.license);
  row('homepage', manifest?.homepage ?? detail.homepage);
  row('server', manifest?.server?.type ?? detail.server_type);
  row('starts', manifest && startCommand(manifest));
  // What was not judged could hold anything: then the version has no level.
  const grade = shown?.artifacts.length === certifications.length ? lowest(certifications) : undefined;
  row('certified', grade === undefined ? 'no' : gradeText(grade));
  if (crawled !== undefined) row('index', 'unsigned: nothing proves that this is what was published');
  for (const other of crawled?.elsewhere ?? []) row('runs by', runCommand(other));
  if (shown !== undefined && crawled === undefined) provenanceRows(shown, row);
  if (shown !== undefined && shown.artifacts.length > 0) {
    lines.push('', ...artifactLines(shown, screen, crawled === undefined));
  } else if (crawled !== undefined && crawled.elsewhere.length === 0) {
    lines.push('', 'Its platforms are not known: its details were not asked for.');
  }
  lines.push(...controlLines(certifications, screen));
  if (manifest) lines.push(...toolLines(manifest, screen));
  lines.push(...versionLines(status.versions, screen));
  return lines;
}

/** Text of several lines, none of which can be taken for a row of the page. */
function indented(text: string, screen: Screen): string[] {
  const width = screen.isTTY ? Math.min(screen.columns, READING_WIDTH) : undefined;
  return printable(text)
    .trim()
    .split('\n')
    .flatMap((line) => wrap(line, '  ', width))
    .map((line) => line.trimEnd());
}

function warnings(versions: readonly VersionStatus[], shown: VersionStatus | undefined): string[] {
  if (shown === undefined) {
    const { revoked, yanked } = versions[0] ?? {};
    if (!revoked && yanked) return [`Every version was taken back by its publisher: ${yanked}`];
    return [`Every version is revoked: ${revoked ?? 'unknown reason'}.`];
  }
  const found: string[] = [];
  if (shown.revoked !== null) found.push(`This version is revoked: ${shown.revoked}.`);
  if (shown.yanked !== null) found.push(`Taken back by its publisher: ${shown.yanked}`);
  if (shown.deprecated !== null) {
    const { message, successor } = shown.deprecated;
    found.push(`Deprecated: ${message}${successor === null ? '' : ` Use ${successor} instead.`}`);
  }
  return found;
}

function provenanceRows(shown: VersionStatus, row: (label: string, text: string | undefined) => void): void {
  if (shown.provenance === null) {
    row('published by', 'import by the registry: who built it is not proven');
    return;
  }
  const { repository, sha, claims } = shown.provenance;
  row('published by', `${claims.owner}, from ${repository}`);
  row('commit', `${sha} (${claims.ref})`);
  row('workflow', `${claims.workflow_ref}, run ${claims.run_id}`);
}

function artifactLines(shown: VersionStatus, screen: Screen, isSigned: boolean): string[] {
  const lines = [screen.style('bold', 'Platforms')];
  for (const artifact of shown.artifacts) {
    const { os, arch } = artifact.platform;
    const platform = os === 'any' && arch === 'any' ? 'any' : `${os}-${arch}`;
    const attested = artifact.attested ? 'attested' : 'not attested';
    // Whether it is attested is known there when it is installed.
    const size = artifact.size === 0 ? 'size unknown' : bytes(artifact.size);
    const facts = isSigned ? `${bytes(artifact.size)}, ${attested}` : size;
    const state = STATES[artifact.state];
    const warning = state === undefined ? '' : screen.style('yellow', `, ${state}`);
    lines.push(`  ${platform.padEnd(LABEL_WIDTH - 2)} ${facts}${warning}`);
    lines.push(screen.style('dim', `    sha256:${artifact.sha256}`), `    ${printableLine(artifact.url)}`);
  }
  return lines;
}

function toolLines(manifest: Manifest, screen: Screen): string[] {
  const tools = manifest.tools ?? [];
  if (tools.length === 0) return [];
  const lines = ['', screen.style('bold', `Tools (${tools.length})`)];
  const shown = tools.slice(0, MAX_TOOLS);
  const longest = Math.max(...shown.map(({ name }) => columnsOf(printableLine(name))));
  const width = Math.min(MAX_TOOL_WIDTH, longest);
  for (const tool of shown) {
    const name = `  ${pad(printableLine(tool.name), width)}  `;
    const text = name + printableLine(tool.description ?? '');
    // Cut before it is coloured: a colour that is cut off would never end.
    const cut = screen.isTTY ? truncate(text, screen.columns) : text;
    const description = cut.slice(name.length).trimEnd();
    lines.push(description === '' ? cut.trimEnd() : name + screen.style('dim', description));
  }
  if (tools.length > MAX_TOOLS) lines.push(`  … and ${tools.length - MAX_TOOLS} more`);
  return lines;
}

function versionLines(versions: readonly VersionStatus[], screen: Screen): string[] {
  const lines = ['', screen.style('bold', `Versions (${versions.length})`)];
  for (const version of versions.slice(0, MAX_VERSIONS)) {
    const { prerelease, revoked, yanked, deprecated } = version;
    const state = [
      prerelease && 'prerelease',
      revoked && `revoked: ${revoked}`,
      yanked !== null && 'taken back',
    ];
    const marks = [...state, deprecated && 'deprecated'].filter(Boolean).join(', ');
    const text = `  ${version.version.padEnd(LABEL_WIDTH - 2)}${version.published_at.slice(0, 10)}`;
    lines.push(marks === '' ? text : `${text}  ${marks}`);
  }
  if (versions.length > MAX_VERSIONS) lines.push(`  … and ${versions.length - MAX_VERSIONS} older`);
  return lines;
}

/** The command that the manifest says starts the server. */
function startCommand(manifest: Manifest): string | undefined {
  const config = manifest.server?.mcp_config as { command?: unknown; args?: unknown } | undefined;
  if (typeof config?.command !== 'string') return undefined;
  const args = Array.isArray(config.args) ? config.args.filter((arg) => typeof arg === 'string') : [];
  return [config.command, ...args].join(' ');
}
