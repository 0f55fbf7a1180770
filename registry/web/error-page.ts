/** A failure as a page, for who asked for one: what happened, and a search to go on with. */
import type { Answer, HttpError } from '../http.ts';
import { searchForm } from './home.ts';
import { html } from './html.ts';
import { type Place, showPage } from './layout.ts';
import { foreign, lineOf } from './text.ts';

const TITLES: Readonly<Record<number, string>> = {
  400: 'That cannot be asked',
  404: 'Not found',
  405: 'That cannot be asked',
  410: 'Gone',
  414: 'That address is too long',
  429: 'Too many requests',
};

export function errorPage(place: Place, { status, message, headers }: HttpError): Answer {
  const title = TITLES[status] ?? 'Something went wrong';
  const page = showPage(place, {
    title: `${title} \u00b7 ${place.origin}`,
    description: lineOf(message),
    status,
    body: html`<div class="hero"><h1>${title}</h1><p>${foreign(message)}</p></div>
${searchForm(new URLSearchParams())}`,
  });
  return { ...page, headers: { ...page.headers, 'cache-control': 'no-store', ...headers } };
}
