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
import { type Signs, signsIn, signsInBinary } from '../secrets/trigger.ts';

interface Secret {
  readonly line: number | null;
  readonly title: string;
  readonly isPublic: boolean;
}

/** Of a file; who has more has understood. */
const MOST_TOLD = 10;

export const secrets = control<readonly Secret[]>('CQ-01', {
  observe(file) {
    const { signs, text } = signedText(file) ?? {};
    if (signs === undefined || text === undefined) return undefined;
    const found = withoutDoubles([
      ...(signs.privateKey ? privateKeysIn(text) : []),
      ...(signs.connectionString ? connectionStringsIn(text) : []),
      ...(signs.token ? [...tokensIn(text), ...secretlintFinds(text)] : []),
    ]);
    if (found.length === 0) return undefined;
    const isText = file.text === text;
    const told = found.map((each) => ({
      line: isText ? file.lineAt(each.start) : null,
      title: titleOf(each),
      isPublic: isPublicSample(file, each),
    }));
    return told.sort((one, other) => Number(one.isPublic) - Number(other.isPublic)).slice(0, MOST_TOLD);
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

/** Undefined for what is not worth it. Programs have their texts in bytes, as databases and pictures do. */
function signedText(file: OpenFile): { signs: Signs | undefined; text: string } | undefined {
  const { bytes, kind } = file;
  if (isUtf16(bytes)) {
    const text = bytes.toString('utf16le', 2);
    return { signs: signsIn(Buffer.from(text)), text };
  }
  const signs = kind === 'binary' ? signsInBinary(bytes) : signsIn(bytes);
  if (signs === undefined) return undefined;
  const text = kind === 'program' || kind === 'binary' ? undefined : file.text;
  return { signs, text: text ?? bytes.toString('latin1') };
}

function isUtf16(bytes: Buffer): boolean {
  return bytes.length > 2 && bytes[0] === 0xff && bytes[1] === 0xfe;
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
