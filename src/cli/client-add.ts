/** Adds a bundle to AI clients: planned for all of them first, so that nothing is half done when one refuses. */
import type { PackageName } from '../lib/bundle/name.ts';
import { type Change, carryOut, planAdd } from '../lib/clients/change.ts';
import type { Client } from '../lib/clients/client.ts';
import { entryName } from '../lib/clients/entry.ts';
import { mpakHome } from '../lib/config/home.ts';
import { clientLaunch } from './client-launch.ts';
import { changeLine } from './client-page.ts';
import { placeOf } from './client-table.ts';

/** @param options.as what the server is to be called there */
export async function planAdditions(
  name: PackageName,
  clients: readonly Client[],
  options: { readonly project: boolean; readonly as: string | undefined },
): Promise<Change[]> {
  const asked = options.as === undefined ? undefined : entryName(name, options.as);
  const entry = {
    package: name,
    name: asked,
    fallback: entryName(name, undefined),
    launch: clientLaunch(name),
  };
  const changes: Change[] = [];
  for (const client of clients) changes.push(await planAdd(client, placeOf(client, options), entry));
  return changes;
}

/** @param say is told of each when it is done */
export async function carryOutAll(
  changes: readonly Change[],
  done: 'add' | 'remove',
  say: (line: string) => void,
): Promise<void> {
  for (const change of changes) {
    await carryOut(mpakHome(process.env), change);
    say(changeLine(change, done));
  }
}
