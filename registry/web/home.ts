/** GET /: search, and what it found. With no words it lists what is downloaded most. */
import type Database from 'better-sqlite3';
import { grouped, plural } from '../../src/cli/format.ts';
import type { Bundle, BundlePage } from '../../src/lib/index/bundle-types.ts';
import { ARCHITECTURES, OPERATING_SYSTEMS, SERVER_TYPES } from '../../src/lib/index/bundle-types.ts';
import { levelName } from '../../src/lib/index/read-certification.ts';
import { searchBundles } from '../../src/lib/index/search.ts';
import { longDeprecated } from '../../src/lib/index/search-filter.ts';
import { printableLine } from '../../src/lib/printable.ts';
import { searchQuery } from '../routes/bundle-query.ts';
import type { RegistryHandler } from '../services.ts';
import { type Html, html, NOTHING, type Part } from './html.ts';
import { showPage } from './layout.ts';
import { packagePath } from './links.ts';
import { letterMark, levelChip } from './marks.ts';
import { day, foreign, lineOf, TEXT_LIMITS } from './text.ts';

export const showHome: RegistryHandler = ({ query }, { db, now, origin, publicUrl }) => {
  const wanted = searchQuery(query);
  const page = searchBundles(db, { ...wanted, ...longDeprecated(now()) });
  // What is not seen is not searched for either.
  const q = printableLine(wanted.q ?? '');
  return showPage(
    { origin, publicUrl },
    {
      title:
        q === ''
          ? `MCP servers \u00b7 ${origin}`
          : `${lineOf(q, TEXT_LIMITS.label)} \u00b7 search \u00b7 ${origin}`,
      description: 'Find MCP server bundles, see who built them and how, and install them.',
      ...(q === '' && page.pagination.offset === 0 ? { path: '/' } : {}),
      section: 'search',
      body: [hero(query, q), searchForm(query), html`<div id="results">${results(db, page, query, q)}</div>`],
    },
  );
};

function hero(query: URLSearchParams, q: string): Part {
  if (q !== '' || query.size > 0) return html`<div class="hero compact"><h1>Search</h1></div>`;
  return html`<div class="hero"><h1>Find an MCP server</h1>
<p>Every package is an entry of a signed log that only grows. Its page says who built it, from which commit, and what a scan found in it; or that nothing proves it.</p></div>`;
}

/** Without words: most downloaded first. */
const ORDERS = [
  ['', 'Best match'],
  ['downloads', 'Most downloaded'],
  ['recent', 'Newest'],
  ['name', 'Name'],
] as const;

/** Shown where one is chosen already, so that it can be seen and taken back. */
const ANY_SYSTEM = [['', 'Any'], ...OPERATING_SYSTEMS.map((os) => [os, os] as const)] as const;
const ANY_PROCESSOR = [['', 'Any'], ...ARCHITECTURES.map((arch) => [arch, arch] as const)] as const;

export function searchForm(query: URLSearchParams): Html {
  const kinds = [['', 'Any'], ...SERVER_TYPES.map((type) => [type, type] as const)] as const;
  const levels = [
    ['', 'Any'],
    ...[1, 2, 3, 4].map((level) => [String(level), `L${level} ${levelName(level)} or above`] as const),
  ] as const;
  return html`<form class="search" action="/" method="get" role="search">
<div class="field"><label class="unseen" for="q">Search packages</label>
<input id="q" name="q" type="search" value="${query.get('q') ?? ''}" placeholder="postgres, browser automation, pdf&hellip;" autocomplete="off" spellcheck="false" maxlength="1024">
<button>Search</button></div>
<div class="filters">
${choice('type', 'Server', kinds, query)}
${choice('certified', 'Certified', levels, query)}
${choice('sort', 'Order', ORDERS, query)}
${query.get('os') ? choice('os', 'System', ANY_SYSTEM, query) : NOTHING}
${query.get('arch') ? choice('arch', 'Processor', ANY_PROCESSOR, query) : NOTHING}
${query.get('limit') ? html`<input type="hidden" name="limit" value="${query.get('limit')}">` : NOTHING}
</div>
</form>`;
}

