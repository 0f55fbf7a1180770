/**
 * What npm may take over from this machine and from the project: where packages are, and how it gets in. Whatever else an
 * npmrc or the environment says could change what is vendored, or run a program: it is not handed on. The files of npmrc
 * are described in https://docs.npmjs.com/cli/configuring-npm/npmrc.
 */
import os from 'node:os';
import path from 'node:path';
import { readTextIfThere } from '../files.ts';

const PREFIX = /^npm_config_/i;
/** `//host/:_authToken` and `@scope:registry`. */
const OF_A_REGISTRY = /^(\/\/|@[^:]+:registry$)/;
const CONNECTION = [
  'registry',
  'proxy',
  'https-proxy',
  'noproxy',
  'ca',
  'cafile',
  'strict-ssl',
  'cache',
  'offline',
  'prefer-offline',
  'prefer-online',
  'maxsockets',
  'before',
  'min-release-age',
  'loglevel',
];
/** How the lockfile of a project was resolved: its own to say. */
const OF_A_PROJECT = ['legacy-peer-deps', 'strict-peer-deps'];

/** The npmrc that npm gets instead of the user's and the project's. @param folder the publisher's */
export function npmSettings(folder: string, environment: NodeJS.ProcessEnv): string {
  const own = Object.entries(environment).find(([name]) => /^npm_config_userconfig$/i.test(name))?.[1];
  const home = environment.HOME ?? environment.USERPROFILE ?? os.homedir();
  const user = readTextIfThere(own || path.join(home, '.npmrc')) ?? '';
  const project = readTextIfThere(path.join(folder, '.npmrc')) ?? '';
  const lines = [...kept(user, isConnection), ...kept(project, isOfProject)];
  return lines.map((line) => `${line}\n`).join('');
}

/**
 * The environment for npm, and for each npm that npm starts, whatever an npmrc in their folder says: it names no git and
 * runs no script.
 * @param noGit a path where nothing is
 */
export function npmEnvironment(environment: NodeJS.ProcessEnv, noGit: string): NodeJS.ProcessEnv {
  const handed = Object.entries(environment).filter(
    ([name]) => !PREFIX.test(name) || isConnection(settingOf(name)),
  );
  return {
    ...Object.fromEntries(handed),
    npm_config_ignore_scripts: 'true',
    npm_config_allow_git: 'none',
    npm_config_git: noGit,
  };
}

/** As npm reads the names of variables. */
function settingOf(variable: string): string {
  const name = variable.replace(PREFIX, '');
  return name.startsWith('//') ? name : name.toLowerCase().replaceAll(/(?!^)_/g, '-');
}

function isConnection(setting: string): boolean {
  return OF_A_REGISTRY.test(setting) || setting.startsWith('fetch-') || CONNECTION.includes(setting);
}

function isOfProject(setting: string): boolean {
  return isConnection(setting) || OF_A_PROJECT.includes(setting);
}

/** The lines with such settings, up to the first section: npm has none. */
function kept(npmrc: string, wanted: (setting: string) => boolean): string[] {
  const lines = npmrc.replace(/^\uFEFF/, '').split(/[\r\n]+/);
  const section = lines.findIndex((line) => /^\s*\[/.test(line));
  return (section === -1 ? lines : lines.slice(0, section)).filter((line) => {
    const name = /^\s*(?![;#])([^=]+?)\s*(?:\[\])?\s*(?:=|$)/.exec(line)?.[1];
    return name !== undefined && wanted(name.replace(/^(["'])(.*)\1$/, '$2'));
  });
}
