import { expect } from 'chai';
import { Observed } from '../../../../src/lib/certification/sandbox/observed.ts';
import { Trace } from '../../../../src/lib/certification/sandbox/trace.ts';

const LAUNCHER = '/usr/bin/prlimit';

/** As strace writes texts. */
function hex(text: string): string {
  return [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

/** Lines with texts in quotes and folders in brackets made hexadecimal. */
function traced(...lines: string[]) {
  const trace = new Trace(LAUNCHER);
  const coded = [`7 execve("${LAUNCHER}", [], 0x1 /* 4 vars */) = 0`, ...lines].map((line) =>
    line.replaceAll(/"([^"]*)"|(?<=AT_FDCWD|\d)<([^>]*)>/g, (_, quoted, bracketed) =>
      quoted === undefined ? `<${hex(bracketed)}>` : `"${hex(quoted)}"`,
    ),
  );
  return [...coded.flatMap((line) => trace.read(line)), ...trace.end()];
}

describe('a trace', () => {
  it('begins where the server is started, without what sets the sandbox up', () => {
    const trace = new Trace(LAUNCHER);
    const open = (pid: number) => `${pid} openat(AT_FDCWD<${hex('/')}>, "${hex('/root')}", O_RDONLY) = 3`;
    const start = `9 execve("${hex(LAUNCHER)}", ["${hex('prlimit')}"], 0x1 /* 4 vars */) = 0`;
    const events = [open(7), open(8), open(9), start, open(7), open(9), open(10)].map((line) =>
      trace.read(line),
    );
    expect(events.map(({ length }) => length)).to.deep.equal([0, 0, 0, 0, 0, 1, 1]);
  });

  it('says what is opened, from the folder that somebody stands in', () => {
    expect(
      traced(
        '7 openat(AT_FDCWD</tmp>, "../etc/shadow", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)',
        '7 openat(5</home/user>, "a", O_WRONLY|O_CREAT, 0666) = 3</home/user/a>',
        '7 open("/x", O_RDWR) = 3',
        '7 creat("/y", 0666) = 3',
        '7 chdir("/root") = 0',
      ),
    ).to.deep.equal([
      { kind: 'read', path: '/tmp/../etc/shadow' },
      { kind: 'write', path: '/home/user/a' },
      { kind: 'write', path: '/x' },
      { kind: 'write', path: '/y' },
      { kind: 'read', path: '/root' },
    ]);
  });

  it('takes what a link leads to for read', () => {
    expect(
      traced(
        '7 symlink("/root/.ssh", "/tmp/x") = 0',
        '7 linkat(AT_FDCWD</etc>, "shadow", AT_FDCWD</tmp>, "y", 0) = -1 EPERM (Operation not permitted)',
        '7 rename("/a", "/b") = 0',
      ),
    ).to.deep.equal([
      { kind: 'read', path: '/root/.ssh' },
      { kind: 'write', path: '/tmp/x' },
      { kind: 'read', path: '/etc/shadow' },
      { kind: 'write', path: '/tmp/y' },
      { kind: 'write', path: '/a' },
      { kind: 'write', path: '/b' },
    ]);
  });

  it('joins calls that were interrupted, and counts those that never ended', () => {
    expect(
      traced(
        '7 execve("/bin/sh", ["sh"], 0x1 /* 4 vars */ <unfinished ...>',
        '8 openat(AT_FDCWD</tmp>, "a", O_RDONLY <unfinished ...>',
        '7 <... execve resumed>) = 0',
        '8 <... openat resumed>) = 3</tmp/a>',
        '9 connect(3<socket:[1]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("192.0.2.1")}, 16 <unfinished ...>',
      ),
    ).to.deep.equal([
      { kind: 'run', path: '/bin/sh' },
      { kind: 'read', path: '/tmp/a' },
      { kind: 'outbound', address: '192.0.2.1:80' },
    ]);
  });

  it('says who is connected to, who is listened for, and which names are asked for', () => {
    const question = `${'\\x00'.repeat(5)}\\x01${'\\x00'.repeat(6)}\\x04${hex('evil')}\\x04${hex('test')}\\x00\\x00\\x01\\x00\\x01`;
    const send = `7 sendto(4<${hex('socket:[2]')}>, "${question}", 27, MSG_NOSIGNAL, NULL, 0) = 27`;
    const trace = new Trace(LAUNCHER);
    const socket = (number: number, call: string, rest: string) =>
      `7 ${call}(3<${hex(`socket:[${number}]`)}>, ${rest}) = 0`;
    const inet = (port: number, host: string) =>
      `{sa_family=AF_INET, sin_port=htons(${port}), sin_addr=inet_addr("${hex(host)}")}, 16`;
    const inet6 = `{sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "${hex('2001:db8::1')}", &sin6_addr), sin6_scope_id=0}, 28`;
    const lines = [
      `7 execve("${hex(LAUNCHER)}", [], 0x1) = 0`,
      socket(1, 'connect', inet6),
      socket(2, 'connect', inet(53, '127.0.0.1')),
      send,
      socket(3, 'connect', `{sa_family=AF_UNIX, sun_path="${hex('/run/docker.sock')}"}, 110`),
      socket(4, 'bind', inet(0, '0.0.0.0')),
      socket(5, 'bind', inet(0, '127.0.0.1')),
      socket(5, 'listen', '511'),
      socket(6, 'bind', inet(8080, '0.0.0.0')),
    ];
    expect(lines.flatMap((line) => trace.read(line))).to.deep.equal([
      { kind: 'outbound', address: '[2001:db8::1]:443' },
      { kind: 'outbound', address: 'evil.test' },
      { kind: 'outbound', address: '/run/docker.sock' },
      { kind: 'inbound', address: '127.0.0.1:0' },
      { kind: 'inbound', address: '0.0.0.0:8080' },
    ]);
  });

  it('says when somebody leaves where it can be followed, or starts too much', () => {
    expect(
      traced(
        '7 unshare(CLONE_NEWNS|CLONE_NEWUSER) = 0',
        '7 clone3({flags=CLONE_NEWUSER|CLONE_NEWNS, exit_signal=SIGCHLD}, 88) = 9',
        '7 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 10',
        '7 clone(child_stack=NULL, flags=SIGCHLD) = -1 EAGAIN (Resource temporarily unavailable)',
      ),
    ).to.deep.equal([{ kind: 'namespace' }, { kind: 'namespace' }, { kind: 'limit' }]);
  });

  it('is not told another story by a file name', () => {
    const name = '/bundle/a", O_RDONLY) = 3\n7 execve("/bin/sh", [';
    const trace = new Trace(LAUNCHER);
    trace.read(`7 execve("${hex(LAUNCHER)}", [], 0x1) = 0`);
    const events = trace.read(`7 openat(AT_FDCWD<${hex('/')}>, "${hex(name)}", O_RDONLY) = 3`);
    expect(events).to.deep.equal([{ kind: 'read', path: name }]);
  });
});

