/**
 * AI-05: no program or script that neither the manifest nor a package accounts for. A package accounts for its files by its
 * metadata; the manifest for what it starts, and so for the code in the language of the server that this may load. Data is
 * no program, and neither is a declaration of types.
 */
import path from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { MANIFEST_PATH } from '../../bundle/manifest.ts';
import type { ScannedBundle } from '../bundle.ts';
import type { Kind, Origin } from '../classify.ts';
import { control } from '../control.ts';
import { requestsOf } from '../dependency-files.ts';
import { codeInManifest } from '../entry-points.ts';
import type { Finding } from '../finding.ts';
import type { OpenFile } from '../open-file.ts';
import { type Json, listOf, objectOf, safeJson, textOf } from '../safe-json.ts';
import { packagedFiles } from '../supply/packaged.ts';
import { type References, reachedFrom, referencesOf } from '../supply/reachable.ts';
import { told } from '../supply/told.ts';
import { decode } from '../text.ts';

interface Program {
  readonly kind: Kind;
  readonly origin: Origin;
  readonly references: References | undefined;
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
const LOADED_AS_SUCH = /\.(?:json|node|wasm|[cm]?[jt]sx?)$/i;
const DECLARATION = /\.d\.[cm]?ts$|\.pyi$/;
/** With a licence on top. */
const MAX_EMPTY_BYTES = 64 * 1024;
const MAX_PYPROJECT_BYTES = 1024 * 1024;
/** What of a package.json names files that others load. */
const ENTRIES = ['main', 'module', 'bin', 'exports', 'imports'] as const;

export const completeness = control<Program>('AI-05', {
  observe(file, bundle) {
    const { path, origin, kind, executable } = file;
    if (DECLARATION.test(path)) return undefined;
    const isCode = kind === 'javascript' || kind === 'typescript' || kind === 'python';
    if (isCode && !executable && origin === 'own' && isEmpty(file)) return undefined;
    if (origin === 'test' ? !isCode : !PROGRAMS.has(kind) && !executable) return undefined;
    if (origin !== 'test' && packagedFiles(bundle).has(path)) return undefined;
    return { kind, origin, references: isCode ? referencesOf(file) : undefined };
  },
  check(bundle, _context, observed) {
    const { manifest, entryPoints } = bundle;
    const server = 'json' in manifest ? objectOf(manifest.json.server) : undefined;
    const own = entryPoints.size === 0 ? [] : (LANGUAGES[textOf(server?.type) ?? ''] ?? []);
    const references = new Map<string, References>();
    for (const { path, observation } of observed) {
      if (observation.references !== undefined) references.set(path, observation.references);
    }
    const { files, isOpen } = reachedFrom(rootsOf(bundle, server, references), references);
    const findings = observed.flatMap(({ path, observation: { kind, origin } }): Finding[] => {
      if (entryPoints.has(path)) return [];
      if (origin === 'test')
        return own.includes(kind) && (isOpen || files.has(path)) ? [loadedTest(path)] : [];
      if (origin === 'vendored' || !own.includes(kind) || path.endsWith('.pth')) return [strange(path, kind)];
      return files.has(path) ? [] : [unused(path, kind, isOpen)];
    });
    const inManifest = 'json' in manifest ? codeInManifest(manifest.json).map(codeOfManifest) : [];
    return { findings: told([...inManifest, ...disguisedOf(bundle, references), ...findings]) };
  },
});

/** What a compiler leaves of a module that has types alone. */
function isEmpty({ size, code }: OpenFile): boolean {
  if (size > MAX_EMPTY_BYTES || code === undefined || 'unparsable' in code || code.hasErrors) return false;
  const { language, expressions, imports, assignments, scope } = code;
  return (
    language !== 'python' &&
    imports.length + assignments.length + scope.bindings.size === 0 &&
    expressions.every((each) => each.kind === 'other' && each.parts.length === 0)
  );
}

/** What is started, and what package.json and pyproject.toml give a name to. */
function rootsOf(
  bundle: ScannedBundle,
  server: ReturnType<typeof objectOf>,
  references: ReadonlyMap<string, References>,
): string[] {
  const named: { from: string; names: string[] }[] = [
    {
      from: 'manifest.json',
      names: (listOf(objectOf(server?.mcp_config)?.args) ?? []).flatMap((each) => textOf(each) ?? []),
    },
  ];
  for (const { name, file } of requestsOf(bundle)) {
    if (name === 'package.json') {
      const read = bundle.readJson(file.path);
      const json = read !== undefined && 'json' in read ? objectOf(read.json) : undefined;
      named.push({
        from: file.path,
        names: ENTRIES.flatMap((entry) => textsIn(json?.[entry])).map(relative),
      });
    } else if (name === 'pyproject.toml' && file.size <= MAX_PYPROJECT_BYTES) {
      const project = objectOf(objectOf(tomlOf(decode(bundle.read(file.path))))?.project);
      const scripts = [project?.scripts, project?.['gui-scripts'], project?.['entry-points']];
      named.push({ from: file.path, names: scripts.flatMap(textsIn) });
    }
  }
  // Each says what it names as a file in its place would.
  const said = named.map(({ from, names }): [string, References][] =>
    (['javascript', 'python'] as const).map((language) => [
      `${from}:${language}`,
      { language, names, required: [], isOpen: false },
    ]),
  );
  const places = said.flat();
  const { files } = reachedFrom(
    places.map(([place]) => place),
    new Map([...places, ...[...references.keys()].map((each) => [each, NOTHING] as const)]),
  );
  return [...bundle.entryPoints, ...[...files].filter((each) => references.has(each))];
}

const NOTHING: References = { language: 'javascript', names: [], required: [], isOpen: false };

/** `main` and others are paths without a dot at their start. */
function relative(name: string): string {
  return name.startsWith('.') ? name : `./${name}`;
}

function textsIn(value: Json | undefined): string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap((each) => textsIn(each as Json));
}

