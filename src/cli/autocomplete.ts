/** The commands of the plugin that adds shell completion. They are in the manifest, and loaded when one runs. */
import { type Command, Plugin } from '@oclif/core';

export const AUTOCOMPLETE = '@oclif/plugin-autocomplete';

export async function loadAutocomplete(id: string): Promise<{ readonly default: Command.Class }> {
  const plugin = new Plugin({ name: AUTOCOMPLETE, root: import.meta.dirname, type: 'core' });
  await plugin.load();
  return { default: await plugin.findCommand(id, { must: true }) };
}
