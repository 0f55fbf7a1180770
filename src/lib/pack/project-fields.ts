/** What a manifest can take over from a project, and how its fields are read: what has another type is not there. */

export interface Project {
  readonly type?: 'node' | 'python' | 'binary' | undefined;
  readonly name?: string | undefined;
  readonly title?: string | undefined;
  readonly version?: string | undefined;
  readonly description?: string | undefined;
  readonly author?: { readonly name: string; readonly email?: string; readonly url?: string } | undefined;
  readonly license?: string | undefined;
  /** An https URL. */
  readonly repository?: string | undefined;
  readonly homepage?: string | undefined;
  readonly keywords?: readonly string[] | undefined;
  /** Relative, with slashes. */
  readonly entryPoint?: string | undefined;
  /** What a Python project calls its program. */
  readonly script?: string | undefined;
  readonly nodeRange?: string | undefined;
  readonly pythonRange?: string | undefined;
}

export type Table = Readonly<Record<string, unknown>>;

/** `Name <email> (url)`, of which the last two may be missing. */
export function parsePerson(person: string | undefined): Project['author'] {
  const [, name, email, url] =
    /^\s*([^<(]+?)\s*(?:<([^>]+)>)?\s*(?:\(([^)]+)\))?\s*$/.exec(person ?? '') ?? [];
  return name === undefined ? undefined : personOf(name, email, url);
}

/** Only what the mcpb schema takes. */
export function personOf(name: string, email: unknown, url: unknown): NonNullable<Project['author']> {
  const web = httpsUrl(url);
  return {
    name,
    ...(typeof email === 'string' && /^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(email) && { email }),
    ...(web !== undefined && { url: web }),
  };
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

export function table(value: unknown): Table {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Table) : {};
}

export function texts(value: unknown): string[] | undefined {
  const found = Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
  return found.length === 0 ? undefined : found;
}

export function httpsUrl(value: unknown): string | undefined {
  return typeof value === 'string' && /^https:\/\//.test(value) && URL.canParse(value) ? value : undefined;
}
