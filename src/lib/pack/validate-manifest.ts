/** What a registry, a client and the mpak Trust Framework ask of a manifest beyond the mcpb schema. */
import semver from 'semver';
import { MANIFEST_PATH } from '../bundle/manifest.ts';
import { parsePackageName } from '../bundle/name.ts';
import { manifestSchema } from '../log/entry.ts';
import type { Finding } from './finding.ts';

type Json = Readonly<Record<string, unknown>>;

/** @param manifest as it was parsed, valid or not: what is no text where a text belongs is the schema's to tell */
export function manifestFindings(manifest: Json): Finding[] {
  return [
    ...identity(manifest),
    ...limits(manifest),
    ...tools(manifest),
    ...recommended(manifest),
    ...userConfig(manifest),
  ];
}

function finding(severity: Finding['severity'], path: string, message: string, remedy: string): Finding {
  return { severity, path: `${MANIFEST_PATH}: ${path}`, message, remedy };
}

function identity({ name, version }: Json): Finding[] {
  const findings: Finding[] = [];
  if (typeof name === 'string' && parsePackageName(name) !== name) {
    findings.push(
      finding(
        'error',
        'name',
        `${JSON.stringify(name)} is no package name.`,
        'Call it @scope/name, in lower case: the scope is the GitHub owner of its repository.',
      ),
    );
  }
  if (typeof version === 'string' && (semver.valid(version) !== version || version.length > 256)) {
    findings.push(
      finding(
        'error',
        'version',
        `${JSON.stringify(version)} is no semantic version.`,
        'Such as 1.2.0 or 1.2.0-rc.1.',
      ),
    );
  }
  return findings;
}

/** What the log takes. Names and versions have been judged. */
function limits(manifest: Json): Finding[] {
  const parsed = manifestSchema.safeParse(manifest);
  const tooLong = (parsed.error?.issues ?? []).filter(({ code }) => code === 'too_big');
  return tooLong.map(({ path, message }) =>
    finding('error', path.join('.'), `A registry does not take this: ${message}.`, 'Shorten it.'),
  );
}

function tools(manifest: Json): Finding[] {
  const declared = manifest.tools;
  if (declared === undefined) {
    const remedy = 'List each tool with name and description; `[]` when there are none.';
    return manifest.tools_generated === true
      ? [finding('warning', 'tools', 'The tools are not declared, only that they will be generated.', remedy)]
      : [finding('error', 'tools', 'The tools are not declared.', remedy)];
  }
  if (!Array.isArray(declared)) return [];
  const seen = new Set<unknown>();
  return declared.flatMap((tool, index) => {
    const { name, description } = (tool ?? {}) as { name?: unknown; description?: unknown };
    const at = `tools.${index}`;
    const findings: Finding[] = [];
    if (name === '') findings.push(finding('error', `${at}.name`, 'A tool has no name.', 'Name it.'));
    if (seen.has(name)) {
      findings.push(
        finding(
          'error',
          `${at}.name`,
          `The tool ${JSON.stringify(name)} is declared twice.`,
          'Keep one of them.',
        ),
      );
    }
    seen.add(name);
    if (description === undefined || (typeof description === 'string' && description.trim() === '')) {
      findings.push(
        finding(
          'error',
          `${at}.description`,
          `The tool ${JSON.stringify(name)} has no description.`,
          'Say what it does: users consent to it, and models choose by it.',
        ),
      );
    }
    return findings;
  });
}

function recommended(manifest: Json): Finding[] {
  const author = (manifest.author ?? {}) as { email?: unknown };
  const repository = (manifest.repository ?? undefined) as { url?: unknown } | undefined;
  const { permissions } = ((manifest._meta as Json | undefined)?.['org.mpaktrust'] ?? {}) as Json;
  const findings: Finding[] = [];
  const missing = (path: string, message: string, remedy: string) =>
    findings.push(finding('warning', path, message, remedy));
  if (manifest.description === '')
    missing('description', 'There is no description.', 'Searches find it by that.');
  if (author.email === undefined)
    missing('author.email', 'The author has no address.', 'Certification asks for one.');
  if (manifest.license === undefined)
    missing('license', 'There is no license.', 'Such as "MIT", an SPDX expression.');
  if (repository === undefined) {
    missing(
      'repository',
      'There is no repository.',
      '{"type": "git", "url": "https://github.com/OWNER/REPO"}',
    );
  } else if (typeof repository.url === 'string' && !repository.url.startsWith('https://')) {
    missing('repository.url', 'The repository has no https URL.', 'Such as https://github.com/OWNER/REPO.');
  }
  if (permissions === null || typeof permissions !== 'object') {
    missing(
      '_meta.org.mpaktrust.permissions',
      'What the server may do is not declared.',
      'Declare filesystem, network, environment, subprocess and native: clients show it before they install.',
    );
  }
  return findings;
}

/** Settings that `mcp_config` uses and nobody is asked for, and the other way round. */
function userConfig(manifest: Json): Finding[] {
  const declared = Object.keys((manifest.user_config as Json | undefined) ?? {});
  const { mcp_config: config } = (manifest.server ?? {}) as Json;
  const used = new Set(
    [...JSON.stringify(config ?? {}).matchAll(/\$\{user_config\.([^{}]+)\}/g)].map(
      ([, key]) => key as string,
    ),
  );
  const findings: Finding[] = [];
  for (const key of used) {
    if (declared.includes(key)) continue;
    findings.push(
      finding(
        'error',
        'server.mcp_config',
        `It uses the setting ${JSON.stringify(key)}, which user_config does not declare.`,
        `Declare user_config.${key}, or take it out.`,
      ),
    );
  }
  for (const key of declared) {
    if (used.has(key)) continue;
    findings.push(
      finding(
        'warning',
        `user_config.${key}`,
        `Users are asked for ${JSON.stringify(key)}, and server.mcp_config does not use it.`,
        `Pass it on in args or env, as \u0024{user_config.${key}}, or take it out.`,
      ),
    );
  }
  return findings;
}
