/** requirements.txt, as pip reads it: https://pip.pypa.io/en/stable/reference/requirements-file-format. */
import {
  gitSource,
  isCommit,
  type LockedDependency,
  type LockedSource,
  type ReadLock,
  strengthOfAll,
} from './locked.ts';

const REQUIREMENT = /^([a-z\d](?:[\w.-]*[a-z\d])?)\s*(?:\[[^\]]*\])?\s*(.*)$/i;
const INDEX = /^(?:-i|--index-url|--extra-index-url|-f|--find-links)(?:\s+|=)(\S+)/;
/** Files that are not in it. */
const ELSEWHERE = /^(?:-r|--requirement|-c|--constraint)(?:\s|=)/;

export function readRequirements(text: string): ReadLock {
  const lines = logicalLines(text);
  const indexes = lines.flatMap((line) => INDEX.exec(line)?.[1] ?? []);
  const dependencies: LockedDependency[] = [];
  for (const line of lines) {
    if (ELSEWHERE.test(line)) return { problem: 'leads to another file of requirements' };
    if (line.startsWith('-') && !/^(?:-e|--editable)(?:\s|=)/.test(line)) continue;
    dependencies.push(...requirement(line, indexes));
  }
  return { dependencies };
}

/** Without comments; a line that ends in a backslash goes on. */
function logicalLines(text: string): string[] {
  return text
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}

/** One for each index that it may be from. */
function requirement(line: string, indexes: readonly string[]): LockedDependency[] {
  const [wanted = '', ...options] = line.replace(/^(?:-e|--editable)(?:\s+|=)/, '').split(/\s+--/);
  const hashes = options.flatMap((each) => /^hash(?:=|\s+)(\S+)/.exec(each)?.[1] ?? []);
  const [, name, rest = ''] = /^(?:[.~/\\]|[a-z]+[+:])/i.test(wanted) ? [] : (REQUIREMENT.exec(wanted) ?? []);
  const version = /^===?\s*([^\s;,*]+)\s*(?:;.*)?$/.exec(rest.replace(/^\((.*)\)$/, '$1'))?.[1];
  const url = name === undefined ? wanted : /^@\s*(\S+)/.exec(rest)?.[1];
  const sources: LockedSource[] =
    url !== undefined
      ? [urlSource(url)]
      : indexes.length === 0
        ? [{ kind: 'registry', archives: [] }]
        : indexes.map((index) => ({ kind: 'registry', index, archives: [] }));
  return sources.map((source) => ({
    type: 'pypi',
    name: name ?? wanted,
    version,
    folder: undefined,
    hashed: source.kind === 'project' ? 'yes' : strengthOfAll(hashes),
    source,
  }));
}

/** `git+https://host/owner/repo@ref#egg=name`. */
function urlSource(url: string): LockedSource {
  if (/^(?:git|hg|svn|bzr)\+/.test(url)) {
    const reference = /@([^@/#]+)(?:#.*)?$/.exec(url)?.[1];
    return { kind: 'git', url, commit: isCommit(reference) };
  }
  if (/^https?:/.test(url)) return { kind: 'url', url };
  return url.startsWith('git@') ? gitSource(url) : { kind: 'project' };
}
