import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { findingLines } from '../../cli/findings-page.ts';
import { bytes, plural } from '../../cli/format.ts';
import { interruptible } from '../../cli/interruptible.ts';
import { screenOf } from '../../cli/screen.ts';
import { MpakError } from '../../lib/errors.ts';
import { sourceDate } from '../../lib/pack/epoch.ts';
import { pack } from '../../lib/pack/pack.ts';
import { sourceCommit } from '../../lib/pack/source-commit.ts';

export default class BundlePack extends BaseCommand {
  static override summary =
    'Make a bundle of a folder: the same folder gives the same bytes on every machine.';
  static override description =
    'Validates first. Dependencies are vendored in a copy, with npm (as package-lock.json says), uv or pip, and no ' +
    'package runs a script. What .mcpbignore names stays out; a CycloneDX SBOM goes in. A bundle of that name is ' +
    'replaced. SOURCE_DATE_EPOCH, where it is set, is the date of every entry.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> server -o "dist/{name}-{version}-{os}-{arch}.mcpb" --os linux --arch x64',
  ];
  static override args = {
    directory: Args.string({
      ignoreStdin: true,
      description: 'The folder with the manifest.json.',
      default: '.',
    }),
  };
  static override flags = {
    output: Flags.string({
      char: 'o',
      description:
        'Where to write it; {name}, {scope}, {version}, {os} and {arch} are filled in. ' +
        'Default: {name}-{version}.mcpb here, with {os} and {arch} for one platform.',
      helpValue: 'FILE',
    }),
    os: Flags.option({
      options: ['darwin', 'linux', 'win32', 'any'] as const,
      description: 'The system that it is for. Default: as the manifest and what is compiled say.',
    })(),
    arch: Flags.option({ options: ['x64', 'arm64', 'any'] as const, description: 'The processor.' })(),
    vendor: Flags.boolean({
      allowNo: true,
      default: true,
      description: 'Vendor dependencies; without, the folder is taken as it is.',
    }),
    'python-version': Flags.string({
      description: 'Vendor for this version of Python.',
      helpValue: '3.12',
    }),
    'source-commit': Flags.string({
      description: 'Write the commit that it is built from into the manifest, for certification.',
      helpValue: 'SHA',
    }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(BundlePack);
    const { 'python-version': pythonVersion } = flags;
    if (pythonVersion !== undefined && !/^3(\.\d{1,3}){0,2}$/.test(pythonVersion)) {
      throw new MpakError(
        'USAGE',
        `--python-version ${JSON.stringify(pythonVersion)} is no version of Python 3.`,
        {
          hint: 'Such as `--python-version 3.12`.',
        },
      );
    }
    const packed = await pack({
      folder: args.directory,
      output: flags.output,
      target: {
        ...(flags.os !== undefined && { os: flags.os }),
        ...(flags.arch !== undefined && { arch: flags.arch }),
      },
      vendor: flags.vendor,
      pythonVersion,
      date: sourceDate(process.env.SOURCE_DATE_EPOCH),
      sourceCommit: sourceCommit(flags['source-commit']),
      environment: process.env,
      platform: process.platform,
      whileVendoring: (vendor) => {
        this.note('Vendoring dependencies');
        return interruptible(vendor);
      },
      onOutput: (text) => process.stderr.write(text),
    });
    const { name, version, platform, size, files, sbom, sha256 } = packed;
    this.log(packed.file);
    if (this.jsonEnabled()) return packed;
    this.notePage(findingLines(packed.warnings, screenOf(process.stderr)));
    const target =
      platform.os === 'any' && platform.arch === 'any' ? 'any platform' : `${platform.os}-${platform.arch}`;
    this.note(
      `${name} ${version} for ${target}: ${plural(files, 'file')}, ${bytes(size)}, ` +
        `${plural(sbom.components, 'vendored package')}, sha256 ${sha256}`,
    );
    return packed;
  }
}
