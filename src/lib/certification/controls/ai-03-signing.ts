/**
 * AI-03: a signature binds the publisher to the content. It is the Sigstore attestation of the archive: its certificate
 * says whose workflow signed, and that owner is the scope of the name.
 */
import { control } from '../control.ts';
import type { Finding } from '../finding.ts';
import { textOf } from '../safe-json.ts';

export const signing = control('AI-03', {
  check({ sha256, manifest }, { attestation }) {
    if (sha256 === null) return { skip: 'A folder has no signature: pack it, and sign the bundle.' };
    if (attestation === undefined) {
      return { skip: 'No attestation of the bundle was given: its release makes one.' };
    }
    if (attestation === null) {
      return {
        findings: [
          finding(
            'No attestation of the bundle can be verified',
            'Release it with the action, which attests it; `mpak bundle verify` says what is wrong with one.',
          ),
        ],
      };
    }
    if (attestation.subjectSha256 !== sha256) {
      return {
        findings: [
          finding('The attestation is about another file', 'Attest the bundle as it is, after it is packed.'),
        ],
      };
    }
    const scope = /^@([^/]+)\//.exec(('json' in manifest && textOf(manifest.json.name)) || '')?.[1];
    const owner = ownerOf(attestation.sourceRepository);
    if (owner === undefined) {
      return {
        findings: [
          finding(
            'The certificate of the attestation does not say whose repository it was signed for',
            'Sign it in a workflow of the repository that it is released from.',
          ),
        ],
      };
    }
    // A name without a scope is nobody's: AI-01 says so.
    if (scope === undefined || scope.toLowerCase() === owner.toLowerCase()) return { findings: [] };
    return {
      findings: [
        finding(
          `It is signed for ${owner}, who does not own @${scope}`,
          'Release it from a repository of the owner of its scope.',
        ),
      ],
    };
  },
});

function ownerOf(repository: string | null): string | undefined {
  return /^https:\/\/[^/]+\/([^/]+)\/[^/]+$/.exec(repository ?? '')?.[1];
}

function finding(title: string, remedy: string): Finding {
  return { severity: 'high', file: null, line: null, title, remedy, blocks: 3 };
}
