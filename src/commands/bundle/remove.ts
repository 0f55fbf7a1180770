import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { plural } from '../../cli/format.ts';
import { packageArgument } from '../../cli/name-argument.ts';
import type { PackageName } from '../../lib/bundle/name.ts';
import { BundleCache } from '../../lib/cache/bundle-cache.ts';
import { readConfig } from '../../lib/config/config.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { keychainKeys } from '../../lib/config/stored-settings.ts';
import { userConfig } from '../../lib/config/user-config.ts';
import { MpakError } from '../../lib/errors.ts';
import { originOf } from '../../lib/install/origin.ts';
import { standingOf } from '../../lib/install/standing.ts';

export default class BundleRemove extends BaseCommand {
  static override summary = 'Take a bundle off this machine: one version of it, or all.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> @acme/postgres',
    '<%= config.bin %> <%= command.id %> @acme/postgres@1.2.0',
  ];
  static override args = {
    name: Args.string({
      ignoreStdin: true,
      description: 'The package, and a version of it.',
      required: true,
    }),
  };

  override async run(): Promise<unknown> {
    const { args } = await this.parse(BundleRemove);
    const { name, version } = packageArgument(args.name);
    const cache = new BundleCache(mpakHome(process.env));
    const chosen = () =>
      cache.versionNames(name).filter((other) => version === undefined || other === version);
    if (chosen().length === 0) {
      throw new MpakError('NOT_FOUND', `${args.name} is not installed.`, {
        hint: '`mpak bundle list` shows what is.',
      });
    }
    const { removed, current } = await cache.change(name, async () => {
      const versions = chosen();
      cache.removeAll(name, versions, (other) => !isRevoked(cache, name, other));
      return { removed: versions, current: cache.current(name)?.version ?? null };
    });
    this.log(`Removed ${plural(removed.length, 'version')} of ${name}: ${removed.join(', ')}.`);
    if (current !== null) {
      this.note(
        isRevoked(cache, name, current)
          ? `${name} ${current}, which is left, is revoked: it is not run.`
          : `${name} runs ${current}.`,
      );
    }
    if (current === null && hasSettings(name))
      this.note(
        `Its settings stay: \`mpak config unset ${name}\` takes them away, those in the keychain too.`,
      );
    return { name, removed, current };
  }
}

function hasSettings(name: PackageName): boolean {
  const config = readConfig(mpakHome(process.env));
  return Object.keys(userConfig(config, name)).length + keychainKeys(config, name).length > 0;
}

/** By what is known here; a receipt or an index that is damaged says nothing, and is told of by others. */
function isRevoked(cache: BundleCache, name: PackageName, version: string): boolean {
  try {
    const installed = cache.find(name, version);
    const standing = installed && standingOf(originOf(cache, installed), name, version);
    return typeof standing?.revoked === 'string';
  } catch (error) {
    if (error instanceof MpakError) return false;
    throw error;
  }
}
