/**
 * What of a folder stays out of its bundle: what `mcpb pack` leaves out, what editors, tools and version control leave
 * behind, and what .mcpbignore names, in the syntax of .gitignore. docs/packing.md has the list.
 */
import ignore, { type Ignore } from 'ignore';

export const IGNORE_FILE = '.mcpbignore';

/** Never packed, whatever .mcpbignore says: secrets, history, other bundles, and what differs from machine to machine. */
const ALWAYS = [
  '.git',
  '.hg',
  '.svn',
  '.env*',
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
  '.pypirc',
  '.netrc',
  '.git-credentials',
  '.mcpbignore',
  '*.mcpb',
  '*.mcpb.tmp-*',
  '__pycache__',
  '*.pyc',
  '**/node_modules/.bin',
  '**/node_modules/.cache',
  '**/node_modules/.package-lock.json',
];

/** Not packed unless .mcpbignore takes it back in, with `!` in front. Lockfiles are packed: they prove what is vendored. */
const DEFAULTS = [
  '.DS_Store',
  'Thumbs.db',
  'desktop.ini',
  '.gitignore',
  '.gitattributes',
  '.gitmodules',
  '/.github',
  '/.vscode',
  '/.idea',
  '*.swp',
  '*~',
  '*.log',
  '.npm',
  '.yarn',
  '.pnp.*',
  '.editorconfig',
  '.eslintrc*',
  '.eslintignore',
  '.prettierrc*',
  '.prettierignore',
  '.nycrc',
  '.babelrc',
  '*.map',
  '*.d.ts',
  '*.d.mts',
  '*.d.cts',
  '*.tsbuildinfo',
  'tsconfig.json',
  '/.venv',
  '/venv',
  '.pytest_cache',
  '.mypy_cache',
  '.ruff_cache',
  '/.tox',
  '/.nox',
];

export interface IgnoreRules {
  /** @param path relative, with slashes; a folder's ends in one */
  ignores(path: string): boolean;
  /** Whether it is left out whatever .mcpbignore says. */
  neverPacks(path: string): boolean;
  /** The same rules, and without a folder at the top. */
  without(folder: string): IgnoreRules;
}

/** @param text of .mcpbignore; undefined when there is none */
export function ignoreRules(text: string | undefined): IgnoreRules {
  const always = ignore({ allowRelativePaths: true }).add(ALWAYS);
  const chosen = ignore({ allowRelativePaths: true })
    .add(DEFAULTS)
    .add(text ?? '');
  return rulesOf(always, chosen, []);
}

function rulesOf(always: Ignore, chosen: Ignore, folders: readonly string[]): IgnoreRules {
  return {
    ignores: (path) =>
      always.ignores(path) ||
      chosen.ignores(path) ||
      folders.some((folder) => path === `${folder}/` || path.startsWith(`${folder}/`)),
    neverPacks: (path) => always.ignores(path),
    without: (folder) => rulesOf(always, chosen, [...folders, folder]),
  };
}
