/** GET /v1/bundles/@s/n/badge.svg: a flat badge for a README. The certification level when there is one, else the version. */
import { levelName } from '../../src/lib/index/read-certification.ts';
import type { Handler } from '../http.ts';
import { packageParameter } from './parameters.ts';
import { livePackage } from './published.ts';

export const badge: Handler = (request, { db }) => {
  const row = livePackage(db, packageParameter(request));
  const level = row.certification_level ?? 0;
  const body =
    level > 0
      ? renderBadge('mpak', `L${level} ${levelName(level)}`, level >= 3 ? '#2e7d32' : '#4b8b1d')
      : renderBadge('mpak', `v${row.latest_version}`, '#0969a8');
  return {
    status: 200,
    headers: {
      'content-type': 'image/svg+xml; charset=utf-8',
      'cache-control': 'public, max-age=300',
      // An SVG that is opened by itself is a document: it has nothing to load and nothing to run.
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    },
    body,
  };
};

const HEIGHT = 20;
/** Left and right of a text, in pixels. */
const PADDING = 6;
/** Longest text that is shown, in characters: a version may have 256. */
const MAX_LENGTH = 40;

/** Two fields side by side, as wide as their texts. */
export function renderBadge(label: string, message: string, color: string): string {
  const left = field(label);
  const right = field(message);
  const width = left.width + right.width;
  const title = `${escapeXml(label)}: ${escapeXml(message)}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" role="img" aria-label="${title}">
<title>${title}</title>
<clipPath id="r"><rect width="${width}" height="${HEIGHT}" rx="3"/></clipPath>
<g clip-path="url(#r)">
<rect width="${left.width}" height="${HEIGHT}" fill="#444"/>
<rect x="${left.width}" width="${right.width}" height="${HEIGHT}" fill="${color}"/>
</g>
<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">
${left.text(0)}
${right.text(left.width)}
</g>
</svg>
`;
}

function field(full: string): { width: number; text: (x: number) => string } {
  const characters = [...full];
  const shown =
    characters.length > MAX_LENGTH ? `${characters.slice(0, MAX_LENGTH - 1).join('')}…` : characters.join('');
  const length = Math.ceil([...shown].reduce((sum, character) => sum + widthOf(character), 0));
  return {
    width: length + 2 * PADDING,
    // textLength: whatever font is at hand, the text fills its field and no more.
    text: (x) => `<text x="${x + PADDING}" y="14" textLength="${length}">${escapeXml(shown)}</text>`,
  };
}

/** About what Verdana takes at 11 pixels. */
function widthOf(character: string): number {
  if (/[iljI.,:;'|! ]/.test(character)) return 3.9;
  if (/[frt()[\]\-/]/.test(character)) return 4.7;
  if (/[mwMW@%…]/.test(character)) return 10;
  if (/[A-Z]/.test(character)) return 7.7;
  return 7;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
