/**
 * AI-04: declared reproducible, with instructions, and rebuilding gives the same bytes. The scanner builds nothing: a
 * rebuild is a source of the context.
 */
import { MANIFEST_PATH } from '../../bundle/manifest.ts';
import { extensionOf } from '../capabilities/declared.ts';
import { control } from '../control.ts';
import type { Finding } from '../finding.ts';
import { objectOf, textOf } from '../safe-json.ts';

const FEWEST_CHARACTERS = 10;
const SHA256 = /^[0-9a-f]{64}$/;

export const reproducible = control('AI-04', {
  async check({ sha256, manifest }, { rebuild }) {
    const extension = 'json' in manifest ? extensionOf(manifest.json) : undefined;
    const declared = objectOf(extension?.reproducible);
    if (declared === undefined) {
      const title = 'It is not declared how the bundle is built again';
      return {
        findings: [finding(title, 'Declare `reproducible` with its instructions: docs/certification.md.')],
      };
    }
    const instructions = textOf(declared.instructions)?.trim() ?? '';
    if (instructions.length < FEWEST_CHARACTERS) {
      const title = 'It is declared reproducible, and no instructions say how';
      return { findings: [finding(title, 'Say in `reproducible.instructions` what to run, and where.')] };
    }
    if (sha256 === null) return { skip: 'A folder is not built yet: there is nothing to compare with.' };
    if (rebuild === undefined) return { skip: 'Nobody built it again to compare.' };
    const rebuilt = await rebuild.rebuild();
    if ('unavailable' in rebuilt) return { skip: `It could not be built again: ${rebuilt.unavailable}` };
    if (!SHA256.test(rebuilt.sha256)) throw new Error('the rebuild gave no sha256');
    if (rebuilt.sha256 === sha256) return { findings: [] };
    const title = `Built again it has other bytes: the sha256 is ${rebuilt.sha256}, and not ${sha256}`;
    const remedy =
      'Pack with `mpak bundle pack` from a clean checkout: the same folder and lockfile give the same bytes.';
    return { findings: [{ ...finding(title, remedy), file: null }] };
  },
});

function finding(title: string, remedy: string): Finding {
  return { severity: 'medium', file: MANIFEST_PATH, line: null, title, remedy, blocks: 4 };
}
