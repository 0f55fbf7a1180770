/** After an installation: the bundle in the clients that were named, or in those that are here and agreed to. */
import type { PackageName } from '../lib/bundle/name.ts';
import { type Change, isChange, planAdd } from '../lib/clients/change.ts';
import type { Client } from '../lib/clients/client.ts';
import { entryName } from '../lib/clients/entry.ts';
import { MpakError } from '../lib/errors.ts';
import { askLine, isInteractive } from '../lib/launch/ask.ts';
import { carryOutAll, planAdditions } from './client-add.ts';
import { clientLaunch } from './client-launch.ts';
import { type ChangeRow, changeRow } from './client-page.ts';
import { askForSettings } from './client-ready.ts';
import { chooseClients, clientTable } from './client-table.ts';

/** The clients that are named, checked before anything is installed. @throws MpakError USAGE, NOT_FOUND */
export async function namedClients(name: PackageName, ids: readonly string[]): Promise<Client[]> {
  const clients = chooseClients(await clientTable(process.cwd()), ids);
  await planAdditions(name, clients, { project: false, as: undefined });
  return clients;
}

/** @param say is told what has been done */
export async function addToClients(
  name: PackageName,
  clients: readonly Client[],
  say: (line: string) => void,
): Promise<ChangeRow[]> {
  await askForSettings(name, say);
  const changes = await planAdditions(name, clients, { project: false, as: undefined });
  await carryOutAll(changes, 'add', say);
  return changes.map(changeRow);
}

/** One question, on a terminal alone. What cannot be added to is passed over: nobody has asked for it. */
export async function offerClients(name: PackageName, say: (line: string) => void): Promise<ChangeRow[]> {
  const terminal = { input: process.stdin, output: process.stderr };
  if (!isInteractive(terminal)) return [];
  const clients = await offered(name);
  if (clients.length === 0) return [];
  const names = clients.map((client) => client.name).join(', ');
  const answer = await askLine(`Add it to ${names}? [y/N] `, terminal, { hidden: false }).catch((error) => {
    // Left with ^C or ^D: that is a no, and it is installed all the same.
    if (error instanceof MpakError && error.code === 'USAGE') return '';
    throw error;
  });
  return /^\s*y(es)?\s*$/i.test(answer) ? addToClients(name, clients, say) : [];
}

/** Clients on this machine that do not start it yet, and can. */
async function offered(name: PackageName): Promise<Client[]> {
  const clients: Client[] = [];
  for (const client of await clientTable(process.cwd())) {
    if (!client.found) continue;
    const change = await planned(client, name);
    if (change !== undefined && isChange(change)) clients.push(client);
  }
  return clients;
}

async function planned(client: Client, name: PackageName): Promise<Change | undefined> {
  try {
    const launch = clientLaunch(name);
    return await planAdd(client, client.user, {
      package: name,
      name: undefined,
      fallback: entryName(name, undefined),
      launch,
    });
  } catch (error) {
    if (error instanceof MpakError) return undefined;
    throw error;
  }
}
