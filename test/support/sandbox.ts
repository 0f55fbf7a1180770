/** Whether this machine can confine a program: asked of the programs themselves, not of what is tested. */
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import type { SandboxOptions } from '../../src/lib/certification/sandbox/bubblewrap.ts';

const SEARCH_PATH = '/usr/local/bin:/usr/bin:/bin';

export function canConfine(): boolean {
  const succeeds = (command: string, ...args: string[]) =>
    spawnSync(command, args, { env: { PATH: SEARCH_PATH }, stdio: 'ignore', timeout: 10_000 }).status === 0;
  return (
    process.platform === 'linux' &&
    succeeds('bwrap', '--unshare-all', '--unshare-user', '--ro-bind', '/', '/', '--proc', '/proc', 'true') &&
    succeeds('strace', '-f', '-o', '/dev/null', 'true') &&
    succeeds('setpriv', '--no-new-privs', 'prlimit', '--core=0', 'true')
  );
}

export function sandboxOptions(changes: Partial<SandboxOptions> = {}): SandboxOptions {
  return {
    platform: process.platform,
    searchPath: SEARCH_PATH,
    node: process.execPath,
    temporary: os.tmpdir(),
    isRoot: process.getuid?.() === 0,
    ...changes,
  };
}

/** A server of one tool that needs no package. @param more code that runs before it serves */
export function plainServer(more = ''): string {
  return `${more}
import { createInterface } from 'node:readline';
const results = {
  initialize: { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'echo', version: '1' } },
  'tools/list': { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] },
};
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line);
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: '2.0', id, result: results[method] }));
});
`;
}
