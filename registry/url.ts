/** URLs that an operator configures. */
import { MpakError } from '../src/lib/errors.ts';

/** The URL without a slash at its end. @throws MpakError USAGE when it is no http or https URL */
export function parseHttpUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new MpakError('USAGE', `${JSON.stringify(text)} is not an http or https URL.`, {
      hint: 'Such as https://registry.example.com',
    });
  }
  return text.replace(/\/+$/, '');
}
