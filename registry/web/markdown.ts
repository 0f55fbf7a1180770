/**
 * Markdown of manifests. markdown-it with `html: false` takes no markup of others: what looks like a tag is text. Links
 * lead to http and https alone; images become links, since fetching one would tell a stranger who reads what.
 */
import createMarkdown, { type MarkdownIt } from 'markdown-it';
import { printable } from '../../src/lib/printable.ts';
import { type Html, html, NOTHING, trusted } from './html.ts';
import { AWAY, webUrl } from './links.ts';
import { unstacked } from './text.ts';

/**
 * In UTF-16 code units: what is longer is cut off. Text that is made to be slow takes a parser a tenth of a second at this
 * length, and a second at four times of it.
 */
export const MARKDOWN_LENGTH = 16_384;
/**
 * Cells that its tables may come to: rows that are shorter than the first are filled up, so that a few characters make a
 * hundred cells.
 */
const MOST_CELLS = 5_000;
/** The line between a table's head and its body, wherever it stands. */
const DELIMITERS = /^[>\s\d.*+]*[|:-][|:\s-]*$/;
/** Headings of a text stand below those of the page: h2 is its section. */
const HEADING_STEP = 2;
const DEEPEST_HEADING = 6;

function parser(): MarkdownIt {
  const markdown = createMarkdown('default', {
    html: false,
    linkify: false,
    typographer: false,
    maxNesting: 20,
  });
  markdown.validateLink = (url) => webUrl(url) !== null;
  markdown.normalizeLink = (url) => webUrl(url) ?? url;
  const { rules } = markdown.renderer;
  rules.link_open = (tokens, index) =>
    html`<a href="${tokens[index]?.attrGet('href') ?? ''}" rel="${AWAY}">`.markup;
  // Inside a link it cannot be one.
  rules.image = (tokens, index) => {
    const token = tokens[index];
    const words = token?.content.trim() || 'image';
    const isLinked = tokens.findLast(({ type }, at) => at < index && isLinkEdge(type))?.type === 'link_open';
    const src = webUrl(token?.attrGet('src'));
    if (isLinked || src === null) return html`${words}`.markup;
    return html`<a href="${src}" rel="${AWAY}">${words} (image)</a>`.markup;
  };
  rules.heading_open = (tokens, index) => `<${lowered(tokens[index]?.tag)}>`;
  rules.heading_close = (tokens, index) => `</${lowered(tokens[index]?.tag)}>\n`;
  rules.table_open = () => '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>\n';
  rules.table_close = () => '</table></div>\n';
  // Alignment would come as a style attribute, and the language of code as a class.
  for (const name of ['th', 'td'] as const) rules[`${name}_open`] = () => `<${name}>`;
  rules.fence = (tokens, index) => codeBlock(tokens[index]?.content);
  rules.code_block = rules.fence;
  return markdown;
}

function isLinkEdge(type: string): boolean {
  return type === 'link_open' || type === 'link_close';
}

function lowered(tag = 'h1'): string {
  return `h${Math.min(DEEPEST_HEADING, Number(tag.slice(1)) + HEADING_STEP)}`;
}

function codeBlock(text = ''): string {
  return html`<pre tabindex="0"><code>${text}</code></pre>`.markup;
}

let made: MarkdownIt | undefined;

/** @returns nothing for what is no text */
export function markdownOf(text: unknown): Html {
  if (typeof text !== 'string' || text.trim() === '') return NOTHING;
  made ??= parser();
  // Tabs are controls to a terminal, and indent code here.
  const lines = text.slice(0, MARKDOWN_LENGTH).replace(/\r\n?/g, '\n').replaceAll('\t', '    ');
  const shown = unstacked(printable(lines));
  made[mostCells(shown) > MOST_CELLS ? 'disable' : 'enable']('table');
  return trusted(made.render(shown));
}

/** As many cells as its tables could have, or more. */
function mostCells(text: string): number {
  const lines = text.split('\n');
  const columns = lines.map((line) => (DELIMITERS.test(line) ? line.split('|').length : 0));
  return lines.length * columns.reduce((most, each) => Math.max(most, each), 0);
}
