/** PR-04: the manifest names the commit that the bundle was built from, and the attestation names the same. */
import { MANIFEST_PATH } from '../../bundle/manifest.ts';
import { extensionOf } from '../capabilities/declared.ts';
import { control } from '../control.ts';
import type { Finding } from '../finding.ts';
import { objectOf } from '../safe-json.ts';

const COMMIT = /^[0-9a-f]{40}$/;

export const commitLinkage = control('PR-04', {
  check({ manifest, sha256 }, { attestation }) {
    const source = 'json' in manifest ? extensionOf(manifest.json)?.source : undefined;
    const commit = objectOf(source)?.commit;
    if (commit === undefined)
      return { skip: 'The manifest does not name the commit that it was built from.' };
    if (typeof commit !== 'string' || !COMMIT.test(commit)) {
      return { findings: [finding('The source commit in the manifest is not 40 hexadecimal digits')] };
    }
    if (attestation === undefined || attestation === null) {
      return { skip: 'No attestation says which commit the bundle was built from.' };
    }
    if (attestation.subjectSha256 !== sha256) {
      return { findings: [finding('The attestation is about another file')] };
    }
    const { sourceCommit } = attestation;
    if (sourceCommit === null) return { skip: 'The attestation names no commit.' };
    if (sourceCommit === commit) return { findings: [] };
    const actual = JSON.stringify(sourceCommit.slice(0, 64));
    return { findings: [finding(`The manifest names the commit ${commit}, the attestation ${actual}`)] };
  },
});

function finding(title: string): Finding {
  return {
    severity: 'medium',
    file: MANIFEST_PATH,
    line: null,
    title,
    remedy: 'Pack it in the workflow that attests it: `mpak bundle pack --source-commit "$GITHUB_SHA"`.',
    blocks: 4,
  };
}
