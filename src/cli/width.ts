/** How many columns a terminal needs for a text. */
import stringWidth from 'string-width';

/** Most text is plain ASCII, for which nothing has to be looked up: not even the tables of Unicode loaded. */
export function columnsOf(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text);
}
