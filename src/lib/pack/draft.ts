/** The first manifest of a server: from what its project says of it already, and from what its author answers. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import semver from 'semver';
import { MANIFEST_PATH } from '../bundle/manifest.ts';
import { parsePackageName } from '../bundle/name.ts';
import { MpakError } from '../errors.ts';
import { ownerOf, readGitRemote } from './git-remote.ts';
import { readProject } from './project.ts';
import type { Project } from './project-fields.ts';

/** A detail that a manifest needs. */
export interface Question {
  readonly key: keyof Answers;
  readonly text: string;
  /** What an empty answer means; undefined when there must be one. */
  readonly suggestion: string | undefined;
  /** Why it will not do, or undefined. */
  readonly check: (answer: string) => string | undefined;
}

export interface Answers {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly author: string;
  readonly type: string;
  readonly entryPoint: string;
}

export interface Draft {
  readonly file: string;
  readonly project: Project;
  readonly questions: readonly Question[];
}

const TYPES = ['node', 'python', 'uv', 'binary'];
const LATEST = '0.4';

/** What is known of a folder's project, and what is still to be asked. @throws MpakError NOT_FOUND, USAGE, IO_FAILED */
export function draftManifest(folder: string, force: boolean): Draft {
  if (!existsSync(folder)) {
    throw new MpakError('NOT_FOUND', `There is no folder ${folder}.`, { hint: 'Check the path.' });
  }
  const file = path.join(folder, MANIFEST_PATH);
  if (existsSync(file) && !force) {
    throw new MpakError('USAGE', `${file} is there already.`, {
      hint: 'Check it with `mpak bundle validate`; replace it with `--force`.',
    });
  }
  const said = readProject(folder);
  const project = { ...said, repository: said.repository ?? readGitRemote(folder) };
  return { file, project, questions: questionsFor(project) };
}

function questionsFor(project: Project): Question[] {
  const any = (what: string) => (answer: string) => (answer.trim() === '' ? `${what} is needed.` : undefined);
  return [
    {
      key: 'name',
      text: 'Name, @scope/name; the scope is the GitHub owner of the repository',
      suggestion: scopedName(project),
      check: (answer) =>
        parsePackageName(answer) === answer ? undefined : 'It is @scope/name, in lower case.',
    },
    {
      key: 'version',
      text: 'Version',
      suggestion: project.version ?? '0.1.0',
      check: (answer) =>
        semver.valid(answer) === answer ? undefined : 'It is a semantic version, such as 0.1.0.',
    },
    {
      key: 'description',
      text: 'Description, in one sentence',
      suggestion: project.description,
      check: any('A description'),
    },
    {
      key: 'author',
      text: 'Author',
      suggestion: project.author?.name ?? ownerOf(project.repository),
      check: any('An author'),
    },
    {
      key: 'type',
      text: `Type of the server: ${TYPES.join(', ')}`,
      suggestion: project.type,
      check: (answer) => (TYPES.includes(answer) ? undefined : `One of ${TYPES.join(', ')}.`),
    },
    {
      key: 'entryPoint',
      text: 'Entry point, a path in the folder',
      suggestion: project.entryPoint,
      check: any('An entry point'),
    },
  ];
}

/** The manifest as text. */
export function writeDraft(project: Project, answers: Answers): string {
  const { author, license, repository, homepage, keywords, pythonRange, nodeRange } = project;
  const runtimes = {
    ...(answers.type === 'node' && nodeRange !== undefined && { node: nodeRange }),
    ...(answers.type === 'python' && pythonRange !== undefined && { python: pythonRange }),
  };
  const manifest = {
    manifest_version: LATEST,
    name: answers.name,
    display_name: project.title ?? answers.name.slice(answers.name.indexOf('/') + 1),
    version: answers.version,
    description: answers.description,
    author: { ...(author?.name === answers.author ? author : {}), name: answers.author },
    ...(repository !== undefined && { repository: { type: 'git', url: repository } }),
    ...(homepage !== undefined && { homepage }),
    ...(license !== undefined && { license }),
    ...(keywords !== undefined && { keywords }),
    server: { type: answers.type, entry_point: answers.entryPoint, mcp_config: startOf(answers, project) },
    tools: [],
    ...(Object.keys(runtimes).length > 0 && { compatibility: { runtimes } }),
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

function startOf({ type, entryPoint }: Answers, { script }: Project) {
  const own = `\u0024{__dirname}/${entryPoint}`;
  if (type === 'node') return { command: 'node', args: [own] };
  if (type === 'python') {
    return { command: 'python', args: [own], env: { PYTHONPATH: '\u0024{__dirname}/deps' } };
  }
  if (type === 'uv') {
    const run = script === undefined ? [own] : [script];
    return { command: 'uv', args: ['run', '--directory', '\u0024{__dirname}', ...run] };
  }
  return { command: own, args: [] };
}

function scopedName({ name, repository }: Project): string | undefined {
  if (name === undefined) return undefined;
  const lower = name.toLowerCase();
  // A scope on npm need not be a GitHub owner; where there is a repository, that says it.
  const scope = ownerOf(repository) ?? /^@([^/]+)\//.exec(lower)?.[1];
  const bare = lower
    .replace(/^@[^/]+\//, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return scope === undefined ? undefined : parsePackageName(`@${scope.toLowerCase()}/${bare}`);
}
