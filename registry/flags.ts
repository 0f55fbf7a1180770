/** Flags that several commands of `mpak-registry` take. */
import { Flags } from '@oclif/core';
import { MpakError } from '../src/lib/errors.ts';
import { parseHost, parseHttpUrl } from './url.ts';

const data = {
  description: 'Folder of the registry: its database, its signing key and its snapshots.',
  env: 'MPAK_REGISTRY_DATA',
  helpValue: 'DIR',
};

export const dataFlag = Flags.string({ ...data, required: true });

export const optionalDataFlag = Flags.string(data);

export const forceFlag = Flags.boolean({
  description: 'Also of a package or version that is not published: it holds when it comes.',
});

/** What a statement of the operator is about: `requireRange` reads it. */
export const versionsFlag = Flags.string({
  description: 'A version, a range of semver, or "*" for all.',
  helpValue: 'RANGE',
  required: true,
});

/** The numeric id of a GitHub account. */
export const accountIdFlag = Flags.custom<string>({
  helpValue: 'ID',
  parse: async (text) => {
    if (/^\d{1,20}$/.test(text)) return text;
    throw new MpakError('USAGE', `${JSON.stringify(text)} is not the numeric id of an account.`, {
      hint: 'https://api.github.com/users/LOGIN shows it.',
    });
  },
});

export const urlFlag = Flags.custom<string>({ parse: async (text) => parseHttpUrl(text), helpValue: 'URL' });

export const githubApiFlag = urlFlag({
  description: 'REST API of GitHub, where releases are looked up.',
  env: 'MPAK_GITHUB_API',
  default: 'https://api.github.com',
});

export const githubTokenFlag = Flags.string({
  description: 'Token for that API: raises its rate limit.',
  env: 'MPAK_GITHUB_TOKEN',
  noCacheDefault: true,
});

export const assetHostFlag = Flags.string({
  description:
    'Another host that release assets may be on, with its port where that is not the usual one; may be given several ' +
    "times, or separated by commas. Default: GitHub's own, or the host of another API.",
  env: 'MPAK_ASSET_HOST',
  helpValue: 'HOST',
  multiple: true,
  multipleNonGreedy: true,
});

/** @param given a text alone when it comes from the environment @throws MpakError USAGE */
export function assetHosts(given: readonly string[] | string | undefined): string[] {
  return [given ?? []].flat().flatMap((text) => text.split(',').map((host) => parseHost(host.trim())));
}
