/** Where a version runs, and what other versions there are. */
import { bytes, grouped } from '../../src/cli/format.ts';
import type { Artifact } from '../../src/lib/index/read-artifact.ts';
import type { VersionRow } from '../../src/lib/index/read-version.ts';
import { type Html, html, NOTHING, type Part } from './html.ts';
import { linkAway, packagePath } from './links.ts';
import { levelChip } from './marks.ts';
import type { Section } from './package-page.ts';
import { isOffered, type PackageView, platformName } from './package-view.ts';
import { day, foreign, TEXT_LIMITS } from './text.ts';

/** Further ones are counted, and in the JSON. */
const MOST_VERSIONS = 50;

const STATES = { gone: 'no longer available', changed: 'no longer what was published' } as const;

export function platformsSection(view: PackageView): Section {
  const isHandedOut = isOffered(view);
  return {
    id: 'platforms',
    title: 'Platforms',
    body: html`<div class="scroll fold"><table><thead><tr><th scope="col">Platform</th><th scope="col">File</th><th scope="col" class="number">Size</th><th scope="col">Level</th></tr></thead>
<tbody>${view.artifacts.map((artifact) => platformRow(artifact, isHandedOut))}</tbody></table></div>`,
  };
}

function platformRow(
  { platform, filename, size, url, certification_level, state }: Artifact,
  isHandedOut: boolean,
): Html {
  const file = foreign(filename, TEXT_LIMITS.label);
  return html`<tr><th scope="row" class="plain">${platformName(platform)}</th>
<td data-label="File">${isHandedOut && state === 'available' ? linkAway(url, file) : file}${
    state === 'available' ? NOTHING : html` <span class="chip warn">${STATES[state]}</span>`
  }</td>
<td class="number" data-label="Size">${size === 0 ? 'not known' : bytes(size)}</td>
<td data-label="Level">${levelChip(certification_level)}</td></tr>
`;
}

export function versionsSection({ name, version, versions }: PackageView): Section {
  const shown = versions.slice(0, MOST_VERSIONS);
  const rest = versions.length - shown.length;
  return {
    id: 'versions',
    title: `Versions (${grouped(versions.length)})`,
    body: html`<div class="scroll fold"><table><thead><tr><th scope="col">Version</th><th scope="col">Published</th><th scope="col" class="number">Downloads</th><th scope="col">State</th></tr></thead>
<tbody>${shown.map((each) => versionRow(name, each, each.id === version.id))}</tbody></table></div>
${rest === 0 ? NOTHING : html`<p class="small soft">${grouped(rest)} older in <a href="/v1/bundles/${name}/versions">the JSON</a>.</p>`}`,
  };
}

function versionRow(name: string, version: VersionRow, isShown: boolean): Html {
  const here = html`<a href="${packagePath(name, version.version)}">${version.version}</a>`;
  return html`<tr><th scope="row" class="mono">${here}${isShown ? html` <span class="soft">(this one)</span>` : NOTHING}</th>
<td class="plain" data-label="Published">${day(version.published_at)}</td>
<td class="number" data-label="Downloads">${grouped(version.downloads)}</td>
<td>${stateOf(version)}</td></tr>
`;
}

function stateOf({ revoked, yanked, prerelease }: VersionRow): Part {
  if (revoked !== null) return html`<span class="chip bad">Revoked: ${revoked}</span>`;
  if (yanked !== null) return html`<span class="chip warn">Taken back</span>`;
  return prerelease === 1 ? html`<span class="chip">Prerelease</span>` : NOTHING;
}
