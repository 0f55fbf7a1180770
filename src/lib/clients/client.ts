/** AI clients as data: where each keeps its list of servers, and what an entry of that list looks like. */

export type Format = 'json' | 'toml' | 'yaml';

/** How a client starts a server. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A file of a client's that lists servers. */
export interface ClientFile {
  /** Absolute; it need not be there. */
  readonly file: string;
  /** Keys that lead to the object that has the servers by their names. */
  readonly path: readonly string[];
  readonly scope: 'user' | 'project';
  /** The folder of the project, which no link leads out of. */
  readonly within?: string;
}

export interface Client {
  /** As `--client` takes it. */
  readonly id: string;
  readonly name: string;
  readonly format: Format;
  /** It is on this machine. */
  readonly found: boolean;
  readonly user: ClientFile;
  /** Of the project where the user stands; undefined where the client has none. */
  readonly project: ClientFile | undefined;
  /** What is written for a server. */
  readonly shape: (name: string, launch: Launch, place: ClientFile) => Readonly<Record<string, unknown>>;
}