function tomlOf(text: string): Json | undefined {
  try {
    const read = safeJson(parseToml(text));
    return 'json' in read ? read.json : undefined;
  } catch {
    return undefined;
  }
}

/** What own code requires and no control judges: it is called neither code nor data. */
function disguisedOf(bundle: ScannedBundle, references: ReadonlyMap<string, References>): Finding[] {
  const found = new Set<string>();
  for (const [from, { required }] of references) {
    for (const name of required) {
      const file = bundle.file(path.posix.join(path.posix.dirname(from), name));
      if (file !== undefined && !references.has(file.path) && !LOADED_AS_SUCH.test(file.path))
        found.add(file.path);
    }
  }
  return [...found].map((file) => ({
    severity: 'high',
    file,
    line: null,
    title: 'It is loaded as code, and is not called so',
    remedy: 'Give it the extension of its language, such as .js.',
    blocks: 2,
  }));
}

function codeOfManifest(where: string): Finding {
  return {
    severity: 'high',
    file: MANIFEST_PATH,
    line: null,
    title:
      where === 'arguments'
        ? 'The code that is started stands in the arguments of the manifest'
        : `The variable ${where} of the manifest loads code before the server`,
    remedy: 'Start a file of the bundle, by its name.',
    blocks: 2,
  };
}

function strange(file: string, kind: Kind): Finding {
  return {
    severity: 'high',
    file,
    line: null,
    title: `Neither the manifest nor a package accounts for this ${WORDS[kind] ?? 'executable file'}`,
    remedy: 'Leave it out with a line in .mcpbignore, or start it by the manifest.',
    blocks: 2,
  };
}

/** Code of tests is not judged as that of the server is: whoever loads it would go around that. */
function loadedTest(file: string): Finding {
  return {
    severity: 'high',
    file,
    line: null,
    title: 'The server may load this file, which lies in a folder of tests',
    remedy: 'Leave tests out with a line in .mcpbignore, or move what the server needs.',
    blocks: 2,
  };
}

/** Where code loads what it computes the name of, nobody can say that it does not load this. */
function unused(file: string, kind: Kind, isOpen: boolean): Finding {
  return {
    severity: isOpen ? 'low' : 'medium',
    file,
    line: null,
    title: `Nothing that the manifest starts ${isOpen ? 'seems to load' : 'loads'} this ${WORDS[kind] ?? 'file'}`,
    remedy: 'Leave it out with a line in .mcpbignore.',
    blocks: isOpen ? null : 2,
  };
}

const WORDS: Partial<Record<Kind, string>> = {
  javascript: 'JavaScript file',
  typescript: 'TypeScript file',
  python: 'Python file',
  shell: 'shell script',
  script: 'script',
  program: 'compiled program',
};
