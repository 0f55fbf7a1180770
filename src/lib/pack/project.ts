/** What a project says of itself in package.json, pyproject.toml, Cargo.toml or go.mod. */
import path from 'node:path';
import { parse } from 'smol-toml';
import { MpakError } from '../errors.ts';
import { readTextIfThere } from '../files.ts';
import { systemError } from '../system-error.ts';
import { httpsUrl, type Project, parsePerson, type Table, table, text } from './project-fields.ts';
import { nodeProject } from './project-node.ts';
import { pythonProject } from './project-python.ts';

/** Of the first of these files that is there. @throws MpakError USAGE when it cannot be parsed, IO_FAILED */
export function readProject(folder: string): Project {
  const read = (name: string, parser: (content: string) => unknown): Table | undefined => {
    const file = path.join(folder, name);
    try {
      const content = readTextIfThere(file);
      return content === undefined ? undefined : table(parser(content));
    } catch (error) {
      const system = systemError(error);
      if (system !== undefined) throw system;
      throw new MpakError('USAGE', `${file} cannot be parsed.`, { hint: 'Mend it.', cause: error });
    }
  };
  const packageJson = read('package.json', JSON.parse);
  if (packageJson !== undefined) return nodeProject(packageJson);
  const pyproject = read('pyproject.toml', parse);
  if (pyproject !== undefined) return pythonProject(pyproject, folder);
  if (readTextIfThere(path.join(folder, 'requirements.txt')) !== undefined) return pythonProject({}, folder);
  const cargo = read('Cargo.toml', parse);
  if (cargo !== undefined) return cargoProject(table(cargo.package));
  const go = readTextIfThere(path.join(folder, 'go.mod'));
  const module = go === undefined ? undefined : /^module\s+(\S+)/m.exec(go)?.[1];
  if (module === undefined) return {};
  const name = module
    .replace(/\/v\d+$/, '')
    .split('/')
    .at(-1);
  const repository = /^github\.com\/[^/]+\/[^/]+/.exec(module)?.[0];
  return {
    type: 'binary',
    name,
    repository: repository && `https://${repository}`,
    entryPoint: `bin/${name}`,
  };
}

function cargoProject(cargo: Table): Project {
  const name = text(cargo.name);
  const authors = Array.isArray(cargo.authors) ? text(cargo.authors[0]) : undefined;
  return {
    type: 'binary',
    name,
    version: text(cargo.version),
    description: text(cargo.description),
    license: text(cargo.license),
    author: parsePerson(authors),
    repository: httpsUrl(cargo.repository),
    entryPoint: name && `bin/${name}`,
  };
}
