/**
 * AI-05: no program or script that neither the manifest nor a package accounts for. Code in the language of the server is
 * accounted for by its entry point, which imports it; data is no program.
 */

import type { Kind } from '../classify.ts';
import { control } from '../control.ts';
import { objectOf, textOf } from '../safe-json.ts';

interface Program {
  readonly kind: Kind;
}

const LANGUAGES: Readonly<Record<string, readonly Kind[]>> = {
  node: ['javascript', 'typescript'],
  python: ['python'],
  uv: ['python'],
};
const PROGRAMS: ReadonlySet<Kind> = new Set([
  'javascript',
  'typescript',
  'python',
  'shell',
  'script',
  'program',
]);

export const completeness = control<Program>('AI-05', {
  observe({ path, origin, kind, executable }, { entryPoints }) {
    if (origin !== 'own' || entryPoints.has(path)) return undefined;
    if (!PROGRAMS.has(kind) && !executable) return undefined;
    return { kind };
  },
  check({ manifest, entryPoints }, _context, observed) {
    const server = 'json' in manifest ? objectOf(manifest.json.server) : undefined;
    const own = entryPoints.size === 0 ? [] : (LANGUAGES[textOf(server?.type) ?? ''] ?? []);
    const strange = observed.filter(({ observation }) => !own.includes(observation.kind));
    return {
      findings: strange.map(({ path, observation: { kind } }) => ({
        severity: 'high' as const,
        file: path,
        line: null,
        title: `Neither the manifest nor a package accounts for this ${WORDS[kind] ?? 'executable file'}`,
        remedy: 'Leave it out with a line in .mcpbignore, or start it by the manifest.',
        blocks: 2 as const,
      })),
    };
  },
});

const WORDS: Partial<Record<Kind, string>> = {
  javascript: 'JavaScript file',
  typescript: 'TypeScript file',
  python: 'Python file',
  shell: 'shell script',
  script: 'script',
  program: 'compiled program',
};
