/**
 * HTML out of templates that escape: what is put into one is text, unless it came out of one itself. Nothing else makes
 * an Html, but for `trusted`, whose callers are few.
 */

/** Markup that may stand in a page as it is. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

/** What a template takes: nothing is written for what is not there. */
export type Part = Html | string | number | null | undefined | false | readonly Part[];

/** For element content and for attribute values in double quotes; nowhere else is anything put. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let markup = strings[0] as string;
  for (let index = 0; index < parts.length; index += 1) {
    markup += written(parts[index]) + (strings[index + 1] as string);
  }
  return new Html(markup);
}

/** @param markup of our own, or of a library that lets no foreign markup through */
export function trusted(markup: string): Html {
  return new Html(markup);
}

export const NOTHING: Html = new Html('');

function written(part: Part): string {
  if (part instanceof Html) return part.markup;
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  if (Array.isArray(part)) {
    let markup = '';
    for (const each of part) markup += written(each);
    return markup;
  }
  return '';
}

const SPECIAL = /[&<>"'`]/;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

export function escapeHtml(text: string): string {
  return SPECIAL.test(text) ? text.replace(/[&<>"'`]/g, (character) => ENTITIES[character] as string) : text;
}
