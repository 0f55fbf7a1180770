/** CD-05: what has tokens declares where it keeps them and how long they last; a file, and more than a day, are justified. */
import { MANIFEST_PATH } from '../../bundle/manifest.ts';
import { type DeclaredTokens, declaredTokens, tokenSettings } from '../capabilities/credentials.ts';
import { oauthUseOf } from '../capabilities/oauth.ts';
import { unreadReason } from '../code/judged.ts';
import { control } from '../control.ts';
import type { Finding } from '../finding.ts';
import type { Unparsable } from '../parse/expression.ts';

interface Observed {
  readonly use: { readonly line: number; readonly what: string } | null;
  readonly writes: readonly number[];
  readonly unparsable: Unparsable['unparsable'] | null;
}

const DAY = 86_400;
const REMEDY =
  'Declare `tokens` in _meta["org.mpaktrust"]: {"storage": "memory", "lifetime": 3600}, its lifetime in seconds or "unlimited".';

export const tokenLifetime = control<Observed>('CD-05', {
  observe(file) {
    if (file.origin !== 'own') return undefined;
    const { code, text = '' } = file;
    if (code === undefined) return undefined;
    if ('unparsable' in code) return { use: null, writes: [], unparsable: code.unparsable };
    const use = oauthUseOf(code, text);
    if (use === undefined) return undefined;
    return {
      use: { line: file.lineAt(use.start), what: use.what },
      writes: use.writes.map((start) => file.lineAt(start)),
      unparsable: null,
    };
  },
  check({ manifest }, _context, observed) {
    if ('problem' in manifest) {
      return { findings: [finding(MANIFEST_PATH, null, `The manifest ${manifest.problem}`, REMEDY)] };
    }
    const declared = declaredTokens(manifest.json);
    const findings: Finding[] = [];
    if (declared === null) {
      findings.push(finding(MANIFEST_PATH, null, 'The declared tokens have another shape', REMEDY));
    } else if (declared === undefined) {
      for (const { path, observation } of observed) {
        if (observation.use === null) continue;
        const { what, line } = observation.use;
        findings.push(
          finding(
            path,
            line,
            `OAuth is used (${what}), and it is not declared where tokens are kept`,
            REMEDY,
          ),
        );
      }
      for (const key of tokenSettings(manifest.json)) {
        findings.push(
          finding(
            MANIFEST_PATH,
            null,
            `The setting ${key} is a token, and it is not declared how long it lasts`,
            REMEDY,
          ),
        );
      }
    } else {
      findings.push(...declaredFindings(declared));
      if (declared.storage !== 'file') {
        for (const { path, observation } of observed) {
          for (const line of observation.writes) {
            findings.push(
              finding(
                path,
                line,
                `A token is written to a file, and declared to be kept in ${JSON.stringify(declared.storage)}`,
                'Declare `"storage": "file"` with a justification, or keep it elsewhere.',
              ),
            );
          }
        }
      }
    }
    const skip = unreadReason(observed);
    return skip === undefined ? { findings } : { findings, skip };
  },
});

function declaredFindings({ storage, lifetime, justification }: DeclaredTokens): Finding[] {
  if (justification !== null) return [];
  const remedy = 'Say why in `justification`, a sentence.';
  const findings: Finding[] = [];
  if (storage === 'file') {
    findings.push(finding(MANIFEST_PATH, null, 'Tokens are kept in a file, without a justification', remedy));
  }
  if (lifetime === 'unlimited' || lifetime > DAY) {
    findings.push(
      finding(MANIFEST_PATH, null, 'Tokens last longer than 24 hours, without a justification', remedy),
    );
  }
  return findings;
}

function finding(file: string, line: number | null, title: string, remedy: string): Finding {
  return { severity: 'medium', file, line, title, remedy, blocks: 3 };
}
