/**
 * CD-02: the manifest declares what the server may do, and its code does no more. Programs and native code that are not
 * declared, variables that look like secrets, and paths where users keep credentials, block; other capabilities are told.
 * Native code counts wherever in the bundle it is.
 */
import { MANIFEST_PATH } from '../../bundle/manifest.ts';
import { givenVariables, type Permissions, readPermissions } from '../capabilities/declared.ts';
import { isPlain, isSecret } from '../capabilities/environment.ts';
import { capabilitiesOf, type Seen } from '../capabilities/seen.ts';
import { unreadReason } from '../code/judged.ts';
import { control } from '../control.ts';
import type { Finding } from '../finding.ts';
import type { OpenFile } from '../open-file.ts';
import type { Unparsable } from '../parse/expression.ts';

type Kept = DistributedOmit<Seen> & { readonly line: number | null };
type DistributedOmit<T> = T extends unknown ? Omit<T, 'start'> : never;

interface Observed {
  readonly seen: readonly Kept[];
  readonly unparsable: Unparsable['unparsable'] | null;
}

const NO_NATIVE_CODE = /\.(?:pyc|pyo|jar|wasm)$/i;
/** Of a file; no honest one is near it, and none with more is taken for read. */
const MOST_SEEN = 5000;

export const permissions = control<Observed>('CD-02', {
  observe(file) {
    if (file.kind === 'program') {
      if (NO_NATIVE_CODE.test(file.path)) return undefined;
      return { seen: [{ kind: 'native', what: 'this file', line: null }], unparsable: null };
    }
    if (file.origin !== 'own') return undefined;
    const { code } = file;
    if (code === undefined) return undefined;
    if ('unparsable' in code) return { seen: [], unparsable: code.unparsable };
    const seen = once(capabilitiesOf(code), file);
    if (seen.length > MOST_SEEN) return { seen: seen.slice(0, MOST_SEEN), unparsable: 'too-large' };
    return seen.length === 0 ? undefined : { seen, unparsable: null };
  },
  check({ manifest }, _context, observed) {
    if ('problem' in manifest) return { findings: [undeclared(`The manifest ${manifest.problem}`)] };
    const read = readPermissions(manifest.json);
    if ('problems' in read) return { findings: read.problems.map(undeclared) };
    const given = givenVariables(manifest.json);
    const findings = observed.flatMap(({ path, observation }) =>
      observation.seen.flatMap((each) => exceeding(each, path, read.permissions, given) ?? []),
    );
    const skip = unreadReason(observed);
    return skip === undefined ? { findings } : { findings, skip };
  },
});

/** The first place of each. */
function once(seen: readonly Seen[], file: OpenFile): Kept[] {
  const found = new Map<string, Kept>();
  for (const { start, ...each } of seen) {
    const key = `${each.kind} ${'need' in each ? each.need : each.what}`;
    if (!found.has(key)) found.set(key, { ...each, line: file.lineAt(start) });
  }
  return [...found.values()];
}

function undeclared(title: string): Finding {
  return {
    severity: 'medium',
    file: MANIFEST_PATH,
    line: null,
    title,
    remedy:
      'Declare filesystem, network, environment, subprocess and native in _meta["org.mpaktrust"].permissions, "none" where it needs nothing.',
    blocks: 2,
  };
}

function exceeding(
  seen: Kept,
  file: string,
  { filesystem, network, environment, subprocess, native }: Permissions,
  given: ReadonlySet<string>,
): Finding | undefined {
  const { line } = seen;
  const blocking = (title: string, remedy: string): Finding => ({
    severity: 'high',
    file,
    line,
    title,
    remedy,
    blocks: 2,
  });
  const told = (title: string, remedy: string): Finding => ({
    ...blocking(title, remedy),
    severity: 'medium',
    blocks: null,
  });
  switch (seen.kind) {
    case 'subprocess': {
      if (subprocess === 'full' || (subprocess !== 'none' && subprocess.includes(seen.what)))
        return undefined;
      const what = seen.what === '*' ? 'Programs' : `The program ${JSON.stringify(seen.what)}`;
      const verb = seen.what === '*' ? 'are' : 'is';
      return blocking(
        `${what} ${verb} run, which the permissions do not declare`,
        'Declare `subprocess`: a list of programs, or "full".',
      );
    }
    case 'native':
      if (native === 'full') return undefined;
      return blocking(
        seen.line === null
          ? 'It is native code, which the permissions do not declare'
          : `Native code is loaded with ${seen.what}, which the permissions do not declare`,
        'Declare `"native": "full"`.',
      );
    case 'private-path':
      if (filesystem === 'full') return undefined;
      return blocking(
        `It opens ${JSON.stringify(seen.what)}, where users keep what is theirs alone`,
        'Do without it, or declare `"filesystem": "full"`.',
      );
    case 'environment': {
      const { name } = seen;
      if (environment === 'full' || given.has(name) || isPlain(name)) return undefined;
      if (environment !== 'none' && environment.includes(name)) return undefined;
      const remedy = 'Name it in `environment`, or give it to the server by `mcp_config.env`.';
      if (name === '*')
        return told(
          'It takes all of the environment, or variables that are chosen when it runs',
          'Declare `"environment": "full"`.',
        );
      const title = `It reads the variable ${name}, which the permissions do not declare`;
      return isSecret(name) ? blocking(title, remedy) : told(title, remedy);
    }
    case 'filesystem': {
      const isEnough =
        seen.need === 'read' ? filesystem !== 'none' : filesystem === 'write' || filesystem === 'full';
      if (isEnough) return undefined;
      const does = seen.need === 'read' ? 'reads' : 'writes';
      return told(
        `It ${does} files (${seen.what}), which the permissions do not declare`,
        `Declare \`"filesystem": "${seen.need}"\`.`,
      );
    }
    case 'network': {
      if (network === 'full' || network === seen.need) return undefined;
      const does = seen.need === 'outbound' ? 'connects to others' : 'accepts connections';
      return told(
        `It ${does} (${seen.what}), which the permissions do not declare`,
        `Declare \`"network": "${seen.need}"\`, or "full" for both directions.`,
      );
    }
  }
}
