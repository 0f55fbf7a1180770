/** The flags of the commands that change clients' files. */
import { Flags } from '@oclif/core';
import type { Client } from '../lib/clients/client.ts';
import { MpakError } from '../lib/errors.ts';
import { chooseClients, clientTable } from './client-table.ts';

export const clientFlags = {
  client: Flags.string({
    description: 'The client; may be given several times. `mpak client list` shows which there are.',
    helpValue: 'CLIENT',
    multiple: true,
    multipleNonGreedy: true,
  }),
  project: Flags.boolean({ description: 'The file of the project in this folder, not the user\u2019s.' }),
  'dry-run': Flags.boolean({ description: 'Show what would change, and change nothing.' }),
};

/** @throws MpakError USAGE when none is named, or one that is not known */
export async function clientsMeant(ids: readonly string[] = []): Promise<Client[]> {
  const table = await clientTable(process.cwd());
  if (ids.length > 0) return chooseClients(table, ids);
  const found = table.filter((client) => client.found).map((client) => client.id);
  throw new MpakError('USAGE', 'Which client is meant?', {
    hint:
      found.length === 0
        ? `Name one with --client: ${table.map((client) => client.id).join(', ')}.`
        : `Name one with --client. On this machine: ${found.join(', ')}.`,
  });
}
