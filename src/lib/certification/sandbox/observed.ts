/** From events to what is told of a server: what belongs to its runtime and its system is left out. */
import path from 'node:path';
import type { Behaviour, NetworkUse } from '../context.ts';
import { compareText } from '../finding.ts';
import type { TraceEvent } from './trace.ts';

/** Where things are in the sandbox. */
export const BUNDLE = '/bundle';
export const HOME = '/home/user';
export const RUNTIME = '/runtime';

/** As many of a kind are told; with more of what is declared, something else could hide behind it. */
export const MOST = 200;
export const TOO_MUCH = `It does more than ${MOST} different things of a kind`;
const LONGEST = 300;

/** What runtimes and the system's library read of themselves. */
const OWN = [
  /^\/(?:bundle|runtime|usr|lib|lib64|lib32|bin|sbin)(?:\/|$)/,
  /^\/etc\/(?:ld\.so\.(?:cache|preload)|ssl\/openssl\.cnf|localtime|nsswitch\.conf|host\.conf|hosts|resolv\.conf)$/,
  /^\/etc\/(?:gai\.conf|netsvc\.conf|svc\.conf|services|protocols|irs\.conf)$/,
  /^\/dev\/(?:null|zero|full|urandom|random|tty)$/,
  /^\/proc\/(?:meminfo|stat|cpuinfo|uptime|loadavg|version|version_signature|filesystems)$/,
  /^\/proc\/self\/(?:maps|stat|status|cgroup|mountinfo|exe|limits|fd|task|oom_score_adj)$/,
  /^\/sys\/(?:fs\/cgroup|devices\/system|kernel\/mm)(?:\/|$)/,
  // Looked for in each folder from the bundle's up.
  /^\/(?:package\.json|node_modules|pyvenv\.cfg)(?:\/|$)/,
];
/** Sockets of the system's library. */
const OWN_SOCKETS = new Set(['/var/run/nscd/socket', '/run/nscd/socket']);

export class Observed {
  readonly #command: string;
  #isRunning = false;
  readonly #problems = new Set<string>();
  readonly #network = new Map<string, NetworkUse>();
  readonly #read = new Set<string>();
  readonly #written = new Set<string>();
  readonly #processes = new Set<string>();

  /** @param command path of what the server is started with */
  constructor(command: string) {
    this.#command = command;
  }

  add(event: TraceEvent): void {
    if (event.kind === 'limit') this.#problems.add('It starts more processes than it may');
    else if (event.kind === 'namespace')
      this.#problems.add('It makes namespaces of its own, where it cannot be followed');
    else if ('address' in event) this.#connect(event.kind, event.address);
    else if (event.kind === 'run') this.#run(event.path);
    else this.#file(event.kind, path.posix.normalize(event.path));
  }

  /** Sentences without their full stop. */
  get problems(): ReadonlySet<string> {
    return this.#problems;
  }

  lists(): Pick<Behaviour, 'network' | 'filesRead' | 'filesWritten' | 'processes'> {
    return {
      network: [...this.#network].sort(([one], [other]) => compareText(one, other)).map(([, use]) => use),
      filesRead: ordered(this.#read),
      filesWritten: ordered(this.#written),
      processes: ordered(this.#processes),
    };
  }

  #connect(direction: NetworkUse['direction'], address: string): void {
    if (OWN_SOCKETS.has(address)) return;
    const use = { direction, address: address.slice(0, LONGEST) };
    const key = `${direction} ${use.address}`;
    if (this.#network.size < MOST) this.#network.set(key, use);
    else if (!this.#network.has(key)) this.#problems.add(TOO_MUCH);
  }

  #run(program: string): void {
    if (this.#isRunning) this.#add(this.#processes, path.posix.basename(program));
    else if (program === this.#command) this.#isRunning = true;
  }

  #file(kind: 'read' | 'write', file: string): void {
    const isOwn =
      kind === 'read' ? OWN.some((own) => own.test(file)) : file === '/dev/null' || file === '/dev/tty';
    if (isOwn) return;
    const told = file === HOME || file.startsWith(`${HOME}/`) ? `~${file.slice(HOME.length)}` : file;
    this.#add(kind === 'read' ? this.#read : this.#written, told);
  }

  #add(set: Set<string>, text: string): void {
    const told = text.slice(0, LONGEST);
    if (set.size < MOST) set.add(told);
    else if (!set.has(told)) this.#problems.add(TOO_MUCH);
  }
}

export function ordered(names: Iterable<string>): string[] {
  return [...names].sort(compareText);
}
