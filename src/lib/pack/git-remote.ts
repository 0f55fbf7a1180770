/** Where a folder's repository is on GitHub, by its own configuration file: no git has to be there. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { readTextIfThere } from '../files.ts';

const URL_FORM = /^(?:git\+)?(?:https?|ssh|git):\/\/(?:[^@/]*@)?([\w.-]+)(?::\d+)?\/(.*)$/;
/** `git@host:owner/repo` */
const SCP_FORM = /^(?:[^@/\s]+@)?([\w.-]+):(?!\/)(.*)$/;
const REPOSITORY_PATH = /^[\w.~-]+(?:\/[\w.~-]+)+$/;

/** `https://host/owner/repo` of the remote `origin`, else of the first; undefined without one. */
export function readGitRemote(folder: string): string | undefined {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const place = path.join(at, '.git');
    const status = statSync(place, { throwIfNoEntry: false });
    if (status !== undefined) {
      const config = status.isDirectory()
        ? readTextIfThere(path.join(place, 'config'))
        : worktreeConfig(at, place);
      return config === undefined ? undefined : remoteIn(config);
    }
    if (at === path.dirname(at)) return undefined;
  }
}

/** In a worktree or a submodule, `.git` is a file that names the folder. */
function worktreeConfig(folder: string, file: string): string | undefined {
  const named = /^gitdir: (.+)$/m.exec(readTextIfThere(file) ?? '')?.[1];
  if (named === undefined) return undefined;
  const own = path.resolve(folder, named.trim());
  const common = readTextIfThere(path.join(own, 'commondir'))?.trim();
  return readTextIfThere(path.join(common === undefined ? own : path.resolve(own, common), 'config'));
}

function remoteIn(config: string): string | undefined {
  const urls = new Map<string, string>();
  let remote: string | undefined;
  for (const line of config.split('\n')) {
    const section = /^\s*\[(.*)\]\s*$/.exec(line)?.[1];
    if (section !== undefined) remote = /^remote "(.*)"$/.exec(section)?.[1];
    const url = /^\s*url\s*=\s*(\S+)/.exec(line)?.[1];
    if (remote !== undefined && url !== undefined && !urls.has(remote)) urls.set(remote, url);
  }
  return repositoryUrl(urls.get('origin') ?? [...urls.values()][0]);
}

/**
 * Any of the forms in which git and package.json name a repository, as an https URL: without user and password.
 * `owner/repo` and `github:owner/repo` are GitHub's.
 */
export function repositoryUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const short = /^(?:github:)?([A-Za-z0-9][\w-]*\/[\w.-]+)$/.exec(text)?.[1];
  const address = short === undefined ? text : `https://github.com/${short}`;
  const [, host, place = ''] = URL_FORM.exec(address) ?? SCP_FORM.exec(address) ?? [];
  const repository = place
    .replace(/#.*$/, '')
    .replace(/\/$/, '')
    .replace(/\.git$/, '');
  return host !== undefined && REPOSITORY_PATH.test(repository) ? `https://${host}/${repository}` : undefined;
}

/** Who owns a repository on GitHub. */
export function ownerOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : /^https:\/\/github\.com\/([A-Za-z0-9-]+)\//.exec(url)?.[1];
}
