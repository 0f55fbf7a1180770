/**
 * Where code registers the tools of an MCP server, by the official SDKs of TypeScript and Python and by FastMCP: found
 * once, for every control that asks what tools there are, what they take, and what is done with it.
 */
import type { Code, Func, Scope } from '../parse/expression.ts';
import { javascriptTools } from './tools-javascript.ts';
import { pythonTools } from './tools-python.ts';

export interface Registration {
  /** Null when it is made when the server runs. */
  readonly name: string | null;
  /** The constant that its name is imported as from a module of the publisher's; null when it is not. */
  readonly importedName: string | null;
  /** Whether its name is that of a definition: `tool.name`. */
  readonly isDefined: boolean;
  readonly start: number;
  readonly handlers: readonly Func[];
  /** Why what it takes is not typed; null when it is. */
  readonly untyped: string | null;
  /** The name that its schema is imported by from a module of the publisher's; null when it is not. */
  readonly imported: string | null;
  /** Whether what it takes can be seen at all. */
  readonly isSeen: boolean;
}

export interface Tools {
  readonly registrations: readonly Registration[];
  /** What answers calls of any tool. */
  readonly dispatchers: readonly Func[];
  /** Whether it serves tools by whatever way. */
  readonly isServer: boolean;
  /** Schemas of this module that are not typed, by the name they may be imported by. */
  readonly loose: readonly string[];
}

const found = new WeakMap<Code, Tools>();

export function toolsOf(code: Code): Tools {
  let tools = found.get(code);
  if (tools === undefined) {
    tools = code.language === 'python' ? pythonTools(code) : javascriptTools(code);
    found.set(code, tools);
  }
  return tools;
}

/** The functions that are given what a model sent: their parameters are input. */
export function inputScopes(code: Code): ReadonlySet<Scope> {
  const { registrations, dispatchers } = toolsOf(code);
  return new Set(
    [...registrations.flatMap(({ handlers }) => handlers), ...dispatchers].map(({ body }) => body),
  );
}
