import { Flags } from '@oclif/core';
import { clientTable } from '../cli/client-table.ts';
import { BaseCommand } from '../cli/command.ts';
import { type RegistryIndex, registryFlag, registryIndexes } from '../cli/context.ts';
import { findingLines } from '../cli/finding-lines.ts';
import { interruptible } from '../cli/interruptible.ts';
import { keychainReach } from '../cli/keychain-command.ts';
import { outputScreen } from '../cli/output.ts';
import { provenance } from '../cli/provenance.ts';
import { workingFolder } from '../cli/runner.ts';
import { BundleCache } from '../lib/cache/bundle-cache.ts';
import { mpakHome } from '../lib/config/home.ts';
import { examine } from '../lib/doctor.ts';
import { type Finding, failed } from '../lib/finding.ts';
import type { ProvenanceSettings } from '../lib/provenance/settings.ts';

export default class Doctor extends BaseCommand {
  static override summary = 'Look over what mpak relies on, and say what to mend. Changes nothing.';
  static override description =
    'Home, configuration, index, registry, the programs that servers start with, every installed bundle, and what AI ' +
    'clients start: each of their servers is started and must answer. Ends with status 1 when something fails; a ' +
    'warning is none.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --offline --json',
  ];
  static override flags = {
    offline: Flags.boolean({ description: 'Do not ask the registries.' }),
    registry: registryFlag,
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Doctor);
    const home = mpakHome(process.env);
    const findings = await this.#examine(home, flags);
    this.logPage(findingLines(findings, outputScreen()));
    if (findings.some(({ state }) => state === 'fail')) process.exitCode = 1;
    return { findings };
  }

  async #examine(
    home: string,
    flags: { offline: boolean; registry: string | undefined },
  ): Promise<Finding[]> {
    let registries: readonly RegistryIndex[];
    let settings: ProvenanceSettings;
    try {
      registries = registryIndexes(flags);
      settings = provenance();
    } catch (error) {
      // Without a configuration there is no registry to look at.
      return [failed('configuration', error)];
    }
    return examine({
      home,
      registries,
      cache: new BundleCache(home),
      provenance: settings,
      environment: process.env,
      platform: process.platform,
      userAgent: this.config.userAgent,
      now: new Date(),
      offline: flags.offline,
      clients: await clientTable(workingFolder()),
      keychain: keychainReach(),
      whileStarting: interruptible,
    });
  }
}
