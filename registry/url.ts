/** URLs and hosts that an operator configures. */
import { MpakError } from '../src/lib/errors.ts';

/**
 * The URL without a slash at its end.
 * @throws MpakError USAGE when it is no http or https URL, or has a password: pages and the description of the interface
 *   show where the registry is
 */
export function parseHttpUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new MpakError('USAGE', `${JSON.stringify(text)} is not an http or https URL.`, {
      hint: 'Such as https://registry.example.com',
    });
  }
  if (url.username !== '' || url.password !== '') {
    throw new MpakError('USAGE', 'A URL has no name or password before its host.', {
      hint: `Leave it out: ${url.protocol}//${url.host}`,
    });
  }
  return text.replace(/\/+$/, '');
}

/** `host` or `host:port`, as `URL.host` spells it. @throws MpakError USAGE when it is neither */
export function parseHost(text: string): string {
  const url = URL.parse(`https://${text}`);
  const isHost = url !== null && url.href === `https://${url.host}/` && !text.includes('/');
  if (isHost) return url.host;
  throw new MpakError('USAGE', `${JSON.stringify(text)} is not a host.`, {
    hint: 'Such as assets.example.com, or assets.example.com:8443',
  });
}
