/** Private keys in PEM (RFC 7468) and OpenSSH's and PGP's likes of it, also as a text within code or JSON. */
import type { FoundSecret } from './found.ts';

const PEM =
  /-----BEGIN ((?:[A-Z0-9]+ ){0,2})PRIVATE KEY(?: BLOCK)?-----((?:[A-Za-z0-9+/=\s\\:.,"'`()]|-(?!----)){40,20000})-----END/g;
const PUTTY =
  /PuTTY-User-Key-File-\d: [^\n]{1,60}\n[\s\S]{0,2000}?Private-Lines: \d+\s+([A-Za-z0-9+/=]{40})/g;

/** DER's SEQUENCE, `openssh-key-v1`, a packet of PGP. */
const BEGINNINGS = /^(?:M[A-P]|b3BlbnNzaC1rZXktdj|l[A-Za-z]|x[A-Za-z])/;
const SHORTEST = 60;

export function privateKeysIn(text: string): FoundSecret[] {
  const found: FoundSecret[] = [];
  for (const { index, 1: kind = '', 2: content = '' } of text.matchAll(PEM)) {
    const lines = content.replace(/\\[nrt]/g, '\n').split(/[\n"'`+,()]+/);
    const body = lines
      .filter((line) => /^[A-Za-z0-9+/=\s]*$/.test(line))
      .join('')
      .replace(/\s+/g, '');
    if (body.length < SHORTEST || !BEGINNINGS.test(body) || new Set(body).size < 16) continue;
    found.push({ what: `${kind}private key`, start: index, value: '' });
  }
  for (const { index } of text.matchAll(PUTTY))
    found.push({ what: 'PuTTY private key', start: index, value: '' });
  return found;
}
