/** CD-04: what uses OAuth, or is given a token, declares its scopes; those that give much power are justified. */
import { MANIFEST_PATH } from '../../bundle/manifest.ts';
import { declaredScopes, tokenSettings } from '../capabilities/credentials.ts';
import { oauthUseOf } from '../capabilities/oauth.ts';
import { unreadReason } from '../code/judged.ts';
import { control } from '../control.ts';
import type { Finding } from '../finding.ts';
import type { Unparsable } from '../parse/expression.ts';

interface Observed {
  /** Null when it uses none. */
  readonly use: { readonly line: number; readonly what: string } | null;
  readonly scopes: readonly { readonly scope: string; readonly line: number }[];
  readonly unparsable: Unparsable['unparsable'] | null;
}

const CRITICAL =
  /(?:^|[:._/-])(?:admin|administration|write|delete|manage|full|full_access|owner|root|sudo|all|\*)(?:$|[:._/-])|^(?:repo|workflow|user|gist|api|drive|cloud-platform)$|ReadWrite|FullControl|AccessAsUser|^https:\/\/mail\.google\.com\/?$|\/auth\/(?:drive|cloud-platform|calendar|contacts|gmail\.(?:modify|send|compose)|spreadsheets|documents)$/i;
const MOST_SCOPES = 100;
const REMEDY = 'Declare `oauth` in _meta["org.mpaktrust"]: {"scopes": ["read:user"]}; `[]` when it has none.';

export const scopes = control<Observed>('CD-04', {
  observe(file) {
    if (file.origin !== 'own') return undefined;
    const { code, text = '' } = file;
    if (code === undefined) return undefined;
    if ('unparsable' in code) return { use: null, scopes: [], unparsable: code.unparsable };
    const use = oauthUseOf(code, text);
    if (use === undefined) return undefined;
    return {
      use: { line: file.lineAt(use.start), what: use.what },
      scopes: use.scopes
        .slice(0, MOST_SCOPES)
        .map(({ scope, start }) => ({ scope, line: file.lineAt(start) })),
      unparsable: null,
    };
  },
  check({ manifest }, _context, observed) {
    if ('problem' in manifest) {
      return { findings: [finding(MANIFEST_PATH, null, `The manifest ${manifest.problem}`, REMEDY)] };
    }
    const declared = declaredScopes(manifest.json);
    const findings: Finding[] = [];
    if (declared === null) {
      findings.push(finding(MANIFEST_PATH, null, 'The declared scopes have another shape', REMEDY));
    } else if (declared === undefined) {
      for (const { path, observation } of observed) {
        if (observation.use === null) continue;
        const { what, line } = observation.use;
        findings.push(finding(path, line, `OAuth is used (${what}), and no scopes are declared`, REMEDY));
      }
      for (const key of tokenSettings(manifest.json)) {
        findings.push(
          finding(MANIFEST_PATH, null, `The setting ${key} is a token, and no scopes are declared`, REMEDY),
        );
      }
    } else {
      for (const { scope, justification } of declared) {
        if (justification !== null || !CRITICAL.test(scope)) continue;
        findings.push(
          finding(
            MANIFEST_PATH,
            null,
            `The scope ${JSON.stringify(scope)} gives much power, and is not justified`,
            `Ask for less, or say why: {"scope": ${JSON.stringify(scope)}, "justification": "…"}.`,
          ),
        );
      }
      const known = new Set(declared.map(({ scope }) => scope));
      for (const { path, observation } of observed) {
        for (const { scope, line } of observation.scopes) {
          if (known.has(scope)) continue;
          findings.push(
            finding(path, line, `The scope ${JSON.stringify(scope)} is asked for, and not declared`, REMEDY),
          );
        }
      }
    }
    const skip = unreadReason(observed);
    return skip === undefined ? { findings } : { findings, skip };
  },
});

function finding(file: string, line: number | null, title: string, remedy: string): Finding {
  return { severity: 'medium', file, line, title, remedy, blocks: 3 };
}
