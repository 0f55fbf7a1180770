/** What all pages have in common: head, navigation, foot, and the headers that keep a page to itself. */
import type { Answer } from '../http.ts';
import { SHORT_CACHE } from '../routes/parameters.ts';
import { ASSETS, LOGO_PATHS } from './assets.ts';
import { type Html, html, type Part, trusted } from './html.ts';

/**
 * Nothing runs and nothing is loaded but what the registry itself serves as a file: connect-src is for results as one
 * types.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

export const PAGE_HEADERS = {
  ...SHORT_CACHE,
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** Which registry shows the page. */
export interface Place {
  /** Name of the log. */
  readonly origin: string;
  /** Where readers reach it, without a slash at its end. */
  readonly publicUrl: string;
}

export interface Page {
  readonly title: string;
  /** For search engines and previews: a sentence. */
  readonly description: string;
  /** Of the page, as it is to be linked; undefined for what is not. */
  readonly path?: string;
  readonly section?: 'search' | 'log' | 'api';
  readonly status?: number;
  readonly body: Part;
}

const LOGO = trusted(`<svg viewBox="0 0 24 24" aria-hidden="true">${LOGO_PATHS}</svg>`);

export function showPage(place: Place, page: Page): Answer {
  return {
    status: page.status ?? 200,
    headers: PAGE_HEADERS,
    body: `<!doctype html>\n${below(pathOf(place), frame(place, page).markup)}\n`,
  };
}

/** Of the public URL: `/mpak` where a proxy serves the registry below a path, and takes that path away. */
export function pathOf({ publicUrl }: Pick<Place, 'publicUrl'>): string {
  return new URL(publicUrl).pathname.replace(/\/$/, '');
}

/** Links within the registry begin with a slash. In double quotes there is markup of our own: those of texts are escaped. */
function below(path: string, markup: string): string {
  return path === ''
    ? markup
    : markup.replace(/ (href|src|action)="\/(?!\/)/g, (found) => `${found}${path.slice(1)}/`);
}

function frame(place: Place, { title, description, path, section, body }: Page): Html {
  return html`<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="${description}">
<meta name="color-scheme" content="light dark">
${path === undefined ? html`<meta name="robots" content="noindex">` : socialTags(place, { title, description, path })}
<link rel="icon" href="${ASSETS.icon}" type="image/svg+xml">
<link rel="stylesheet" href="${ASSETS.style}">
<script src="${ASSETS.script}" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top"><div class="wrap">
<a class="brand" href="/">${LOGO} mpak <small>${place.origin}</small></a>
<nav aria-label="Main"><ul>
${navigation('/', 'Search', section === 'search')}
${navigation('/log', 'Log', section === 'log')}
${navigation('/api', 'API', section === 'api')}
</ul></nav>
</div></header>
<main id="content"><div class="wrap">
${body}
</div></main>
<div id="announce" class="unseen" role="status"></div>
<footer class="foot"><div class="wrap">
<span>A registry of MCP server bundles. Every package is an entry of its <a href="/log">signed log</a>.</span>
</div></footer>
</body>
</html>`;
}

function navigation(path: string, words: string, isHere: boolean): Html {
  return isHere
    ? html`<li><a href="${path}" aria-current="page">${words}</a></li>`
    : html`<li><a href="${path}">${words}</a></li>`;
}

/** Open Graph and Twitter cards, with words alone: no image comes from elsewhere. */
function socialTags(
  { origin, publicUrl }: Place,
  { title, description, path }: { title: string; description: string; path: string },
): Html {
  const url = publicUrl + path;
  return html`<link rel="canonical" href="${url}">
<meta property="og:type" content="website">
<meta property="og:site_name" content="${origin}">
<meta property="og:title" content="${title}">
<meta property="og:description" content="${description}">
<meta property="og:url" content="${url}">
<meta name="twitter:card" content="summary">
<meta name="twitter:title" content="${title}">
<meta name="twitter:description" content="${description}">`;
}
