/**
 * Writes the oclif manifests: what each command takes, so that a command line starts without loading its commands.
 * With --check it writes nothing and fails when a manifest is not current.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import path from 'node:path';
import { type Command, Config, Plugin } from '@oclif/core';
import { AUTOCOMPLETE } from '../src/cli/autocomplete.ts';

const root = path.join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

const MANIFESTS = [
  { file: 'oclif.manifest.json', commands: 'src/commands', bin: 'mpak', plugins: [AUTOCOMPLETE] },
  { file: 'registry/oclif.manifest.json', commands: 'registry/commands', bin: 'mpak-registry', plugins: [] },
];

let stale = false;
for (const manifest of MANIFESTS) {
  const text = `${JSON.stringify(await describe(manifest), undefined, 2)}\n`;
  const file = path.join(root, manifest.file);
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
  } else if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${manifest.file} is not current: run \`npm run manifest\`.\n`);
    stale = true;
  }
}
process.exitCode = stale ? 1 : 0;

async function describe({ commands, bin, plugins }: (typeof MANIFESTS)[number]) {
  const found: Record<string, unknown> = {};
  const plugin = new Plugin({
    root,
    isRoot: true,
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
    type: 'core',
    pjson: { name: bin, version, type: 'module', oclif: { bin, commands: `./${commands}` } } as never,
  });
  await Config.load({ root, pjson: { name: bin, version, oclif: { bin } } as never });
  await plugin.load();
  for (const command of plugin.commands) found[command.id] = portable(command, bin);
  for (const name of plugins) {
    const added = new Plugin({ name, root, type: 'core' });
    await added.load();
    for (const command of added.commands) found[command.id] = portable(command, name);
  }
  const files = await Array.fromAsync(glob('**/*.ts', { cwd: path.join(root, commands) }));
  if (files.length !== plugin.commands.length) throw new Error(`${commands}: a file there is not a command`);
  return {
    version,
    commands: Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Without what depends on the machine or on how the commands were found. */
function portable(command: Command.Loadable, pluginName: string) {
  const { load, isESM, relativePath, pluginAlias, pluginType, ...rest } = command as Command.Loadable &
    Record<string, unknown>;
  return { ...rest, pluginName };
}
