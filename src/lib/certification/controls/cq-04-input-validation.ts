/**
 * CQ-04: every tool says what it takes, by zod, JSON Schema or the types of its parameters. What cannot be seen is not
 * judged, and does not pass.
 */
import { unreadReason } from '../code/judged.ts';
import { type Registration, toolsOf } from '../code/tools.ts';
import { control } from '../control.ts';
import type { Finding } from '../finding.ts';
import type { Unparsable } from '../parse/expression.ts';

interface Observed {
  readonly tools: readonly (Pick<Registration, 'name' | 'untyped' | 'imported' | 'isSeen'> & {
    readonly line: number;
  })[];
  readonly isServer: boolean;
  readonly loose: readonly string[];
  readonly unparsable: Unparsable['unparsable'] | null;
}

const REMEDY =
  'Declare each parameter: a zod schema that is not z.any(), JSON Schema with properties and types, or a type for each parameter in Python.';

export const inputValidation = control<Observed>('CQ-04', {
  observe(file) {
    if (file.origin !== 'own') return undefined;
    const { code } = file;
    if (code === undefined) return undefined;
    if ('unparsable' in code) return { tools: [], isServer: false, loose: [], unparsable: code.unparsable };
    const { registrations, isServer, loose } = toolsOf(code);
    if (registrations.length === 0 && !isServer && loose.length === 0) return undefined;
    const tools = registrations.map(({ name, untyped, imported, isSeen, start }) => ({
      name,
      untyped,
      imported,
      isSeen,
      line: file.lineAt(start),
    }));
    return { tools, isServer, loose, unparsable: null };
  },
  check(_bundle, _context, observed) {
    const loose = new Set(observed.flatMap(({ observation }) => observation.loose));
    const findings = observed.flatMap(({ path, observation }) =>
      observation.tools.flatMap(({ name, untyped, imported, line }): Finding[] => {
        const why =
          untyped ??
          (imported !== null && loose.has(imported) ? `its schema ${imported} takes anything` : undefined);
        if (why === undefined) return [];
        const title = `The input of ${name === null ? 'a tool' : `the tool ${JSON.stringify(name)}`} is not typed: ${why}`;
        return [{ severity: 'high', file: path, line, title, remedy: REMEDY, blocks: 3 }];
      }),
    );
    const skip =
      unreadReason(observed) ?? unseenReason(observed.flatMap(({ observation }) => observation.tools));
    return skip === undefined ? { findings } : { findings, skip };
  },
});

function unseenReason(tools: Observed['tools']): string | undefined {
  if (tools.length === 0) return 'No registration of a tool can be seen in the code of the server.';
  return tools.some(({ isSeen }) => isSeen)
    ? undefined
    : 'Tools are registered, but what they take is not seen in the code of the server.';
}
