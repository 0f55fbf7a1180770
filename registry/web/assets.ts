/** Files that the pages load from the registry itself. Their names hold a hash of what they are: they are kept for good. */
import { hash } from 'node:crypto';
import { HttpError } from '../http.ts';
import type { RegistryHandler } from '../services.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

/** Two links of a chain, one of them closed. */
export const LOGO_PATHS =
  '<path d="M10 7H7a5 5 0 0 0 0 10h3M14 7h3a5 5 0 0 1 0 10h-3" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round"/><path d="M8.5 12h7" stroke="currentColor" stroke-width="2.4" stroke-linecap="round"/>';

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" color="#0a7a64">${LOGO_PATHS}</svg>\n`;

interface Asset {
  readonly name: string;
  readonly type: string;
  readonly text: string;
}

function asset(base: string, extension: string, type: string, text: string): Asset {
  return { name: `${base}-${hash('sha256', text, 'hex').slice(0, 12)}.${extension}`, type, text };
}

const style = asset('style', 'css', 'text/css; charset=utf-8', STYLE);
const script = asset('script', 'js', 'text/javascript; charset=utf-8', SCRIPT);
const icon = asset('icon', 'svg', 'image/svg+xml; charset=utf-8', ICON);

export const ASSETS = {
  style: `/assets/${style.name}`,
  script: `/assets/${script.name}`,
  icon: `/assets/${icon.name}`,
} as const;

const BY_NAME = new Map([style, script, icon].map((each) => [each.name, each]));

export const showAsset: RegistryHandler = ({ params }) => {
  const found = BY_NAME.get(params.file ?? '');
  if (found === undefined) throw new HttpError(404, 'NOT_FOUND', 'There is no such file.');
  return {
    status: 200,
    headers: {
      'content-type': found.type,
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': "default-src 'none'; sandbox",
    },
    body: found.text,
  };
};
