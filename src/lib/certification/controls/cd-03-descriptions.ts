/**
 * CD-03: names, descriptions and schemas of tools, prompts and resources say what they are, and nothing to the model behind
 * the user's back. Of the manifest, of JSON that declares tools, and of what own code registers.
 */
import { MANIFEST_PATH } from '../../bundle/manifest.ts';
import { unreadReason } from '../code/judged.ts';
import { control } from '../control.ts';
import { describedIn } from '../descriptions/described.ts';
import { describedInCode, MENTIONS_TOOLS } from '../descriptions/described-in-code.ts';
import { directivesIn } from '../descriptions/directives.ts';
import { hasEncodedText } from '../descriptions/encoded-text.ts';
import { hasHiddenComment, hiddenIn } from '../descriptions/hidden-text.ts';
import type { Finding } from '../finding.ts';
import type { OpenFile } from '../open-file.ts';
import type { Unparsable } from '../parse/expression.ts';
import { readJson } from '../safe-json.ts';

interface Unsafe {
  readonly line: number | null;
  readonly title: string;
}

type Unread = Unparsable['unparsable'];

interface Observed {
  readonly unsafe: readonly Unsafe[];
  readonly unparsable: Unread | null;
}

const MOST_TOLD = 20;
const LARGEST_JSON = 1024 * 1024;
/** Of the manifest: where the server comes from and how it is started; not what it says of itself. */
const NO_DESCRIPTION = /^(?:server|repository|icons?|screenshots|homepage|documentation|support|\$schema)\b/;

export const descriptions = control<Observed>('CD-03', {
  observe(file) {
    if (file.origin !== 'own' || file.path === MANIFEST_PATH) return undefined;
    const found = file.kind === 'json' ? unsafeInJson(file) : unsafeInCode(file);
    if (typeof found === 'string') return { unsafe: [], unparsable: found };
    return found.length === 0 ? undefined : { unsafe: found.slice(0, MOST_TOLD), unparsable: null };
  },
  check({ manifest }, _context, observed) {
    const inManifest = 'json' in manifest ? describedIn(manifest.json) : [];
    const findings = inManifest.flatMap(({ where, text, isForModel }) => {
      const reasons = NO_DESCRIPTION.test(where) ? hiddenIn(text) : unsafeIn(text, isForModel);
      return reasons.map((why) => finding(MANIFEST_PATH, { line: null, title: `${where} ${why}` }));
    });
    const elsewhere = observed.flatMap(({ path, observation }) =>
      observation.unsafe.map((each) => finding(path, each)),
    );
    const all = [...findings.slice(0, MOST_TOLD), ...elsewhere];
    const skip = unreadReason(observed);
    return skip === undefined ? { findings: all } : { findings: all, skip };
  },
});

function unsafeIn(text: string, isForModel: boolean): string[] {
  return [
    ...hiddenIn(text),
    ...directivesIn(text),
    ...(hasEncodedText(text) ? ['has encoded text'] : []),
    ...(isForModel && hasHiddenComment(text) ? ['has a comment that only the model sees'] : []),
  ];
}

function unsafeInJson({ bytes, path, text, size }: OpenFile): Unsafe[] | Unread {
  if (path.endsWith('package-lock.json')) return [];
  if (text === undefined) return 'too-large';
  if (!text.includes('nputSchema') && !/\\u00[467]/.test(text)) return [];
  if (size > LARGEST_JSON) return text.includes('nputSchema') ? 'too-large' : [];
  const read = readJson(bytes, LARGEST_JSON);
  if ('problem' in read) return [];
  return describedIn(read.json).flatMap(({ where, text: each }) =>
    unsafeIn(each, true).map((why) => ({ line: null, title: `${where} ${why}` })),
  );
}

function unsafeInCode(file: OpenFile): Unsafe[] | Unread {
  if (file.kind !== 'javascript' && file.kind !== 'typescript' && file.kind !== 'python') return [];
  const { text } = file;
  if (text === undefined) return 'too-large';
  if (!MENTIONS_TOOLS.test(text)) return [];
  const { code } = file;
  if (code === undefined) return [];
  if ('unparsable' in code) return code.unparsable;
  const known = new Map<string, string[]>();
  const reasonsOf = (said: string) => {
    const reasons = known.get(said) ?? unsafeIn(said, true);
    known.set(said, reasons);
    return reasons;
  };
  return describedInCode(code, text).flatMap((each) =>
    reasonsOf(each.text).map((why) => ({
      line: file.lineAt(each.start),
      title: `What models are told here ${why}`,
    })),
  );
}

function finding(file: string, { line, title }: Unsafe): Finding {
  return {
    severity: 'high',
    file,
    line,
    title,
    remedy: 'Say what it does and what its parameters are, in plain and visible words, and nothing else.',
    blocks: 2,
  };
}
