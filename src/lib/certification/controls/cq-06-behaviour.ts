/** CQ-06: what the server does in a sandbox, while it starts and lists its tools, is what its manifest declares. */
import { MANIFEST_PATH } from '../../bundle/manifest.ts';
import { givenVariables, type Permissions, readPermissions } from '../capabilities/declared.ts';
import type { Behaviour } from '../context.ts';
import { control } from '../control.ts';
import type { Finding, Severity } from '../finding.ts';
import { type JsonObject, listOf, objectOf, textOf } from '../safe-json.ts';

/** Where users and systems keep keys and the like. */
const SENSITIVE =
  /^(?:~\/\.(?:ssh|aws|gnupg|kube|docker|azure|config\/gcloud|config\/gh|mozilla|netrc|npmrc|pypirc|git-credentials|\w*history)(?:\/|$)|\/etc\/(?:g?shadow|sudoers)|\/root(?:\/|$)|\/proc\/[^/]+\/(?:environ|mem|root|cwd|fd)(?:\/|$))/;

export const behaviour = control('CQ-06', {
  async check({ manifest }, { sandbox }) {
    if (sandbox === undefined) return { skip: 'It was not run: the sandbox is not switched on.' };
    if (!('json' in manifest))
      return { skip: `The manifest ${manifest.problem}: nobody knows how it is started.` };
    const { json } = manifest;
    const declared = readPermissions(json);
    if (!('permissions' in declared)) {
      return {
        skip: 'The manifest does not declare what the server may do: there is nothing to compare with.',
      };
    }
    const observed = await sandbox.run();
    if ('unavailable' in observed) return { skip: observed.unavailable };
    const { permissions } = declared;
    return {
      findings: [
        ...observed.problems.map((problem) =>
          finding(
            'high',
            problem,
            'See that it starts, lists its tools and stays within the limits of the sandbox.',
          ),
        ),
        ...toolFindings(json, observed),
        ...networkFindings(permissions, observed),
        ...fileFindings(permissions, observed),
        ...environmentFindings(json, permissions, observed),
        ...processFindings(permissions, observed),
      ],
    };
  },
});

function toolFindings(json: JsonObject, { tools }: Behaviour): Finding[] {
  if (tools === undefined) return [];
  const declared = (listOf(json.tools) ?? []).map((tool) => textOf(objectOf(tool)?.name));
  const more = json.tools_generated === true ? [] : tools.filter((name) => !declared.includes(name));
  const less = declared.filter((name) => name !== undefined && !tools.includes(name));
  return [
    ...more.map((name) =>
      finding('high', `It has a tool that is not declared: ${shown(name)}`, 'Declare it under `tools`.'),
    ),
    ...less.map((name) =>
      finding(
        'medium',
        `It does not have the tool ${shown(name as string)} that is declared`,
        'Remove it from `tools`.',
      ),
    ),
  ];
}

function networkFindings({ network }: Permissions, observed: Behaviour): Finding[] {
  return observed.network
    .filter(({ direction }) => network !== 'full' && network !== direction)
    .map(({ direction, address }) =>
      direction === 'outbound'
        ? undeclared(`It connects to ${shown(address)}`, '`network` as outbound')
        : undeclared(`It listens at ${shown(address)}`, '`network` as inbound'),
    );
}

function fileFindings({ filesystem }: Permissions, { filesRead, filesWritten }: Behaviour): Finding[] {
  if (filesystem === 'full') return [];
  const isRead = (file: string) => filesystem === 'none' || SENSITIVE.test(file);
  const isWritten = (file: string) => filesystem !== 'write' || SENSITIVE.test(file);
  return [
    ...filesRead.filter(isRead).map((file) => fileFinding('opens', file, 'read')),
    ...filesWritten.filter(isWritten).map((file) => fileFinding('writes to', file, 'write')),
  ];
}

function fileFinding(verb: string, file: string, value: string): Finding {
  return undeclared(
    `It ${verb} ${shown(file)}, outside of its folder`,
    `\`filesystem\` as ${SENSITIVE.test(file) ? 'full' : value}`,
    SENSITIVE.test(file) ? 'critical' : 'high',
  );
}

function environmentFindings(json: JsonObject, { environment }: Permissions, observed: Behaviour): Finding[] {
  if (environment === 'full') return [];
  const allowed = new Set([...(environment === 'none' ? [] : environment), ...givenVariables(json)]);
  return observed.environment
    .filter((name) => !allowed.has(name))
    .map((name) => {
      const what = name === '*' ? 'all variables of its environment' : `the variable ${shown(name)}`;
      return undeclared(`It reads ${what}`, '`environment` with what it reads', 'medium');
    });
}

function processFindings({ subprocess }: Permissions, { processes }: Behaviour): Finding[] {
  if (subprocess === 'full') return [];
  return processes
    .filter((name) => subprocess === 'none' || !subprocess.includes(name))
    .map((name) => undeclared(`It runs the program ${shown(name)}`, '`subprocess` with its programs'));
}

function undeclared(what: string, permission: string, severity: Severity = 'high'): Finding {
  return finding(severity, `${what}, and does not declare it`, `Declare ${permission}, or leave it out.`);
}

function finding(severity: Severity, title: string, remedy: string): Finding {
  return { severity, file: MANIFEST_PATH, line: null, title, remedy, blocks: 4 };
}

/** What the server chose, in a report that people read. */
function shown(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
