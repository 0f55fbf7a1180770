/** A Node.js project, by its package.json. */
import { repositoryUrl } from './git-remote.ts';
import {
  httpsUrl,
  type Project,
  parsePerson,
  personOf,
  type Table,
  table,
  text,
  texts,
} from './project-fields.ts';

export function nodeProject(json: Table): Project {
  return {
    type: 'node',
    name: text(json.name),
    version: text(json.version),
    description: text(json.description),
    author: author(json.author),
    license: text(json.license),
    repository: repositoryUrl(text(json.repository) ?? text(table(json.repository).url)),
    homepage: httpsUrl(json.homepage),
    keywords: texts(json.keywords),
    entryPoint: entryPoint(json),
    nodeRange: text(table(json.engines).node),
  };
}

function author(value: unknown): Project['author'] {
  if (typeof value === 'string') return parsePerson(value);
  const { name, email, url } = table(value);
  const named = text(name);
  return named === undefined ? undefined : personOf(named, email, url);
}

/** The program that it installs, when it is one; else its main file. */
function entryPoint({ bin, main }: Table): string {
  const programs = typeof bin === 'string' ? [bin] : Object.values(table(bin));
  const chosen = text(programs[0]) ?? text(main) ?? 'index.js';
  return chosen.replace(/^\.?\//, '');
}
