/** Links that lead away from the registry: http and https alone, and nobody is told where the reader came from. */
import { type Html, html, type Part } from './html.ts';
import { lineOf } from './text.ts';

export const AWAY = 'nofollow noopener noreferrer ugc';

const MAX_URL_LENGTH = 2_048;

/**
 * The URL as a parser writes it: ASCII, so that a host that looks like another one is seen. Null for any other kind, and for
 * one with a name before its host, which reads like the host.
 */
export function webUrl(text: unknown): string | null {
  if (typeof text !== 'string' || text.length > MAX_URL_LENGTH) return null;
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return null;
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
}

/** A link, or only its words where there is nothing to link to. */
export function linkAway(url: unknown, words: Part): Html {
  const href = webUrl(url);
  return href === null ? html`<span>${words}</span>` : html`<a href="${href}" rel="${AWAY}">${words}</a>`;
}

/** Said by where it leads. */
export function addressLink(url: unknown): Html {
  const href = webUrl(url);
  if (href === null) return html`<bdi>${lineOf(url)}</bdi>`;
  return linkAway(href, html`<bdi>${lineOf(href.replace(/^https?:\/\//, '').replace(/\/$/, ''), 80)}</bdi>`);
}

/** `/@scope/name`; both parts are plain by the form of names. */
export function packagePath(name: string, version?: string): string {
  return version === undefined ? `/${name}` : `/${name}/versions/${encodeURIComponent(version)}`;
}

const GITHUB = 'https://github.com';
/** As GitHub has them: what is anything else is not linked. */
const REPOSITORY = /^[A-Za-z0-9][\w-]{0,99}\/(?!\.{1,2}$)[\w.-]{1,100}$/;

export function repositoryUrl(repository: string): string | null {
  return REPOSITORY.test(repository) ? `${GITHUB}/${repository}` : null;
}

export function commitUrl(repository: string, sha: string): string | null {
  const base = repositoryUrl(repository);
  return base === null || !/^[0-9a-f]{7,64}$/.test(sha) ? null : `${base}/commit/${sha}`;
}

export function runUrl(repository: string, run: string): string | null {
  const base = repositoryUrl(repository);
  return base === null || !/^\d{1,20}$/.test(run) ? null : `${base}/actions/runs/${run}`;
}
