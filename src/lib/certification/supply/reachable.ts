/**
 * Which files of a server the code that it starts may load: by imports, by names of files in it, and by folders that it
 * looks through. A name that could mean several files means all of them: what is not reached then is loaded by nobody.
 */
import path from 'node:path';
import type { OpenFile } from '../open-file.ts';
import type { Call, Expression } from '../parse/expression.ts';
import { moduleOf, namesOf } from '../parse/names.ts';
import { spelledOf } from '../parse/spelled.ts';

/** What a file says of others, small. */
export interface References {
  readonly language: 'javascript' | 'python';
  /** As they are written. */
  readonly names: readonly string[];
  /** Of those, what Node.js takes for code whatever it is called. */
  readonly required: readonly string[];
  /** It loads what it computes the name of, or it cannot be read. */
  readonly isOpen: boolean;
}

const LONGEST_NAME = 260;
const WITHOUT_EXTENSION = /\/[^./]+$/;
const MOST_NAMES = 5000;
const LOADER =
  /^(?:require|import|__import__|importlib\.import_module|import_module|runpy\.run_(?:path|module))$/;
/** What takes any file for code. */
const LOADS_ANY = /\bcreateRequire\b|^(?:worker_threads\.Worker|child_process\.fork|Worker)$/;
const CODE = /\.(?:[cm]?[jt]sx?|pyw?|json|node)$/i;
const EXTENSIONS = ['', '.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.tsx', '.jsx', '.json', '.node'];
/** TypeScript is imported by the name that it will have. */
const COMPILED = /\.([cm]?)js(x?)$/;

export function referencesOf(file: OpenFile): References | undefined {
  const { code } = file;
  if (code === undefined) return undefined;
  const language = file.kind === 'python' ? 'python' : 'javascript';
  if ('unparsable' in code) return { language, names: [], required: [], isOpen: true };
  const names = new Set<string>();
  for (const { module, member } of code.imports) {
    names.add(module);
    if (language === 'python' && member !== null)
      names.add(module.endsWith('.') ? `${module}${member}` : `${module}.${member}`);
  }
  const required = new Set<string>();
  if (language === 'javascript') {
    for (const { module } of code.imports) if (WITHOUT_EXTENSION.test(module)) required.add(module);
  }
  let isOpen = false;
  for (const each of code.expressions) {
    if (each.kind === 'literal' && typeof each.value === 'string') names.add(each.value);
    if (each.kind !== 'call') continue;
    const spelled = spelledOf(each);
    if (typeof spelled === 'string') names.add(spelled);
    const module = language === 'javascript' ? requiredBy(each) : undefined;
    if (module !== undefined) required.add(module);
    isOpen ||= moduleOf(each) === undefined && namesOf(each.callee).some((name) => LOADER.test(name));
  }
  const kept = [...names].filter((each) => each.length <= LONGEST_NAME && /^[^\s<>]+$/.test(each));
  const relative = [...required].filter((each) => /^\.{0,2}\//.test(each) && each.length <= LONGEST_NAME);
  return {
    language,
    names: kept.slice(0, MOST_NAMES),
    required: relative.slice(0, MOST_NAMES),
    isOpen: isOpen || kept.length > MOST_NAMES,
  };
}

/**
 * By `require`, or by what `createRequire` made; by `new Worker` and `fork`; by `import()` where the name has no extension.
 */
function requiredBy(call: Call): string | undefined {
  const { callee, args } = call;
  const [first] = args;
  const loads = () => namesOf(callee).some((name) => LOADS_ANY.test(name));
  const module = moduleOf(call) ?? (first !== undefined && loads() ? pathIn(first.value) : undefined);
  if (typeof module !== 'string') return undefined;
  const isImport = callee.kind === 'name' && callee.name === 'import';
  return isImport && !WITHOUT_EXTENSION.test(module) ? undefined : module;
}

/** Of a text, or of `new URL(text, import.meta.url)`, `path.join(__dirname, text)`. */
function pathIn(expression: Expression): string | undefined {
  const text = spelledOf(expression);
  if (typeof text === 'string') return text;
  if (expression.kind !== 'call') return undefined;
  const parts = expression.args
    .map(({ value }) => spelledOf(value))
    .filter((each) => typeof each === 'string');
  const [part, ...others] = parts;
  return part === undefined || others.length > 0 ? undefined : /^\.{0,2}\//.test(part) ? part : `./${part}`;
}

export interface Reached {
  readonly files: ReadonlySet<string>;
  /** Whether something that was reached loads what nobody can foresee. */
  readonly isOpen: boolean;
}

/**
 * @param roots files that are started, or named by who starts them
 * @param references by file, of all that may be reached
 */
export function reachedFrom(roots: Iterable<string>, references: ReadonlyMap<string, References>): Reached {
  const tree = new Files(references.keys());
  const files = new Set<string>();
  const open = [...roots];
  let isOpen = false;
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    const said = references.get(file);
    if (said === undefined) continue;
    let looksThrough = false;
    for (const name of said.names) {
      const found = said.language === 'python' ? tree.module(file, name) : [];
      for (const each of [...found, ...tree.path(file, name)]) if (!files.has(each)) open.push(each);
      if (!said.isOpen) continue;
      const within = tree.folder(file, name);
      looksThrough ||= within !== undefined;
      for (const each of within ?? []) open.push(each);
    }
    // It says which folder its modules are in, or nothing.
    if (said.isOpen && !looksThrough) isOpen = true;
    if (said.language === 'python') open.push(...tree.packagesOf(file));
  }
  return { files, isOpen };
}

