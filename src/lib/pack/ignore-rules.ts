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

const NOT_IN_MODULES = patterns(ALWAYS.filter((pattern) => pattern.includes('node_modules')));
/** `.bin` and `.cache` are no packages. */
const OWN_TO_NPM = /node_modules\/\.[^/]*\/$/;

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

/** Large, and read by no package manager: what is left out by these need not be copied to vendor either. */
const NOT_READ = patterns(DEFAULTS.filter((each) => each.startsWith('/') || each.endsWith('_cache')));

export function isReadByNone(path: string): boolean {
  return NOT_READ.ignores(path);
}

export interface IgnoreRules {
  /** @param path relative, with slashes; a folder's ends in one */
  ignores(path: string): boolean;
  /** Whether it is left out whatever .mcpbignore says. */
  neverPacks(path: string): boolean;
  /** Whether .mcpbignore leaves out what is vendored there, in so many words. */
  names(path: string): boolean;
  /** The same rules, and without a folder at the top. */
  without(folder: string): IgnoreRules;
  /** The same rules, where a folder at the top holds packages too, as node_modules does. */
  withPackagesIn(folder: string): IgnoreRules;
}

/** The folder of the innermost package that a path is in, or is. */
const IN_PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/@][^/]*\//;
const SCOPE = /^(?:.*\/)?node_modules\/@[^/]+\/$/;

/** @param text of .mcpbignore; undefined when there is none */
export function ignoreRules(text: string | undefined): IgnoreRules {
  const lines = (text ?? '').replace(/^\uFEFF/, '').split(/\r?\n/);
  return new Rules(lines, [], []);
}

class Rules implements IgnoreRules {
  readonly #lines: readonly string[];
  readonly #without: readonly string[];
  readonly #holders: readonly string[];
  readonly #always = patterns(ALWAYS);
  readonly #chosen: Ignore;
  /** What names a folder of packages counts for what is in it. */
  readonly #naming: Ignore;
  /** In a package: its name is no file's, and what is at the top of the publisher's folder is not there. */
  readonly #inside: Ignore;

  constructor(lines: readonly string[], without: readonly string[], holders: readonly string[]) {
    this.#lines = lines;
    this.#without = without;
    this.#holders = holders;
    this.#chosen = patterns([...DEFAULTS, ...lines]);
    const folders = ['node_modules', ...holders];
    this.#naming = patterns(lines.filter((line) => folders.some((folder) => line.includes(`${folder}/`))));
    const anywhere = DEFAULTS.filter((pattern) => !pattern.startsWith('/'));
    this.#inside = patterns([...anywhere, ...lines.filter((line) => line.startsWith('!'))]);
  }

  ignores(path: string): boolean {
    if (this.#without.some((folder) => path === `${folder}/` || path.startsWith(`${folder}/`))) return true;
    const rest = this.#restIn(path);
    if (rest === undefined) return this.neverPacks(path) || (!SCOPE.test(path) && this.#chosen.ignores(path));
    if (this.neverPacks(path)) return true;
    const named = this.#naming.test(path);
    return named.ignored || (!named.unignored && rest !== '' && this.#inside.ignores(rest));
  }

  neverPacks(path: string): boolean {
    const rest = this.#restIn(path);
    if (rest === undefined) return this.#always.ignores(path);
    return NOT_IN_MODULES.ignores(path) || (rest !== '' && this.#always.ignores(rest));
  }

  names(path: string): boolean {
    return this.#naming.ignores(path);
  }

  without(folder: string): IgnoreRules {
    return new Rules(this.#lines, [...this.#without, folder], this.#holders);
  }

  withPackagesIn(folder: string): IgnoreRules {
    return new Rules(this.#lines, this.#without, [...this.#holders, folder]);
  }

  /** The path in the package that it is of, empty for the package itself; undefined outside of packages. */
  #restIn(path: string): string | undefined {
    const start = IN_PACKAGE.exec(path)?.[0];
    if (start !== undefined && !OWN_TO_NPM.test(start)) return path.slice(start.length);
    const holder = this.#holders.find((folder) => folder !== 'node_modules' && path.startsWith(`${folder}/`));
    return holder === undefined ? undefined : path.slice(holder.length + 1);
  }
}

function patterns(lines: readonly string[]): Ignore {
  return ignore({ allowRelativePaths: true }).add([...lines]);
}
