/**
 * What strace (`-f -y -xx`) says of a server, as events. Every text in it is hexadecimal, so that no file name can look
 * like something else; a call that was interrupted is on two lines.
 */

/** Calls that are traced. The question mark is for those that not every processor has. */
export const TRACED = [
  ...['?open', 'openat', '?openat2', '?creat', '?chdir', '?truncate', '?chmod', '?fchmodat', '?fchmodat2'],
  ...[
    '?chown',
    '?lchown',
    '?fchownat',
    '?mkdir',
    '?mkdirat',
    '?rmdir',
    '?unlink',
    '?unlinkat',
    '?mknod',
    '?mknodat',
  ],
  ...['?rename', '?renameat', '?renameat2', '?link', '?linkat', '?symlink', '?symlinkat', '?utimensat'],
  ...['connect', 'bind', 'listen', 'sendto', 'sendmsg', 'sendmmsg'],
  ...['execve', '?execveat', '?clone', '?clone3', '?fork', '?vfork', '?unshare', '?setns', '?io_uring_setup'],
] as const;

export type TraceEvent =
  | { readonly kind: 'read' | 'write' | 'run'; readonly path: string }
  | { readonly kind: 'outbound' | 'inbound'; readonly address: string }
  /** A process or thread more than the limit allows. */
  | { readonly kind: 'limit' }
  /** Namespaces of its own, in which paths mean something else. */
  | { readonly kind: 'namespace' };

const OPENS = new Set(['open', 'openat', 'openat2', 'creat']);
const RUNS = new Set(['execve', 'execveat']);
const STARTS = new Set(['clone', 'clone3', 'fork', 'vfork']);
const SENDS = new Set(['sendto', 'sendmsg', 'sendmmsg']);
const WRITING = /\bO_(?:WRONLY|RDWR|CREAT|TRUNC)\b/;
/** What is read of the two paths of a link is where it leads. */
const LINKS = new Set(['link', 'linkat', 'symlink', 'symlinkat']);

const TEXT = String.raw`"((?:\\x[0-9a-f]{2})*)"`;
/** A path, and the folder that it begins in. */
const PATHS = new RegExp(String.raw`(?:(?:AT_FDCWD|-?\d+)<((?:\\x[0-9a-f]{2})*)>, )?${TEXT}`, 'g');
const CALL = /^(\w+)\((.*)\)\s+= (.*)$/s;
const RESUMED = /^<\.\.\. \w+ resumed>(.*)$/s;
const UNFINISHED = ' <unfinished ...>';
const IPV4 = new RegExp(
  String.raw`sa_family=AF_INET, sin_port=htons\((\d+)\), sin_addr=inet_addr\(${TEXT}\)`,
  'g',
);
const IPV6 = new RegExp(
  String.raw`sa_family=AF_INET6, sin6_port=htons\((\d+)\).{0,80}?inet_pton\(AF_INET6, ${TEXT}`,
  'g',
);
const LOCAL = new RegExp(`sa_family=AF_UNIX, sun_path=@?${TEXT}`, 'g');
const ANY_TEXT = new RegExp(TEXT, 'g');
const SOCKET = /^\d+<((?:\\x[0-9a-f]{2})*)>/;
const DNS_PORT = 53;
/** Where the resolver asks when nobody told it a server. */
const OWN_RESOLVER = '127.0.0.1:53';

export class Trace {
  readonly #launcher: string;
  #isStarted = false;
  /** Those that set the sandbox up. */
  readonly #strangers = new Set<string>();
  /** The first half of a call, by process. */
  readonly #unfinished = new Map<string, string>();
  readonly #bound = new Map<string, string>();
  readonly #resolving = new Set<string>();

  /** @param launcher path of the program that starts the server: all before that is the sandbox itself */
  constructor(launcher: string) {
    this.#launcher = launcher;
  }

