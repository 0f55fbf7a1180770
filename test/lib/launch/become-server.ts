/**
 * A process that becomes a server, as `mpak run` does, for tests that look at it from outside. Its argument is JSON:
 * the launch, and what it does before.
 */
import { becomeServer, type Ended, endAs, type LaunchSpec } from '../../../src/lib/launch/become.ts';

export interface Script {
  readonly spec: LaunchSpec;
  /** Writes to stderr first, and looks at the other streams, as any command does. */
  readonly talk?: boolean;
  /** Stays the parent of the server, as where there is no execve. */
  readonly stayBehind?: boolean;
}

const script = JSON.parse(process.argv[2] as string) as Script;
if (script.talk) {
  process.stderr.write('talk\n');
  if (process.stdout.isTTY || process.stdin.isTTY) process.stderr.write('on a terminal\n');
}
try {
  const ended: Ended = await (script.stayBehind
    ? becomeServer(script.spec, process, { replace: false })
    : becomeServer(script.spec, process));
  endAs(ended, process);
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  process.stderr.write(`${code} in ${process.cwd()}: ${message}\n`);
  process.exitCode = 9;
}
