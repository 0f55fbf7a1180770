/** The files that a manifest starts: its entry point, and what its command and arguments name below its own folder. */
import { type JsonObject, listOf, objectOf, textOf } from './safe-json.ts';

const OWN_FOLDER = /^\$\{__dirname\}(?:[/\\]|\$\{\/\})(.+)$/;

const NODE = /^(?:node|nodejs|bun|deno|tsx|ts-node|npx)(?:\.exe|\.cmd)?$/;
const PYTHON = /^(?:python[\d.]*|pypy[\d.]*|pythonw?|py|uv|uvx)(?:\.exe)?$/;
const SHELL = /^(?:(?:ba|z|da|k|a|fi)?sh|cmd|powershell|pwsh)(?:\.exe)?$/;
/** Options with a file that is no code. */
const TAKES_DATA =
  /^--(?:env-file(?:-if-exists)?|with-requirements|config-file|constraints|overrides|tsconfig)$/;
/** Options with a file that is loaded before the script. */
const LOADS = /^(?:-r|--require|--import|--loader|--experimental-loader)(?:=(.*))?$/;
const EVALUATES: Readonly<Record<Interpreter, RegExp>> = {
  javascript: /^(?:-e|--eval|-p|-pe|--print)(?:=|$)|^--(?:import|loader|experimental-loader)=data:|^data:/,
  python: /^-\w*c/,
  shell: /^[-/]\w*c(?:ommand)?$/i,
};
const LOADING_VARIABLE = /^(?:LD_PRELOAD|LD_AUDIT|DYLD_INSERT_LIBRARIES|BASH_ENV|PYTHONSTARTUP)$/;

type Interpreter = 'javascript' | 'python' | 'shell';

/** @param files of the bundle, by path */
export function entryPointsOf(manifest: JsonObject, files: { has(path: string): boolean }): Set<string> {
  const found = new Set<string>();
  const server = objectOf(manifest.server);
  for (const each of filesNamed(textOf(server?.entry_point), files)) found.add(each);
  for (const { command, args } of startsOf(server)) {
    for (const word of [command, ...args]) for (const each of filesNamed(word, files)) found.add(each);
  }
  return found;
}

/**
 * What an interpreter is given to run: it takes a file for code whatever that is called.
 * @param files of the bundle, by path
 */
export function startedCode(
  manifest: JsonObject,
  files: { has(path: string): boolean },
): Map<string, 'javascript' | 'python'> {
  const found = new Map<string, 'javascript' | 'python'>();
  const server = objectOf(manifest.server);
  const type = textOf(server?.type);
  const language = type === 'node' ? 'javascript' : type === 'python' || type === 'uv' ? 'python' : undefined;
  const add = (word: string | undefined, as: 'javascript' | 'python') => {
    const named = filesNamed(word, files);
    for (const each of named) found.set(each, as);
    return named.length > 0;
  };
  if (language !== undefined) add(textOf(server?.entry_point), language);
  for (const { command, args } of startsOf(server)) {
    const interpreter = interpreterOf(command);
    if (interpreter !== 'javascript' && interpreter !== 'python') continue;
    for (const [index, word] of args.entries()) {
      const before = args[index - 1] ?? '';
      if (TAKES_DATA.test(before)) continue;
      if (LOADS.test(word)) add(LOADS.exec(word)?.[1], interpreter);
      else if (add(word, interpreter) && !LOADS.test(before)) break;
    }
  }
  return found;
}

/** Code that stands in the manifest itself, or that it loads past what it starts: where. */
export function codeInManifest(manifest: JsonObject): string[] {
  const found = new Set<string>();
  for (const { command, args, env } of startsOf(objectOf(manifest.server))) {
    const interpreter = interpreterOf(command);
    if (interpreter !== undefined && args.some((word) => EVALUATES[interpreter].test(word))) {
      found.add('arguments');
    }
    for (const [name, value] of Object.entries(env)) {
      const loads =
        name === 'NODE_OPTIONS' && / -r|--(?:require|import|loader|experimental-loader)/.test(` ${value}`);
      if (loads || LOADING_VARIABLE.test(name)) found.add(name);
    }
  }
  return [...found];
}

interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: JsonObject;
}

/** On every platform. */
function startsOf(server: JsonObject | undefined): Start[] {
  const config = objectOf(server?.mcp_config);
  const overrides = Object.values(objectOf(config?.platform_overrides) ?? {}).map(objectOf);
  return [config, ...overrides].map((each) => ({
    command: textOf(each?.command) ?? textOf(config?.command) ?? '',
    args: (listOf(each?.args) ?? []).flatMap((word) => textOf(word) ?? []),
    env: objectOf(each?.env) ?? {},
  }));
}

function interpreterOf(command: string): Interpreter | undefined {
  const name = command.split(/[/\\]/).at(-1) ?? '';
  if (NODE.test(name)) return 'javascript';
  if (PYTHON.test(name)) return 'python';
  return SHELL.test(name) ? 'shell' : undefined;
}

function filesNamed(word: string | undefined, files: { has(path: string): boolean }): string[] {
  if (word === undefined) return [];
  const inside = (OWN_FOLDER.exec(word)?.[1] ?? word)
    .replaceAll('\u0024{/}', '/')
    .replaceAll('\\', '/')
    .replace(/^(?:\.\/)+/, '');
  return [inside, `${inside}.exe`].filter((name) => files.has(name));
}
