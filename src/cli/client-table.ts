/**
 * The AI clients that mpak knows. Where each keeps its servers and what an entry looks like there is add-mcp's knowledge;
 * nothing else of that package is used: docs/decisions/0018-ai-clients.md.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { agents, getAgentTypes } from 'add-mcp';
import type { Client, ClientFile } from '../lib/clients/client.ts';
import { MpakError } from '../lib/errors.ts';
import { closest } from '../lib/index/typo.ts';

type Agent = (typeof agents)[keyof typeof agents];

/** @param cwd where the user stands: the project */
export async function clientTable(cwd: string): Promise<Client[]> {
  const ids = getAgentTypes();
  return Promise.all(ids.map((id) => clientOf(id, agents[id], cwd)));
}

async function clientOf(id: string, agent: Agent, cwd: string): Promise<Client> {
  const file = agent.resolveConfigPath?.(agent, { local: false, cwd }) ?? agent.configPath;
  const place = (text: string, key: string, scope: ClientFile['scope']): ClientFile => ({
    file: path.resolve(cwd, text),
    path: key.split('.'),
    scope,
    ...(scope === 'project' && { within: cwd }),
  });
  const local =
    agent.localConfigPath &&
    (agent.resolveConfigPath?.(agent, { local: true, cwd }) ?? path.join(cwd, agent.localConfigPath));
  return {
    id,
    name: agent.displayName,
    format: agent.format,
    found: await isFound(id, agent, file),
    user: place(file, agent.configKey, 'user'),
    project: local ? place(local, agent.localConfigKey ?? agent.configKey, 'project') : undefined,
    shape: (name, { command, args, env }, { scope, path: keys }) => {
      const config = {
        command,
        args: [...args],
        ...(Object.keys(env).length > 0 && { env: { ...env } }),
      };
      const context = { local: scope === 'project', configKey: keys.join('.') };
      const entry = agent.transformConfig(name, config, context) as Record<string, unknown>;
      return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
    },
  };
}

/** Its file, or its folder. Copilot's folder may be the one that all programs have their settings in. */
async function isFound(id: string, agent: Agent, file: string): Promise<boolean> {
  if (existsSync(file)) return true;
  const isShared = id === 'github-copilot-cli' && Boolean(process.env.XDG_CONFIG_HOME);
  return !isShared && agent.detectGlobalInstall();
}

/**
 * The clients that are named, each once.
 * @throws MpakError USAGE when one is not known
 */
export function chooseClients(table: readonly Client[], ids: readonly string[]): Client[] {
  return [...new Set(ids)].map((id) => {
    const client = table.find((other) => other.id === id.toLowerCase());
    if (client !== undefined) return client;
    const known = table.map((other) => other.id);
    const guess = closest(id, known);
    throw new MpakError('USAGE', `mpak knows no client ${JSON.stringify(id)}.`, {
      hint: guess === undefined ? `It knows ${known.join(', ')}.` : `Did you mean ${guess}?`,
    });
  });
}

/**
 * The file of a client's that is meant.
 * @throws MpakError USAGE when it has none of a project, NOT_FOUND when it is not on this machine
 */
export function placeOf(client: Client, options: { readonly project: boolean }): ClientFile {
  if (options.project) {
    if (client.project !== undefined) return client.project;
    throw new MpakError('USAGE', `${client.name} has no file of a project.`, {
      hint: 'Leave out --project: its file is the user\u2019s.',
    });
  }
  if (client.found) return client.user;
  throw new MpakError('NOT_FOUND', `${client.name} is not on this machine: nothing of it is there.`, {
    hint: `Start it once, so that it makes its folder. Its file would be ${client.user.file}.`,
  });
}
