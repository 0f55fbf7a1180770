/**
 * Adds an entry to three clients' files and takes it out again, until somebody ends it.
 *
 *     node edit-clients.ts HOME FILE.json FILE.toml FILE.yaml
 */
import type { PackageName } from '../../src/lib/bundle/name.ts';
import { carryOut, planAdd, planRemove } from '../../src/lib/clients/change.ts';
import type { Client, Format } from '../../src/lib/clients/client.ts';

const NAME = '@acme/echo' as PackageName;
const KEYS = { json: 'mcpServers', toml: 'mcp_servers', yaml: 'extensions' };
const LAUNCH = { command: '/usr/bin/mpak', args: ['run', NAME], env: {} };

const [home, ...files] = process.argv.slice(2) as [string, ...string[]];
const clients = files.map((file): Client => {
  const format = file.slice(-4) as Format;
  return {
    id: format,
    name: format,
    format,
    found: true,
    user: { file, path: [KEYS[format]], scope: 'user' },
    project: undefined,
    shape: (_name, { command, args }) => ({ command, args }),
  };
});
const options = { package: NAME, name: undefined, fallback: 'echo', launch: LAUNCH };

async function round(): Promise<void> {
  for (const client of clients) await carryOut(home, await planAdd(client, client.user, options));
  for (const client of clients)
    await carryOut(home, await planRemove(client, client.user, { package: NAME, home }));
}

await round();
process.stdout.write('ready\n');
for (;;) await round();
