/** GET /@scope/name and /@scope/name/versions/V: what a package does, who built it, and how to install it. */
import { grouped, plural } from '../../src/cli/format.ts';
import { packageParameter } from '../routes/parameters.ts';
import type { RegistryHandler } from '../services.ts';
import { certificationSection } from './certification-section.ts';
import { chainSection } from './chain-section.ts';
import { type Html, html, NOTHING, type Part } from './html.ts';
import { clientsCard, installCard } from './install-cards.ts';
import { type Place, showPage } from './layout.ts';
import { addressLink, packagePath } from './links.ts';
import { MARKDOWN_LENGTH, markdownOf } from './markdown.ts';
import { letterMark, levelChip } from './marks.ts';
import { isAttested, isOffered, type PackageView, packageView } from './package-view.ts';
import { permissionsSection } from './permissions-section.ts';
import { day, foreign, lineOf, paragraphOf, TEXT_LIMITS } from './text.ts';
import { toolsSection } from './tools-section.ts';
import { platformsSection, versionsSection } from './versions-sections.ts';

/** A page's section, and what the page's index calls it. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Part;
}

export const showPackage: RegistryHandler = (request, { db, origin, publicUrl }) => {
  const name = packageParameter(request);
  const view = packageView(db, name, request.params.version);
  return packagePage(view, { origin, publicUrl });
};

function packagePage(view: PackageView, place: Place) {
  const { name, version, isPinned, manifest } = view;
  const sections = [
    aboutSection(view),
    toolsSection(view),
    permissionsSection(view),
    chainSection(view),
    certificationSection(view),
    platformsSection(view),
    versionsSection(view),
  ].filter((section) => section !== undefined);
  const summary = lineOf(manifest.description) || `An MCP server of ${place.origin}.`;
  return showPage(place, {
    title: `${isOffered(view) ? '' : 'Revoked: '}${name}${isPinned ? `@${version.version}` : ''} \u00b7 ${place.origin}`,
    description: isOffered(view) ? summary : `Revoked: ${version.revoked}. ${summary}`,
    path: packagePath(name, isPinned ? version.version : undefined),
    // As the API answers: it was there, and is not handed out any more.
    status: isOffered(view) ? 200 : 410,
    body: html`${head(view)}
${notices(view)}
<nav class="index" aria-label="On this page"><ul class="facts">
${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
</ul></nav>
<div class="split">
<div class="first">${installCard(view)}</div>
<div class="stack">
${sections.map(sectionOf)}
</div>
<aside aria-label="Clients and facts">
${clientsCard(view)}
${factsCard(view)}
</aside>
</div>`,
  });
}

function sectionOf({ id, title, body }: Section): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${body}</section>
`;
}

function head(view: PackageView): Html {
  const { name, version, manifest, level, provenance, isLatest, isPinned, versions } = view;
  const title = lineOf(manifest.display_name, TEXT_LIMITS.label);
  const lead = paragraphOf(manifest.description);
  return html`<div class="head">${letterMark(name, 'large')}
<div><h1><bdi>${title || name}</bdi></h1>
<p class="ident">${name}@${version.version}</p></div>
${lead === '' ? NOTHING : html`<p class="lead"><bdi>${lead}</bdi></p>`}
<div class="facts">${levelChip(level)}${
    provenance === null
      ? html`<span class="chip warn">Publisher not verified</span>`
      : html`<span class="chip good">Verified publisher</span>`
  }${
    isAttested(view)
      ? html`<span class="chip good">Attested</span>`
      : html`<span class="chip warn">Not attested</span>`
  }${isLatest || !isPinned ? NOTHING : html`<a class="chip" href="${packagePath(name)}">Not the latest of ${plural(versions.length, 'version')}</a>`}</div>
</div>`;
}

function notices({ name, version, revocation, deprecation }: PackageView): Part {
  const found: Html[] = [];
  if (version.revoked !== null) {
    const since = revocation === undefined ? NOTHING : html` since ${day(revocation.at)}`;
    found.push(html`<div class="notice bad" role="note"><strong>Revoked: ${version.revoked}</strong>
This version is revoked for good${since}. It is not handed out, and mpak does not run it.</div>`);
  }
  if (version.yanked !== null) {
    found.push(html`<div class="notice warn" role="note"><strong>Taken back by its publisher</strong>
${foreign(version.yanked)}</div>`);
  }
  if (deprecation !== undefined) {
    const { message, successor, by_publisher, at } = deprecation;
    found.push(html`<div class="notice warn" role="note"><strong>Deprecated by ${
      by_publisher ? 'its publisher' : 'the registry'
    } on ${day(at)}</strong>
${foreign(message)}${
  successor === null ? NOTHING : html` Use <a href="${packagePath(successor)}">${successor}</a> instead.`
}</div>`);
  }
  if (version.prerelease === 1) {
    found.push(
      html`<p class="notice warn" role="note">A prerelease: <code>${name}</code> alone means a release.</p>`,
    );
  }
  return found;
}

function aboutSection({ json, name, version }: PackageView): Section | undefined {
  const about = markdownOf(json.long_description);
  if (about === NOTHING) return undefined;
  const isCut = (json.long_description as string).length > MARKDOWN_LENGTH;
  const rest = html`<p class="small soft">The text goes on in <a href="/v1/bundles/${name}/versions/${encodeURIComponent(version.version)}">the manifest</a>.</p>`;
  return {
    id: 'about',
    title: 'About',
    body: [html`<div class="prose">${about}</div>`, isCut ? rest : NOTHING],
  };
}

function factsCard({ manifest, version, downloads, release, provenance }: PackageView): Html {
  const row = (label: string, value: Part) => html`<dt>${label}</dt><dd>${value}</dd>
`;
  const author = lineOf(manifest.author?.name, TEXT_LIMITS.label);
  const license = lineOf(manifest.license, TEXT_LIMITS.label);
  const type = lineOf(manifest.server?.type, 32);
  const repository = provenance?.repository;
  return html`<section class="card" aria-labelledby="facts-title"><h2 id="facts-title">Facts</h2>
<dl class="rows">
${row('Published', day(version.published_at))}
${type === '' ? NOTHING : row('Server', type)}
${author === '' ? NOTHING : row('Author', html`<bdi>${author}</bdi>`)}
${license === '' ? NOTHING : row('License', html`<bdi>${license}</bdi>`)}
${manifest.homepage ? row('Homepage', addressLink(manifest.homepage)) : NOTHING}
${repository === undefined ? NOTHING : row('Source', addressLink(`https://github.com/${repository}`))}
${release?.url === undefined ? NOTHING : row('Release', addressLink(release.url))}
${row('Downloads', grouped(downloads))}
</dl></section>`;
}
