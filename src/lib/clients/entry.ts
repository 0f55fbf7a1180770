/** Entries of clients' files: which are mpak's, what they start, and what they are called. */
import path from 'node:path';
import { type PackageName, parsePackageReference } from '../bundle/name.ts';
import { isObject } from '../config/config-json.ts';
import { MpakError } from '../errors.ts';
import type { Launch } from './client.ts';

/** An entry that starts `mpak run`. */
export interface OwnEntry {
  readonly name: string;
  readonly package: PackageName;
  readonly launch: Launch;
}

/** What mpak is called: as a program, and as the script that Node is started with. */
const PROGRAM = /^mpak(-[\w.-]+)?(\.exe)?$/i;
const SCRIPT = /^mpak(\.cjs)?$/i;
const NODE = /^node(js)?[\d.]*(\.exe)?$/i;
/** What every client takes: some take no more, and `__proto__` is a name to none that is written in JavaScript. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** The entries of a list of servers that start `mpak run`. */
export function ownEntries(servers: unknown): OwnEntry[] {
  if (!isObject(servers)) return [];
  return Object.entries(servers).flatMap(([name, value]) => {
    const launch = launchOf(value);
    const found = launch && packageOf(launch);
    return launch === undefined || found === undefined ? [] : [{ name, package: found, launch }];
  });
}

/** How an entry starts its server, in whichever of the clients' forms; undefined when it starts none. */
export function launchOf(entry: unknown): Launch | undefined {
  if (!isObject(entry)) return undefined;
  const line = [entry.command ?? entry.cmd].flat().concat(entry.args ?? []);
  if (line.length === 0 || !line.every((word) => typeof word === 'string')) return undefined;
  const [command, ...args] = line as [string, ...string[]];
  const variables = entry.env ?? entry.envs ?? entry.environment;
  const env = Object.fromEntries(
    Object.entries(isObject(variables) ? variables : {}).map(([name, value]) => [name, String(value)]),
  );
  return { command, args, env };
}

/** Those words and no others: what starts something else besides is somebody else's. */
function packageOf({ command, args }: Launch): PackageName | undefined {
  const isNode = NODE.test(nameOf(command)) && SCRIPT.test(nameOf(args[0] ?? ''));
  const [run, reference, ...more] = isNode ? args.slice(1) : args;
  if (!isNode && !PROGRAM.test(nameOf(command))) return undefined;
  if (run !== 'run' || reference === undefined || more.length > 0) return undefined;
  return parsePackageReference(reference)?.name;
}

/** The last part of a path of any system. */
function nameOf(file: string): string {
  return path.win32.basename(file);
}

/**
 * What a server is called in a client's file: the package's name without its scope, unless another is asked for.
 * @throws MpakError USAGE when what is asked for is no name that every client takes
 */
export function entryName(name: PackageName, asked: string | undefined): string {
  if (asked === undefined) return name.slice(name.indexOf('/') + 1).slice(0, 64);
  if (NAME.test(asked)) return asked;
  throw new MpakError('USAGE', `${JSON.stringify(asked)} cannot be the name of a server.`, {
    hint: 'Take up to 64 letters, digits, - and _, the first a letter or digit: what every client takes.',
  });
}
