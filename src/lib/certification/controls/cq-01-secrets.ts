/** CQ-01: no secret in any file, whosever it is: keys of clouds, tokens, private keys, connection strings with a password. */
import { control } from '../control.ts';
import type { Finding } from '../finding.ts';
import { compareText } from '../finding.ts';
import type { OpenFile } from '../open-file.ts';
import { connectionStringsIn } from '../secrets/connection-strings.ts';
import { type FoundSecret, masked } from '../secrets/found.ts';
import { privateKeysIn } from '../secrets/private-keys.ts';
import { secretlintFinds } from '../secrets/secretlint.ts';
import { tokensIn } from '../secrets/tokens.ts';

interface Secret {
  readonly line: number | null;
  readonly title: string;
  readonly isPublic: boolean;
}

/** Of a file; who has more has understood. */
const MOST_TOLD = 10;

/** What each secret has somewhere in it: few files have any. */
const TRIGGER =
  /A(?:KIA|SIA)[A-Z0-9]{16}|AIza[\w-]{35}|PRIVATE KEY|PuTTY-User|:\/\/[^\s:/@'"`]{0,128}:[^\s/@'"`]+@|[Pp](?:assword|wd)\s*=|_authToken=|[Ss][Ee][Cc][Rr][Ee][Tt]_?(?:[Aa][Cc][Cc][Ee][Ss][Ss]_?)?[Kk][Ee][Yy]["']?\s*[:=]|xox[abeoprs]-|xapp-|xai-|xkeysib-|hooks\.slack|oauth-basic|T3BlbkFJ|sk-[a-zA-Z0-9-]{20}|[rs]k_live_|SK[0-9a-f]{32}|SG\.\w|shp(?:pa|ca|at|ss)_|gh[pousr]_\w|github_pat_|gl(?:pat|dt|ptt|rt|cbt|soat|ft)-|gl(?:c|sa)_|GOCSPX-|gsk_|ya29\.|hf_\w|hv[sbr]\.|lin_api_|lsv2_|ntn_|npm_\w{36}|napi_|nfp_|ops_ey|vc[piark]_\w|dapi[0-9a-fA-F]|dckr_pat_|do[opr]_v1_|dp\.(?:pt|st|ct|sa)\.|discord(?:app)?\.com\/api\/w|figd_|fc-[0-9a-f]{32}|fo1_|cf(?:k|ut|at)_\w|tskey-|tvly-|pypi-Ag|pplx-|pcsk_|pscale_|pat\w{14}\.|PMAK-|rubygems_|r8_\w|rnd_\w|sb(?:p|_secret)_|sntr(?:ys|yu)_|sq0(?:atp|csp)-|whsec_|key-[0-9a-f]{32}|\d:AA[\w-]{33}|[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27}|AccountKey=|AccessKey=|\dQ~|ATATT3|AGE-SECRET|HRKU-|NRAK-/;

export const secrets = control<readonly Secret[]>('CQ-01', {
  observe(file) {
    const text = textOf(file);
    if (text === undefined || !TRIGGER.test(text)) return undefined;
    const found = withoutDoubles([
      ...privateKeysIn(text),
      ...connectionStringsIn(text),
      ...tokensIn(text),
      ...secretlintFinds(text),
    ]);
    if (found.length === 0) return undefined;
    const isText = file.text === text;
    return found.slice(0, MOST_TOLD).map((each) => ({
      line: isText ? file.lineAt(each.start) : null,
      title: titleOf(each),
      isPublic: isPublicSample(file, each),
    }));
  },
  check: (_bundle, _context, observed) => ({
    findings: observed.flatMap(({ path, observation }) =>
      observation.map(
        ({ line, title, isPublic }): Finding => ({
          severity: isPublic ? 'info' : 'critical',
          file: path,
          line,
          title,
          remedy: isPublic
            ? 'It is part of what a package publishes of its tests: leave tests out with a line in .mcpbignore.'
            : 'Revoke it where it was issued, leave it out, and take it from the configuration of the user.',
          blocks: isPublic ? null : 1,
        }),
      ),
    ),
  }),
});

function titleOf(secret: FoundSecret): string {
  const shown = secret.value === '' ? '' : `: ${masked(secret)}`;
  return `There is a secret, ${/^[aeiou]/i.test(secret.what) ? 'an' : 'a'} ${secret.what}${shown}`;
}

/** Programs have their texts in bytes; what is compressed has none. */
function textOf(file: OpenFile): string | undefined {
  const { bytes, kind } = file;
  if (kind === 'program') return bytes.toString('latin1');
  if (kind === 'binary') return undefined;
  if (bytes.length > 2 && bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2);
  return file.text ?? bytes.toString('latin1');
}

/** Keys that a package was published with, in its tests: known to everybody. */
function isPublicSample({ origin, path }: OpenFile, { what }: FoundSecret): boolean {
  return (
    origin === 'vendored' &&
    what.endsWith('private key') &&
    /(?:^|\/)(?:tests?|__tests__|fixtures?|examples?)\//.test(
      path.replace(/^.*(?:node_modules|site-packages)\//, ''),
    )
  );
}

/** One of those that start within the same few characters: two rules know the same token. */
function withoutDoubles(found: readonly FoundSecret[]): FoundSecret[] {
  const ordered = [...found].sort(
    (one, other) => one.start - other.start || compareText(one.what, other.what),
  );
  let end = -1;
  return ordered.filter(({ start, value }) => {
    const isNew = start >= end;
    if (isNew) end = start + Math.max(value.length, 1);
    return isNew;
  });
}