  /** @param line without its end */
  read(line: string): TraceEvent[] {
    const space = line.indexOf(' ');
    const pid = line.slice(0, space);
    const text = line.slice(space).trim();
    if (this.#isStarted && this.#strangers.has(pid)) return [];
    if (text.endsWith(UNFINISHED)) {
      this.#unfinished.set(pid, text.slice(0, -UNFINISHED.length));
      this.#setUp(pid, text);
      return [];
    }
    const rest = RESUMED.exec(text)?.[1];
    const whole = rest === undefined ? text : (this.#unfinished.get(pid) ?? '') + rest;
    this.#unfinished.delete(pid);
    if (!this.#setUp(pid, whole)) return this.#call(whole);
    return [];
  }

  /** What was not done when it ended. */
  end(): TraceEvent[] {
    return [...this.#unfinished.values()].flatMap((text) => this.#call(`${text}) = ?`));
  }

  /** @returns whether this is still the sandbox itself */
  #setUp(pid: string, text: string): boolean {
    if (this.#isStarted) return false;
    if (text.startsWith('execve(') && pathsIn(text)[0] === this.#launcher) {
      this.#isStarted = true;
      this.#strangers.delete(pid);
    } else this.#strangers.add(pid);
    return true;
  }

  #call(text: string): TraceEvent[] {
    const [, name = '', args = '', result = ''] = CALL.exec(text) ?? [];
    if (RUNS.has(name))
      return pathsIn(args)
        .slice(0, 1)
        .map((path) => ({ kind: 'run', path }));
    if (name === 'unshare' || name === 'setns') return [{ kind: 'namespace' }];
    if (STARTS.has(name)) {
      if (/\bCLONE_NEW/.test(args)) return [{ kind: 'namespace' }];
      return result.startsWith('-1 EAGAIN') ? [{ kind: 'limit' }] : [];
    }
    if (OPENS.has(name)) {
      const kind = name === 'creat' || WRITING.test(args) ? 'write' : 'read';
      return pathsIn(args)
        .slice(0, 1)
        .map((path) => ({ kind, path }));
    }
    if (name === 'chdir') return pathsIn(args).map((path) => ({ kind: 'read', path }));
    if (name === 'connect' || name === 'bind' || name === 'listen') return this.#socket(name, args);
    if (SENDS.has(name)) return this.#send(args);
    if (name === 'io_uring_setup') return [];
    return pathsIn(args).map((path, at) => ({ kind: LINKS.has(name) && at === 0 ? 'read' : 'write', path }));
  }

  #socket(name: 'connect' | 'bind' | 'listen', args: string): TraceEvent[] {
    const socket = SOCKET.exec(args)?.[1] ?? '';
    if (name === 'listen') {
      const address = this.#bound.get(socket);
      return address === undefined ? [] : [{ kind: 'inbound', address }];
    }
    const [address] = addressesIn(args);
    if (address === undefined) return [];
    if (name === 'bind') {
      this.#bound.set(socket, address);
      // A port of its own choice: for answers, unless it listens.
      return address.endsWith(':0') || args.includes('AF_UNIX') ? [] : [{ kind: 'inbound', address }];
    }
    if (portOf(address) === DNS_PORT) this.#resolving.add(socket);
    return address === OWN_RESOLVER ? [] : [{ kind: 'outbound', address }];
  }

  #send(args: string): TraceEvent[] {
    const addresses = addressesIn(args);
    const isQuestion =
      this.#resolving.has(SOCKET.exec(args)?.[1] ?? '') ||
      addresses.some((each) => portOf(each) === DNS_PORT);
    const names = isQuestion
      ? [...args.matchAll(ANY_TEXT)].map(([, hex = '']) => nameAsked(bytesOf(hex)))
      : [];
    return [...addresses.filter((each) => each !== OWN_RESOLVER), ...names]
      .filter((address) => address !== undefined)
      .map((address) => ({ kind: 'outbound', address }));
  }
}

function portOf(address: string): number {
  return Number(/:(\d+)$/.exec(address)?.[1]);
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex');
}

function textOf(hex = ''): string {
  return bytesOf(hex).toString('utf8');
}

function pathsIn(args: string): string[] {
  return [...args.matchAll(PATHS)].map(([, folder, path]) => {
    const text = textOf(path);
    return folder === undefined || text.startsWith('/') ? text : `${textOf(folder)}/${text}`;
  });
}

function addressesIn(args: string): string[] {
  return [
    ...[...args.matchAll(IPV4)].map(([, port, host]) => `${textOf(host)}:${port}`),
    ...[...args.matchAll(IPV6)].map(([, port, host]) => `[${textOf(host)}]:${port}`),
    ...[...args.matchAll(LOCAL)].map(([, path]) => textOf(path)),
  ];
}

/** The name in a question to a name server (RFC 1035); undefined when it is none. */
function nameAsked(message: Buffer): string | undefined {
  if (message.length < 17 || message.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  for (let at = 12; at < message.length; ) {
    const length = message[at] as number;
    if (length === 0) return labels.length === 0 ? undefined : labels.join('.');
    if (length > 63 || at + length >= message.length) return undefined;
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return undefined;
}