function choice(
  name: string,
  label: string,
  options: readonly (readonly [value: string, words: string])[],
  query: URLSearchParams,
): Html {
  const chosen = query.get(name) ?? '';
  const written = options.map(([value, words]) =>
    value === chosen
      ? html`<option value="${value}" selected>${words}</option>`
      : html`<option value="${value}">${words}</option>`,
  );
  return html`<label>${label} <select name="${name}">${written}</select></label>`;
}

function results(db: Database.Database, page: BundlePage, query: URLSearchParams, q: string): Part {
  const { bundles, total, pagination } = page;
  const deprecated = deprecatedOf(db, bundles);
  const words = lineOf(q, TEXT_LIMITS.label);
  if (total === 0) {
    return html`<p class="count">${q === '' ? 'No package fits.' : `No package fits \u201c${words}\u201d.`}</p>
<div class="empty"><p>Try fewer or other words, or take a filter away.</p></div>`;
  }
  if (bundles.length === 0) {
    const start = new URLSearchParams(query);
    start.delete('offset');
    return html`<p class="count">${plural(total, 'package')}, none behind the first ${grouped(pagination.offset)}.</p>
<div class="empty"><a class="button" href="${searchPath(start)}">From the first on</a></div>`;
  }
  const first = pagination.offset + 1;
  const range =
    total > bundles.length ? `, ${grouped(first)} to ${grouped(first + bundles.length - 1)} shown` : '';
  return [
    html`<p class="count">${plural(total, 'package')}${q === '' ? '' : ` for \u201c${words}\u201d`}${range}</p>
<ul class="hits">
${bundles.map((bundle) => hit(bundle, deprecated.has(bundle.name)))}
</ul>`,
    pages(page, query),
  ];
}

/** The names of those whose latest version is advised against. */
function deprecatedOf(db: Database.Database, bundles: readonly Bundle[]): ReadonlySet<string> {
  const names = db
    .prepare<[string], string>(
      `SELECT name FROM packages
       WHERE name IN (SELECT value FROM json_each(?)) AND deprecated_at IS NOT NULL`,
    )
    .pluck()
    .all(JSON.stringify(bundles.map(({ name }) => name)));
  return new Set(names);
}

function hit(bundle: Bundle, isDeprecated: boolean): Html {
  const { name, display_name, description, latest_version, server_type, tools, downloads } = bundle;
  return html`<li>${letterMark(name)}
<h2><a href="${packagePath(name)}">${name}</a><span class="version">${latest_version}</span></h2>
<p class="what">${foreign(description ?? display_name ?? '')}</p>
<div class="facts">${isDeprecated ? html`<span class="chip warn">Deprecated</span>` : NOTHING}${bundle.certification_level === null ? NOTHING : levelChip(bundle.certification_level)}${
    bundle.verified
      ? html`<span class="chip good">Verified publisher</span>`
      : html`<span class="chip">Publisher not verified</span>`
  }${server_type === null ? NOTHING : html`<span>${lineOf(server_type, 32)}</span>`}${
    tools.length === 0 ? NOTHING : html`<span>${plural(tools.length, 'tool')}</span>`
  }${downloads === 0 ? NOTHING : html`<span>${plural(downloads, 'download')}</span>`}<span>${day(bundle.published_at)}</span></div></li>
`;
}

function searchPath(query: URLSearchParams): string {
  return query.size === 0 ? '/' : `/?${query}`;
}

function pages({ pagination }: BundlePage, query: URLSearchParams): Part {
  const { limit, offset, has_more } = pagination;
  if (offset === 0 && !has_more) return NOTHING;
  const at = (wanted: number) => {
    const next = new URLSearchParams(query);
    if (wanted > 0) next.set('offset', String(wanted));
    else next.delete('offset');
    return searchPath(next);
  };
  return html`<nav class="pages" aria-label="Pages of results">
${offset > 0 ? html`<a class="button" rel="prev" href="${at(Math.max(0, offset - limit))}">Back</a>` : NOTHING}
${has_more ? html`<a class="button" rel="next" href="${at(offset + limit)}">More</a>` : NOTHING}
</nav>`;
}
