/** AI-01: a manifest at the root, valid against the mcpb schema of its version; from L2 who published it, and from where. */
import semver from 'semver';
import { checkManifest, MANIFEST_PATH } from '../../bundle/manifest.ts';
import { parsePackageName } from '../../bundle/name.ts';
import { MpakError } from '../../errors.ts';
import type { Level } from '../catalogue.ts';
import { control } from '../control.ts';
import type { Finding } from '../finding.ts';
import { type JsonObject, objectOf, textOf } from '../safe-json.ts';

const MOST_PROBLEMS_TOLD = 20;

export const manifest = control('AI-01', {
  check({ manifest }) {
    if ('problem' in manifest) {
      return {
        findings: [finding(1, `The manifest ${manifest.problem}`, 'Write one with `mpak bundle init`.')],
      };
    }
    const { json } = manifest;
    return { findings: [...schemaFindings(json), ...requiredFindings(json), ...standardFindings(json)] };
  },
});

function finding(blocks: Level, title: string, remedy: string): Finding {
  return {
    severity: blocks === 1 ? 'high' : 'medium',
    file: MANIFEST_PATH,
    line: null,
    title,
    remedy,
    blocks,
  };
}

function schemaFindings(json: JsonObject): Finding[] {
  try {
    const checked = checkManifest(json);
    if ('manifest' in checked) return [];
    return checked.problems
      .slice(0, MOST_PROBLEMS_TOLD)
      .map(({ path, message }) =>
        finding(
          1,
          `Not valid in mcpb ${checked.version}: ${path === '' ? '' : `${path}: `}${message}`,
          'Correct it: `mpak bundle validate` tells every problem.',
        ),
      );
  } catch (error) {
    if (!(error instanceof MpakError)) throw error;
    return [finding(1, withoutStop(error.message), 'Declare a manifest_version that mpak knows.')];
  }
}

function requiredFindings({ version, tools }: JsonObject): Finding[] {
  const findings: Finding[] = [];
  if (semver.valid(textOf(version) ?? null) !== version) {
    findings.push(finding(1, 'The version is no semantic version', 'Such as 1.2.0 or 1.2.0-rc.1.'));
  }
  if (!Array.isArray(tools)) {
    findings.push(
      finding(
        1,
        'The tools are not listed',
        'List each tool with name and description under `tools`; `[]` when there are none.',
      ),
    );
  }
  return findings;
}

function standardFindings({ name, author, repository }: JsonObject): Finding[] {
  const findings: Finding[] = [];
  if (parsePackageName(textOf(name) ?? '') !== name) {
    findings.push(
      finding(2, 'The name has no scope', 'Call it @scope/name: the scope is the owner of its repository.'),
    );
  }
  const { name: who, email } = objectOf(author) ?? {};
  if (!textOf(who)?.trim() || !textOf(email)?.trim()) {
    findings.push(
      finding(2, 'The author has no name or no e-mail address', 'Give `author` both a name and an email.'),
    );
  }
  if (!textOf(objectOf(repository)?.url)) {
    findings.push(
      finding(
        2,
        'There is no repository',
        '`"repository": {"type": "git", "url": "https://github.com/OWNER/REPO"}`',
      ),
    );
  }
  return findings;
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
