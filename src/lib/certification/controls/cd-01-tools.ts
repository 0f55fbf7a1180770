/**
 * CD-01: each tool that the manifest declares has a name and a description; from L2 no tool is implemented that is not
 * declared. By mcpb, `tools_generated` says that the server makes further tools when it runs: then what is declared is not
 * all there is.
 */
import { MANIFEST_PATH } from '../../bundle/manifest.ts';
import type { Level } from '../catalogue.ts';
import { unreadReason } from '../code/judged.ts';
import { type Registration, toolsOf } from '../code/tools.ts';
import { control } from '../control.ts';
import type { Finding } from '../finding.ts';
import type { Code, Unparsable } from '../parse/expression.ts';
import { type JsonObject, listOf, objectOf, textOf } from '../safe-json.ts';

interface Implemented {
  readonly tools: readonly (Pick<Registration, 'name' | 'importedName' | 'isDefined'> & {
    readonly line: number;
  })[];
  /** Texts that may be imported as names of tools. */
  readonly constants: readonly (readonly [name: string, value: string])[];
  readonly unparsable: Unparsable['unparsable'] | null;
}

const TOOL_NAME = /^[\w./-]{1,128}$/;
const MOST_CONSTANTS = 200;

export const tools = control<Implemented>('CD-01', {
  observe(file) {
    if (file.origin !== 'own') return undefined;
    const { code } = file;
    if (code === undefined) return undefined;
    if ('unparsable' in code) return { tools: [], constants: [], unparsable: code.unparsable };
    const implemented = toolsOf(code).registrations.map(({ name, importedName, isDefined, start }) => ({
      name,
      importedName,
      isDefined,
      line: file.lineAt(start),
    }));
    const constants = constantsOf(code);
    if (implemented.length === 0 && constants.length === 0) return undefined;
    return { tools: implemented, constants, unparsable: null };
  },
  check({ manifest }, _context, observed) {
    if ('problem' in manifest) {
      return {
        findings: [
          finding(
            1,
            MANIFEST_PATH,
            null,
            `The manifest ${manifest.problem}`,
            'Write one with `mpak bundle init`.',
          ),
        ],
      };
    }
    const { json } = manifest;
    const findings = declaredFindings(json);
    if (json.tools_generated === true) return { findings };
    // What is declared holds for the first level whatever the code is; that the code does no more is of the second.
    const unread = unreadReason(observed);
    if (unread !== undefined) {
      findings.push(
        finding(
          2,
          MANIFEST_PATH,
          null,
          unread.replace(/\.$/, ''),
          'Ship code that can be read: its tools are not seen.',
        ),
      );
    }
    const declared = new Set((listOf(json.tools) ?? []).map((each) => textOf(objectOf(each)?.name)));
    const constants = new Map<string, string[]>();
    for (const { observation } of observed) {
      for (const [name, value] of observation.constants)
        constants.set(name, [...(constants.get(name) ?? []), value]);
    }
    const isDefinedSomewhere = observed.some(({ observation }) =>
      observation.tools.some(({ name }) => name !== null),
    );
    for (const { path, observation } of observed) {
      for (const { name: own, importedName, isDefined, line } of observation.tools) {
        const names = own === null ? (constants.get(importedName ?? '') ?? []) : [own];
        const name = names.find((each) => !declared.has(each)) ?? names[0] ?? null;
        if (name !== null && !declared.has(name)) {
          findings.push(
            finding(
              2,
              path,
              line,
              `The tool ${JSON.stringify(name)} is implemented, and not declared`,
              'List it under `tools` in the manifest, with a description.',
            ),
          );
        } else if (name === null && !(isDefined && isDefinedSomewhere)) {
          findings.push(
            finding(
              2,
              path,
              line,
              'A tool gets its name only when the server runs',
              'Give it a constant name, or set `"tools_generated": true` in the manifest.',
            ),
          );
        }
      }
    }
    return { findings };
  },
});

function constantsOf({ scope, language }: Code): Implemented['constants'] {
  if (language === 'python') return [];
  const found: [string, string][] = [];
  for (const { name, values, isParameter } of scope.bindings.values()) {
    const [value, ...others] = values;
    if (value?.kind !== 'literal' || others.length > 0 || isParameter || found.length >= MOST_CONSTANTS)
      continue;
    if (typeof value.value === 'string' && TOOL_NAME.test(value.value)) found.push([name, value.value]);
  }
  return found;
}

function declaredFindings({ tools: declared }: JsonObject): Finding[] {
  return (listOf(declared) ?? []).flatMap((each, index) => {
    const { name, description } = objectOf(each) ?? {};
    if (!textOf(name)?.trim()) {
      return [
        finding(
          1,
          MANIFEST_PATH,
          null,
          `Tool ${index + 1} has no name`,
          'Give it the name that it is called by.',
        ),
      ];
    }
    if (textOf(description)?.trim()) return [];
    return [
      finding(
        1,
        MANIFEST_PATH,
        null,
        `The tool ${JSON.stringify(name)} has no description`,
        'Say what it does: users consent to it, and models choose by it.',
      ),
    ];
  });
}

function finding(blocks: Level, file: string, line: number | null, title: string, remedy: string): Finding {
  return { severity: blocks === 1 ? 'high' : 'medium', file, line, title, remedy, blocks };
}