/** Files by every end of their paths: a name says the end of one. */
class Files {
  readonly #all: ReadonlySet<string>;
  readonly #byName = new Map<string, string[]>();
  readonly #folders = new Set<string>();
  /** Folders whose files were told. */
  readonly #told = new Set<string>();

  constructor(files: Iterable<string>) {
    this.#all = new Set(files);
    for (const file of this.#all) {
      const name = path.posix.basename(file);
      const named = this.#byName.get(name);
      if (named === undefined) this.#byName.set(name, [file]);
      else named.push(file);
      for (let above = path.posix.dirname(file); above !== '.'; above = path.posix.dirname(above)) {
        this.#folders.add(above);
      }
    }
  }

  /** What a path means, from a file: relative to it, or the end of any. */
  path(from: string, name: string): string[] {
    const plain = name.replace(/^file:\/\//, '').replace(/[?#].*$/, '');
    if (plain.startsWith('./') || plain.startsWith('../') || plain === '.' || plain === '..') {
      return this.#candidates(path.posix.join(path.posix.dirname(from), plain));
    }
    return CODE.test(plain) ? this.#endingIn(plain.replace(/^\/+/, '')) : [];
  }

  /** What a module of Python means: `.b` and `..b` from where it is, `a.b` from anywhere; `a:b` names something in it. */
  module(from: string, name: string): string[] {
    const [, dots = '', rest = ''] = /^(\.*)([\w.]*)(?::[\w.]+)?$/.exec(name) ?? [];
    if (dots === '' && rest === '') return [];
    const inner = rest.replaceAll('.', '/');
    if (dots === '')
      return [
        ...this.#endingIn(`${inner}.py`),
        ...this.#endingIn(`${inner}/__init__.py`),
        ...this.#endingIn(`${inner}/__main__.py`),
      ];
    const base = path.posix.join(
      path.posix.dirname(from),
      ...Array<string>(dots.length - 1).fill('..'),
      inner,
    );
    return [`${base}.py`, path.posix.join(base, '__init__.py')].filter((each) => this.#all.has(each));
  }

  /** All in a folder that a name means; undefined when it means none. They are told once. */
  folder(from: string, name: string): string[] | undefined {
    const plain = name.replace(/\/+$/, '');
    if (!/^[\w./@-]+$/.test(plain) || plain === '.' || plain === '' || plain === '..') return undefined;
    const base = path.posix.join(path.posix.dirname(from), plain);
    if (!this.#folders.has(base)) return undefined;
    if (this.#told.has(base)) return [];
    this.#told.add(base);
    return [...this.#all].filter((each) => each.startsWith(`${base}/`));
  }

  /** What runs before a module of a package does. */
  packagesOf(file: string): string[] {
    const found: string[] = [];
    for (let folder = path.posix.dirname(file); folder !== '.'; folder = path.posix.dirname(folder)) {
      const init = `${folder}/__init__.py`;
      if (this.#all.has(init)) found.push(init);
    }
    return found;
  }

  #candidates(base: string): string[] {
    const source = base.replace(COMPILED, '.$1ts$2');
    return [
      ...EXTENSIONS.map((extension) => `${base}${extension}`),
      ...EXTENSIONS.slice(1).map((extension) => `${base}/index${extension}`),
      source,
    ].filter((each) => this.#all.has(each));
  }

  #endingIn(name: string): string[] {
    const named = this.#byName.get(path.posix.basename(name)) ?? [];
    return named.filter((each) => each === name || each.endsWith(`/${name}`));
  }
}
