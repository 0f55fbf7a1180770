import { Flags } from '@oclif/core';
import { clientTable } from '../../cli/client-table.ts';
import { BaseCommand } from '../../cli/command.ts';
import { outputScreen } from '../../cli/output.ts';
import { tableLines } from '../../cli/table.ts';
import { readOwnEntries } from '../../lib/clients/change.ts';
import type { Client, ClientFile } from '../../lib/clients/client.ts';
import { MpakError } from '../../lib/errors.ts';
import { printableLine } from '../../lib/printable.ts';

interface FileRow {
  readonly file: string;
  readonly scope: 'user' | 'project';
  readonly entries: readonly { readonly name: string; readonly package: string }[];
  /** Why it cannot be read; null when it can. */
  readonly error: string | null;
}

interface ClientRow {
  readonly client: string;
  readonly name: string;
  readonly found: boolean;
  readonly files: readonly FileRow[];
}

export default class ClientList extends BaseCommand {
  static override summary = 'Show the AI clients that mpak knows, and which bundles they start.';
  static override description =
    'Those that are on this machine, with their files and the entries in them that start `mpak run`. With --project, ' +
    'the files of the project in this folder too.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --all --project --json',
  ];
  static override flags = {
    all: Flags.boolean({ description: 'Those that are not on this machine too.' }),
    project: Flags.boolean({ description: 'The files of the project in this folder too.' }),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(ClientList);
    const table = await clientTable(process.cwd());
    const rows: ClientRow[] = [];
    for (const client of table) {
      if (client.found || flags.all) rows.push(await clientRow(client, flags.project));
    }
    const lines = rows.flatMap(({ client, name, found, files }) =>
      files.map(({ file, entries, error }) => [
        client,
        name,
        found ? 'yes' : 'no',
        error === null
          ? printableLine(entries.map((entry) => `${entry.name} (${entry.package})`).join(', ')) || '-'
          : 'unreadable',
        printableLine(file),
      ]),
    );
    this.logPage(tableLines(['CLIENT', 'NAME', 'FOUND', 'BUNDLES', 'FILE'], lines, outputScreen()));
    for (const { error } of rows.flatMap(({ files }) => files)) if (error !== null) this.note(error);
    if (rows.length === 0)
      this.note('No client that mpak knows is on this machine; --all shows which it knows.');
    return { clients: rows };
  }
}

async function clientRow(client: Client, withProject: boolean): Promise<ClientRow> {
  const places = [client.user, ...(withProject && client.project ? [client.project] : [])];
  const files: FileRow[] = [];
  for (const place of places) files.push(await fileRow(client, place));
  return { client: client.id, name: client.name, found: client.found, files };
}

async function fileRow(client: Client, place: ClientFile): Promise<FileRow> {
  const { file, scope } = place;
  try {
    const entries = await readOwnEntries(client, place);
    return {
      file,
      scope,
      entries: entries.map((entry) => ({ name: entry.name, package: entry.package })),
      error: null,
    };
  } catch (error) {
    if (!(error instanceof MpakError)) throw error;
    return { file, scope, entries: [], error: error.message };
  }
}
