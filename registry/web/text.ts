/**
 * Texts of manifests on a page: without what is not seen or reorders what stands beside it, cut where they are endless,
 * and set apart, so that a right-to-left name does not turn the line around it.
 */
import { printable, printableLine } from '../../src/lib/printable.ts';
import { type Html, html } from './html.ts';

/** Signs that are put on one letter: more of them would stand on the lines above and below. */
const STACKED = /(\p{M}{4})\p{M}+/gu;

export function unstacked(text: string): string {
  return text.replace(STACKED, '$1');
}

/** In UTF-16 code units. Nobody reads more of them on a page; the JSON has all. */
export const TEXT_LIMITS = { label: 120, line: 400, paragraph: 4_000 } as const;

/** On one line, white space folded. */
export function lineOf(text: unknown, most: number = TEXT_LIMITS.line): string {
  if (typeof text !== 'string') return '';
  // What is cut off need not be looked through: a text may have a megabyte.
  return cut(unstacked(printableLine(text.slice(0, most * 4))), most);
}

/** With its line breaks. */
export function paragraphOf(text: unknown): string {
  if (typeof text !== 'string') return '';
  const { paragraph } = TEXT_LIMITS;
  return cut(unstacked(printable(text.slice(0, paragraph * 4)).trim()), paragraph);
}

/** A foreign text inside a line. */
export function foreign(text: unknown, most: number = TEXT_LIMITS.line): Html {
  return html`<bdi>${lineOf(text, most)}</bdi>`;
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const shown = text.slice(0, most - 1);
  // Not between the halves of one character.
  return `${shown.replace(/[\ud800-\udbff]$/, '').trimEnd()}\u2026`;
}

/** `2026-05-01`, of an ISO 8601 time. */
export function day(at: string): Html {
  return html`<time datetime="${at}">${at.slice(0, 10)}</time>`;
}

/** `2026-05-01 12:00 UTC` */
export function moment(at: string): Html {
  return html`<time datetime="${at}">${at.slice(0, 10)} ${at.slice(11, 16)} UTC</time>`;
}
