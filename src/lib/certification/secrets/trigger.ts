/**
 * Whether it is worth to look for secrets in a file: there are thousands of files in a bundle, and secrets in few. Every
 * token has 20 characters of one word somewhere, with a digit among them; what else there is has a word of its own. Bytes
 * are asked, since to decode costs more.
 */

const RUN_LENGTH = 20;
/** What names a token stands before its random part; some are of several words. */
const AROUND = 40;
const LONGEST_LOOKED_AT = 4096;

/** What a token of letters alone would begin with. */
const DIGIT_OR_PREFIX = /\d|hf_/;
const TOKEN =
  /A(?:KIA|SIA)[A-Z0-9]{16}|AIza[\w-]{35}|_authToken=|[Ss][Ee][Cc][Rr][Ee][Tt]_?(?:[Aa][Cc][Cc][Ee][Ss][Ss]_?)?[Kk][Ee][Yy]["']?\s*[:=]|xox[abeoprs]-|xapp-|xai-|xkeysib-|hooks\.slack|oauth-basic|T3BlbkFJ|sk-[a-zA-Z0-9-]{20}|[rs]k_live_|SK[0-9a-f]{32}|SG\.\w|shp(?:pa|ca|at|ss)_|gh[pousr]_\w|github_pat_|gl(?:pat|dt|ptt|rt|cbt|soat|ft)-|gl(?:c|sa)_|GOCSPX-|gsk_|ya29\.|hf_\w|hv[sbr]\.|lin_api_|lsv2_|ntn_|npm_\w{36}|napi_|nfp_|ops_ey|vc[piark]_\w|dapi[0-9a-fA-F]|dckr_pat_|do[opr]_v1_|dp\.(?:pt|st|ct|sa)\.|discord(?:app)?\.com\/api\/w|figd_|fc-[0-9a-f]{32}|fo1_|cf(?:k|ut|at)_\w|tskey-|tvly-|pypi-Ag|pplx-|pcsk_|pscale_|pat\w{14}\.|PMAK-|rubygems_|r8_\w|rnd_\w|sb(?:p|_secret)_|sntr(?:ys|yu)_|sq0(?:atp|csp)-|whsec_|key-[0-9a-f]{32}|\d:AA[\w-]{33}|[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27}|AccountKey=|AccessKey=|\dQ~|ATATT3|AGE-SECRET|HRKU-|NRAK-/;
const USER_INFORMATION = /^[^\s:/@'"`]{0,128}:[^\s/@'"`]{1,256}@/;
const PASSWORD_PAIR = /^(?:assword|wd)\s*=/;

const IN_RUN = new Uint8Array(256);
for (const each of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+/~-'))
  IN_RUN[each] = 1;

/** What to look for in a file. */
export interface Signs {
  readonly privateKey: boolean;
  readonly connectionString: boolean;
  readonly token: boolean;
}

/** @returns undefined when there is nothing to look for */
export function signsIn(bytes: Buffer): Signs | undefined {
  const privateKey = bytes.includes('PRIVATE KEY') || bytes.includes('PuTTY-User');
  const connectionString =
    isFollowed(bytes, '://', 3, USER_INFORMATION) ||
    isFollowed(bytes, 'assword', 0, PASSWORD_PAIR) ||
    isFollowed(bytes, 'wd=', 0, PASSWORD_PAIR);
  const token = hasToken(bytes);
  return privateKey || connectionString || token ? { privateKey, connectionString, token } : undefined;
}

/** Of bytes that are no text: without connection strings, which have no end in them. */
export function signsInBinary(bytes: Buffer): Signs | undefined {
  const privateKey = bytes.includes('PRIVATE KEY-----');
  const token = hasToken(bytes);
  return privateKey || token ? { privateKey, connectionString: false, token } : undefined;
}

/** Whether the expression fits somewhere behind the beginning of a word. */
function isFollowed(bytes: Buffer, word: string, skipped: number, pattern: RegExp): boolean {
  for (let at = bytes.indexOf(word); at !== -1; at = bytes.indexOf(word, at + 1)) {
    if (pattern.test(bytes.toString('latin1', at + skipped, at + skipped + AROUND * 10))) return true;
  }
  return false;
}

/** Looks at the last character of where a run would be first, so that most are never looked at. */
function hasToken(bytes: Buffer): boolean {
  let start = 0;
  while (start + RUN_LENGTH <= bytes.length) {
    let at = start + RUN_LENGTH - 1;
    while (at >= start && IN_RUN[bytes[at] as number] === 1) at -= 1;
    if (at >= start) {
      start = at + 1;
      continue;
    }
    let end = start + RUN_LENGTH;
    while (end < bytes.length && IN_RUN[bytes[end] as number] === 1) end += 1;
    const run = bytes.toString('latin1', start, Math.min(end, start + LONGEST_LOOKED_AT));
    if (DIGIT_OR_PREFIX.test(run)) {
      const before = bytes.toString('latin1', Math.max(0, start - AROUND), start);
      if (TOKEN.test(before + run + bytes.toString('latin1', end, end + AROUND))) return true;
    }
    start = end + 1;
  }
  return false;
}