describe('what is observed', () => {
  const read = (...files: string[]) => {
    const observed = new Observed('/runtime/node');
    for (const path of files) observed.add({ kind: 'read', path });
    return observed.lists().filesRead;
  };

  it('leaves out what is of the bundle, the runtime and the system', () => {
    expect(
      read('/bundle/server/index.js', '/usr/lib/x.so', '/etc/ld.so.cache', '/proc/self/maps'),
    ).to.deep.equal([]);
  });

  it('has everything else, in the home as the user writes it, each once and in order', () => {
    expect(
      read('/home/user/.ssh/id_rsa', '/bundle/../etc/shadow', '/bundles/x', '/etc/shadow', '/home/user2/x'),
    ).to.deep.equal(['/bundles/x', '/etc/shadow', '/home/user2/x', '~/.ssh/id_rsa']);
    expect(read('/proc/self/root/etc/shadow', '/proc/self/environ', '/proc/1/maps')).to.have.length(3);
  });

  it('lets nothing hide behind a crowd of what is declared', () => {
    const observed = new Observed('/runtime/node');
    for (let number = 0; number < 200; number += 1) observed.add({ kind: 'read', path: `/srv/${number}` });
    observed.add({ kind: 'read', path: '/srv/0' });
    expect([...observed.problems]).to.deep.equal([]);
    observed.add({ kind: 'read', path: '/home/user/.ssh/id_rsa' });
    expect([...observed.problems]).to.have.length(1);
  });

  it('counts every program but the server itself', () => {
    const observed = new Observed('/runtime/node');
    for (const path of ['/usr/bin/prlimit', '/runtime/node', '/bin/sh', '/runtime/node']) {
      observed.add({ kind: 'run', path });
    }
    expect(observed.lists().processes).to.deep.equal(['node', 'sh']);
  });
});
