/**
 * The command line that confines a server: bubblewrap's namespaces (no network, own processes and users, a file system of
 * which only /tmp and the home may be written to, and are gone afterwards), limits of util-linux, and strace outside of it
 * all, where the server can neither see nor stop it. docs/certification.md says what that is good for.
 */
import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { findProgram } from '../../launch/find-program.ts';
import { BUNDLE, HOME, RUNTIME } from './observed.ts';
import { TRACED } from './trace.ts';

const MIB = 1024 * 1024;

export const SANDBOX_LIMITS = {
  /** Until it has listed its tools. */
  answerMilliseconds: 20_000,
  /** Until it has ended, when its input has. */
  endMilliseconds: 2_000,
  processes: 96,
  /** Of each process: what it may write to in memory. */
  memoryBytes: 1024 * MIB,
  cpuSeconds: 30,
  files: 1024,
  /** Of /tmp, and of the home. */
  diskBytes: 64 * MIB,
  traceBytes: 128 * MIB,
  stderrBytes: 4 * MIB,
} as const;

/** Nobody: what root runs runs as this user. */
export const NOBODY = 65534;

const PROGRAMS = ['bwrap', 'strace', 'setpriv', 'prlimit'] as const;
export type Programs = Readonly<Record<(typeof PROGRAMS)[number], string>>;

/** Folders that a dynamic program needs, where they are there. */
const SYSTEM = ['/bin', '/sbin', '/lib', '/lib32', '/lib64'];
const SYSTEM_FILES = ['/etc/ld.so.cache', '/etc/alternatives'];

/**
 * @param searchPath a PATH
 * @returns where they are, or what there is none of
 */
export function findPrograms(searchPath: string): { programs: Programs } | { missing: string } {
  const found: Partial<Record<keyof Programs, string>> = {};
  for (const name of PROGRAMS) {
    const program = findProgram(name, { PATH: searchPath }, 'linux');
    if (program === undefined) return { missing: name };
    found[name] = program;
  }
  return { programs: found as Programs };
}

export interface Confined {
  /** Path in the sandbox, or of a program of the system. */
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** The bundle's files. */
  readonly bundle: string;
  /** The program that is Node; undefined for none. */
  readonly node: string | undefined;
  /** File that is there, and that strace may write to. */
  readonly trace: string;
  readonly isRoot: boolean;
}

/** The program that starts the server in the sandbox: nothing before it is the server's doing. */
export function launcherOf(programs: Programs): string {
  return programs.prlimit;
}

export function confinedCommand(programs: Programs, confined: Confined): [string, string[]] {
  const { command, args, environment, bundle, node, trace, isRoot } = confined;
  const limits = SANDBOX_LIMITS;
  const user = isRoot ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
  return [
    programs.setpriv,
    [
      // It ends with whoever started it.
      ...['--pdeathsig=KILL', '--no-new-privs', ...user, '--'],
      ...[programs.prlimit, `--fsize=${limits.traceBytes}`, '--core=0', '--'],
      ...[programs.strace, '-f', '-qq', '-y', '-xx', '-s', '320', '-e', 'signal=none', '-o', trace],
      ...['-e', `trace=${TRACED.join(',')}`],
      // What is done through it would not be seen.
      ...['-e', 'inject=io_uring_setup:error=ENOSYS', '--'],
      ...[programs.bwrap, '--unshare-all', '--unshare-user', '--die-with-parent', '--new-session'],
      ...['--cap-drop', 'ALL', '--hostname', 'sandbox', '--clearenv'],
      ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
      ...['--ro-bind', '/usr', '/usr', ...SYSTEM.flatMap(bound)],
      ...SYSTEM_FILES.flatMap((file) => ['--ro-bind-try', file, file]),
      ...(node === undefined ? [] : ['--ro-bind', node, `${RUNTIME}/node`]),
      ...['--ro-bind', bundle, BUNDLE, '--proc', '/proc', '--dev', '/dev'],
      ...['/tmp', HOME].flatMap((folder) => ['--size', String(limits.diskBytes), '--tmpfs', folder]),
      ...['--remount-ro', '/', '--chdir', BUNDLE, '--'],
      ...[programs.prlimit, `--nproc=${limits.processes}`, `--data=${limits.memoryBytes}`],
      ...[`--cpu=${limits.cpuSeconds}`, `--nofile=${limits.files}`, '--', command, ...args],
    ],
  ];
}

/** As it is on this system: a folder, or a link into /usr. */
function bound(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return lstatSync(folder).isSymbolicLink()
    ? ['--symlink', readlinkSync(folder), folder]
    : ['--ro-bind', folder, folder];
}
