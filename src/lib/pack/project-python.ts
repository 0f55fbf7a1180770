/** A Python project, by the [project] table of its pyproject.toml (PEP 621). */
import { existsSync } from 'node:fs';
import path from 'node:path';
import semver from 'semver';
import { repositoryUrl } from './git-remote.ts';
import { httpsUrl, type Project, personOf, type Table, table, text, texts } from './project-fields.ts';

const USUAL_FILES = ['server.py', 'main.py', 'src/server.py', 'src/main.py', 'app.py', '__main__.py'];

export function pythonProject(pyproject: Table, folder: string): Project {
  const project = table(pyproject.project);
  const urls = new Map(
    Object.entries(table(project.urls)).map(([name, url]) => [name.toLowerCase(), text(url)]),
  );
  const repository = ['repository', 'source', 'source code', 'github', 'homepage'].map((name) =>
    urls.get(name),
  );
  const [script, target] = Object.entries(table(project.scripts))[0] ?? [];
  return {
    type: 'python',
    name: text(project.name),
    version: version(text(project.version)),
    description: text(project.description),
    author: author(project.authors),
    license: text(project.license) ?? text(table(project.license).text),
    repository: repository.map(repositoryUrl).find((url) => url !== undefined),
    homepage: httpsUrl(urls.get('homepage')),
    keywords: texts(project.keywords),
    entryPoint: entryPoint(text(target), folder),
    script,
    pythonRange: text(project['requires-python']),
  };
}

/** PEP 440 has versions that are no semantic ones: those are asked for. */
function version(declared: string | undefined): string | undefined {
  return declared === undefined ? undefined : (semver.valid(declared) ?? undefined);
}

function author(authors: unknown): Project['author'] {
  const { name, email } = table(Array.isArray(authors) ? authors[0] : undefined);
  const named = text(name);
  return named === undefined ? undefined : personOf(named, email, undefined);
}

/** The module of the first script, `package.module:function`, where it is a file; else what such files are called. */
function entryPoint(script: string | undefined, folder: string): string | undefined {
  const module = script?.split(':')[0]?.trim().replaceAll('.', '/');
  const named = module === undefined ? [] : [`src/${module}.py`, `${module}.py`];
  return [...named, ...USUAL_FILES].find((file) => existsSync(path.join(folder, file)));
}
