import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/command.ts';
import { orderWarning, registryRows } from '../../cli/registry-page.ts';
import { mpakHome } from '../../lib/config/home.ts';
import { addRegistry, parseRegistry } from '../../lib/config/registry-list.ts';
import { updateConfig } from '../../lib/config/update.ts';
import { MpakError } from '../../lib/errors.ts';
import { proxiesOf } from '../../lib/remote/node-http.ts';
import { RegistryClient } from '../../lib/remote/registry-client.ts';

export default class RegistryAdd extends BaseCommand {
  static override summary = 'Add a registry, behind those that there are.';
  static override description =
    'A name without a registry means the first one that has it, so what comes first decides. --key says which key must ' +
    'sign; without it, the first sync pins the key that it is shown. The registry is asked whether it has a signed ' +
    'index; it is added too when it does not answer.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> acme https://registry.acme.example --key SHA256:…',
    '<%= config.bin %> <%= command.id %> acme https://registry.acme.example --default',
  ];
  static override args = {
    name: Args.string({ description: 'What to call it.', required: true, ignoreStdin: true }),
    url: Args.string({ description: 'Its URL.', required: true, ignoreStdin: true }),
  };
  static override flags = {
    key: Flags.string({ description: 'Fingerprint of the key that must sign.', helpValue: 'FINGERPRINT' }),
    default: Flags.boolean({ description: 'Put it before all others.' }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(RegistryAdd);
    const registry = parseRegistry(args.name, args.url, flags.key);
    await updateConfig(mpakHome(process.env), (json, config) =>
      addRegistry(json, config, registry, { first: flags.default }),
    );
    const rows = registryRows();
    const added = rows.find(({ name }) => name === registry.name);
    const signed = added?.signed ?? (await this.#isSigned(registry.url));
    this.log(`Added ${registry.name}, ${registry.url}. \`mpak sync\` fetches its index.`);
    if (signed === false) {
      this.note(`${registry.name} has no signed index: nobody vouches for what it says of a package.`);
      if (flags.key !== undefined) this.note('It is given a key that must sign, so it is not synced.');
    }
    const warning = orderWarning(rows.map((row) => (row.name === registry.name ? { ...row, signed } : row)));
    if (warning !== undefined) this.note(warning);
    return { ...registry, key: registry.key ?? null, position: added?.position, signed };
  }

  /** @returns null when it does not say */
  async #isSigned(url: string): Promise<boolean | null> {
    const client = new RegistryClient(new URL(url), this.config.userAgent, proxiesOf(process.env));
    try {
      await client.checkpoint(undefined);
      return true;
    } catch (error) {
      if (!(error instanceof MpakError)) throw error;
      if (error.code === 'REGISTRY_WITHOUT_INDEX') return false;
      this.note(`Whether its index is signed is not known yet: ${error.message}`);
      return null;
    } finally {
      client.close();
    }
  }
}
