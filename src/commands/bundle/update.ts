import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { namedRegistry, originFlag } from '../../cli/context.ts';
import { installFlags, installPackage } from '../../cli/installer.ts';
import { packageArgument } from '../../cli/name-argument.ts';
import type { PackageName } from '../../lib/bundle/name.ts';
import { BundleCache } from '../../lib/cache/bundle-cache.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { MpakError } from '../../lib/errors.ts';
import { findOutdated } from '../../lib/install/outdated.ts';

export default class BundleUpdate extends BaseCommand {
  static override summary = 'Install the latest version of a bundle, or of all that have a newer one.';
  static override description =
    'The version before stays on the disk: `mpak bundle rollback` runs it again. An update by another publisher, or ' +
    'one that wants more permissions, asks first.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> @acme/postgres',
  ];
  static override args = {
    name: Args.string({ ignoreStdin: true, description: 'The package. Default: all.' }),
  };
  static override flags = { ...installFlags, registry: originFlag };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(BundleUpdate);
    const cache = new BundleCache(mpakHome(process.env));
    const from = namedRegistry(flags.registry);
    const wanted = args.name === undefined ? undefined : installedName(args.name, cache, from);
    const isWanted = ({ name }: { readonly name: PackageName }) => wanted === undefined || name === wanted;
    const { outdated, unknown } = findOutdated(cache, from);
    const updated: { name: string; from: string; to: string }[] = [];
    const failed: { name: string; version: string | null; code: string; message: string }[] = [];
    // One that cannot be updated does not keep the others from it.
    const fail = (name: PackageName, version: string | null, error: unknown) => {
      if (wanted !== undefined || !(error instanceof MpakError)) throw error;
      failed.push({ name, version, code: error.code, message: error.message });
      const stays = version === null ? 'is not updated' : `stays at ${version}`;
      this.note(`${name} ${stays}: ${error.message} ${error.hint ?? ''}`);
      process.exitCode ??= error.exitStatus;
    };
    for (const { name, version, error } of unknown.filter(isWanted)) fail(name, version, error);
    for (const { name, current, registry } of outdated.filter(isWanted)) {
      try {
        const { installed } = await installPackage(name, { ...flags, registry }, this.config.userAgent);
        updated.push({ name, from: current, to: installed.version });
        this.log(`${name} ${current} → ${installed.version}`);
      } catch (error) {
        fail(name, current, error);
      }
    }
    if (updated.length + failed.length === 0)
      this.note('Nothing to update: by the local index, all is the latest.');
    return { updated, failed };
  }
}

/** @throws MpakError USAGE, NOT_FOUND */
function installedName(text: string, cache: BundleCache, registry: string | undefined): PackageName {
  const { name, version } = packageArgument(text);
  if (version !== undefined) {
    throw new MpakError('USAGE', 'An update is always to the latest version.', {
      hint: `For another: \`mpak bundle install ${name}@${version}\`.`,
    });
  }
  const origin = cache.findCurrent(name)?.receipt.registry;
  if (origin !== undefined && registry !== undefined && origin !== registry) {
    throw new MpakError('NOT_FOUND', `${name} is installed from ${origin}, and not from ${registry}.`, {
      hint: `To change that: \`mpak bundle install ${name} --registry ${registry}\`.`,
    });
  }
  if (origin !== undefined) return name;
  throw new MpakError('NOT_FOUND', `${name} is not installed.`, {
    hint: `\`mpak bundle install ${name}\`.`,
  });
}
