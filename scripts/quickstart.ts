/**
 * The main job from end to end, on this machine alone: a registry and a GitHub are started on loopback, a real MCP
 * server is packed, announced with a signed token, found and shown, also with the registry gone. Everything happens in
 * a temporary folder, and nothing is left running.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { finished, mpakRegistry, startCommand } from '../test/support/cli.ts';
import { packEverythingServer } from '../test/support/everything-server.ts';
import { LocalGitHub } from '../test/support/github.ts';
import { readRecords, recordsToEntries } from '../test/support/records.ts';
import { postAnnouncement, type RegistryProcess, startRegistry } from '../test/support/registry.ts';

const OWNER = 'modelcontextprotocol';
const REPOSITORY = 'servers';
const PACKAGE = `@${OWNER}/server-everything`;

const folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-quickstart-'));
const data = path.join(folder, 'registry');
let github: LocalGitHub | undefined;
let registry: RegistryProcess | undefined;
let steps = 0;

try {
  await main();
} finally {
  await registry?.stop();
  await github?.close();
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  step('Import a sample of real MCP packages into a new registry');
  const entries = recordsToEntries(
    readRecords(new URL('../test/fixtures/records.ndjson.gz', import.meta.url)),
  );
  const sample = path.join(folder, 'sample.ndjson');
  writeFileSync(sample, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  show('mpak-registry', ['import', 'sample.ndjson', '--data', 'registry']);
  const imported = await mpakRegistry(['import', sample, '--data', data]);
  print(imported.stdout + imported.stderr);
  if (imported.status !== 0) throw new Error('the import failed');

  step('Start a GitHub (releases and the token issuer of Actions) and the registry, on loopback');
  github = await LocalGitHub.start();
  show('mpak-registry', [
    'serve',
    '--data',
    'registry',
    '--github-api',
    github.api,
    '--oidc-issuer',
    github.issuer,
  ]);
  registry = await startRegistry({ data, github });
  print(`Listening at ${registry.url}, signing with ${registry.fingerprint}`);

  step('Pack a real MCP server from npm into a bundle');
  const file = path.join(folder, 'server-everything.mcpb');
  const manifest = await packEverythingServer(PACKAGE, file);
  const bytes = readFileSync(file);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  print(`${path.basename(file)}: ${(bytes.length / 1e6).toFixed(1)} MB, sha256 ${sha256}`);

  step('Attach it to a release, and announce it with a token as a workflow there gets it');
  const tag = `v${manifest.version}`;
  github.addAsset(OWNER, REPOSITORY, tag, path.basename(file), bytes);
  const artifact = { filename: path.basename(file), os: 'any', arch: 'any', sha256, size: bytes.length };
  const announcement = {
    name: PACKAGE,
    version: manifest.version,
    manifest,
    release_tag: tag,
    prerelease: false,
    artifact,
  };
  const token = await github.issueToken(`${OWNER}/${REPOSITORY}`);
  const answer = await postAnnouncement(registry.url, token, announcement);
  print(`${answer.status} ${JSON.stringify(answer.json)}`);
  if (answer.status !== 200) throw new Error('the announcement was refused');

  step("And somebody else's token for the same package");
  const stranger = await postAnnouncement(
    registry.url,
    await github.issueToken('stranger/servers'),
    announcement,
  );
  print(`${stranger.status} ${JSON.stringify(stranger.json)}`);
  if (stranger.status !== 403) throw new Error('a stranger was not refused');

  step('Sync, search, show');
  const { url } = registry;
  await mpak(url, 'sync', '--key', registry.fingerprint);
  await mpak(url, 'search', 'everything');
  await mpak(url, 'search', 'postgers', '--limit', '3');
  await mpak(url, 'bundle', 'show', PACKAGE);

  step('Stop the registry, and search again: offline');
  await registry.stop();
  registry = undefined;
  await github.close();
  github = undefined;
  await mpak(url, 'search', 'browser automation', '--limit', '5');
  await mpak(url, 'index', 'status');

  step('Replay the log of the registry, and compare every row');
  show('mpak-registry', ['verify', '--data', 'registry']);
  const verified = await mpakRegistry(['verify', '--data', data]);
  print(verified.stdout + verified.stderr);
  if (verified.status !== 0) throw new Error('the registry does not verify');
  process.stdout.write(
    '\nAll of it worked. Nothing is left running, and nothing was written outside a temporary folder.\n',
  );
}

async function mpak(registryUrl: string, ...args: string[]): Promise<void> {
  show('mpak', args);
  const environment = { HOME: folder, MPAK_HOME: path.join(folder, 'home'), MPAK_REGISTRY_URL: registryUrl };
  const result = await finished(startCommand('mpak', args, environment));
  print(result.stdout + result.stderr);
  if (result.status !== 0) throw new Error(`mpak ${args.join(' ')} ended with status ${result.status}`);
}

function step(title: string): void {
  steps += 1;
  process.stdout.write(`\n${steps}. ${title}\n`);
}

function show(command: string, args: readonly string[]): void {
  const quoted = args.map((arg) => (/^[\w@/.:=-]+$/.test(arg) ? arg : `"${arg}"`));
  process.stdout.write(`   $ ${[command, ...quoted].join(' ')}\n`);
}

function print(text: string): void {
  for (const line of text.trimEnd().split('\n')) process.stdout.write(`   ${line}\n`);
}
