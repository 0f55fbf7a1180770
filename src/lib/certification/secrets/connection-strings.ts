/** Connection strings with a password: URLs with user information (RFC 3986, 3.2.1), ADO.NET's, libpq's and JDBC's pairs. */
import type { FoundSecret } from './found.ts';
import { isMadeUpPassword } from './placeholder.ts';

const URL_WITH_PASSWORD =
  /(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{1,20}):\/\/([^\s:/?#@'"`<>\\]{0,128}):([^\s/@'"`<>\\]{1,256})@([A-Za-z0-9.[\]:_%-]{1,255})/gi;
const PAIRS =
  /(?<![\w])(?:Server|Data Source|Host|host|Addr|Address|Endpoint)\s*=\s*([^;"'`\s]{1,200})[;\s][^"'`\n]{0,400}?\b(?:Password|Pwd|password)\s*=\s*([^;"'`\s]{1,128})/g;
const JDBC =
  /jdbc:[a-z0-9:]{2,40}:\/\/([A-Za-z0-9.:_-]{1,200})[^\s"'`]{0,300}?[?&;]password=([^&;\s"'`]{1,128})/gi;

/** This machine, or a service of a compose file. */
const LOCAL =
  /^(?:localhost|127\.|0\.0\.0\.0|\[?::1|host\.docker\.internal|[a-z0-9_-]+(?:$|:))|\.(?:local|localhost)(?:$|:)/i;
/** RFC 2606 and RFC 6761, and what everybody else writes. */
const RESERVED =
  /(?:^|\.)(?:example(?:\.[a-z]+)?|test|invalid|(?:test|my|your|some|foo|bar|domain|host|hostname|site|website|server)[a-z-]*\.(?:com|org|net|io))(?:$|:)/i;
/** With a password of nobody in documentation: a stronger one is asked for. */
const WEB = /^(?:https?|wss?|ftps?|socks[45]?h?)$/i;

/** A user that nobody has. */
const NOBODY = /^(?:your|my)[-_.](?:user|name|login|email|account)/i;

export function connectionStringsIn(text: string): FoundSecret[] {
  const found: FoundSecret[] = [];
  for (const { index, 1: scheme = '', 2: user = '', 3: password = '', 4: host = '' } of text.matchAll(
    URL_WITH_PASSWORD,
  )) {
    if (user === password || NOBODY.test(user) || isTemplate(user) || isTemplate(host)) continue;
    const asked = WEB.test(scheme) ? isStrong(password) && !RESERVED.test(host) : true;
    if (asked && isSecret(password, host))
      found.push({ what: `${scheme.toLowerCase()} URL with a password`, start: index, value: '' });
  }
  for (const pattern of [PAIRS, JDBC]) {
    for (const { index, 1: host = '', 2: password = '' } of text.matchAll(pattern)) {
      if (isTemplate(host)) continue;
      const named = host.replace(/^tcp:/, '').replace(/,\d+$/, '');
      if (isSecret(password, named))
        found.push({ what: 'connection string with a password', start: index, value: '' });
    }
  }
  return found;
}

function isSecret(password: string, host: string): boolean {
  if (LOCAL.test(host) || isMadeUpPassword(password)) return false;
  return RESERVED.test(host) ? isStrong(password) : true;
}

function isStrong(password: string): boolean {
  return password.length >= 8 && /\d/.test(password) && /[A-Za-z]/.test(password);
}

function isTemplate(part: string): boolean {
  return /[{}$<>*]|%[sv]|\.\.\./.test(part);
}
