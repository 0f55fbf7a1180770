/** What is said of an operation of the registry. */
import type { QuerySchema } from '../routes/parameters.ts';
import type { SchemaName } from './schemas.ts';

export const TAGS = {
  Bundles: 'Packages of MCP server bundles: search, details, downloads.',
  Publishing: 'What publishers say, with a token of GitHub Actions.',
  Log: 'The signed log, and what saves reading all of it.',
  Servers: 'The read interface of the MCP registry.',
  Operations: 'For those who run the registry, and for tools.',
  Pages: 'For people.',
} as const;

/** The body of an answer: of a schema, or only a media type. */
export type Content = { readonly schema: SchemaName; readonly type?: string } | { readonly type: string };

export interface Operation {
  readonly tag: keyof typeof TAGS;
  /** `operationId`: stable, since clients are generated from it. */
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly query?: QuerySchema;
  readonly body?: SchemaName;
  /** By status; those of an error have the error's body. */
  readonly answers: Readonly<Record<number, readonly [what: string, ...contents: readonly Content[]]>>;
  readonly errors?: readonly number[];
  /** No answer is that of the next request: none has an ETag. */
  readonly volatile?: true;
  /** What a Range header may ask for; undefined: it is not looked at. */
  readonly ranges?: string;
}
