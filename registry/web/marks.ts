/** Small signs: a letter instead of an icon, which would come from elsewhere, and the level of a package. */
import { levelName } from '../../src/lib/index/read-certification.ts';
import { type Html, html } from './html.ts';

const COLOURS = 8;

/** @param size `large` on the page of the package */
export function letterMark(name: string, size: '' | 'large' = ''): Html {
  const base = name.slice(name.indexOf('/') + 1);
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.charCodeAt(0)) % 65_521;
  return html`<span class="mark ${size} mark-${sum % COLOURS}" aria-hidden="true">${base.slice(0, 1)}</span>`;
}

export function levelChip(level: number | null): Html {
  if (level === null) return html`<span class="chip">Not certified</span>`;
  const words = `L${level} ${levelName(level)}`;
  if (level === 0) return html`<span class="chip warn">${words}</span>`;
  return html`<span class="chip good">${words}</span>`;
}
