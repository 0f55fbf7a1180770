/**
 * The main job from end to end, on this machine alone: a registry, a GitHub and a Sigstore are started on loopback; a
 * real MCP server is packed, attested, announced by a workflow's job, found, verified, installed and run, also with all
 * of them gone. Everything happens in a temporary folder, and nothing is left running.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { decodeJwt } from 'jose';
import { Job } from '../test/support/actions-runner.ts';
import { finished, mpakRegistry, startCommand } from '../test/support/cli.ts';
import { writeEverythingServer } from '../test/support/everything-server.ts';
import { LocalGitHub } from '../test/support/github.ts';
import { readRecords, recordsToEntries } from '../test/support/records.ts';
import { type RegistryProcess, startRegistry } from '../test/support/registry.ts';
import { LocalSigstore } from '../test/support/sigstore.ts';
import { buildClaims, MPAK } from '../test/support/world.ts';

const OWNER = 'modelcontextprotocol';
const REPOSITORY = 'servers';
const PACKAGE = `@${OWNER}/server-everything`;

const folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-quickstart-'));
const data = path.join(folder, 'registry');
const trustedRoot = path.join(folder, 'trusted_root.json');
let github: LocalGitHub | undefined;
let sigstore: LocalSigstore | undefined;
let registry: RegistryProcess | undefined;
let steps = 0;

try {
  await main();
} finally {
  await registry?.stop();
  await github?.close();
  await sigstore?.close();
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

  step('Start a GitHub (releases, tokens of Actions), a Sigstore and the registry, on loopback');
  github = await LocalGitHub.start();
  sigstore = await LocalSigstore.start();
  writeFileSync(trustedRoot, JSON.stringify(sigstore.trustedRoot));
  const trust = ['--trusted-root', 'trusted_root.json'];
  const serve = ['serve', '--data', 'registry', '--github-api', github.api, '--oidc-issuer', github.issuer];
  show('mpak-registry', [...serve, '--no-scan', ...trust]);
  registry = await startRegistry({ data, github, args: ['--trusted-root', trustedRoot] });
  print(`Listening at ${registry.url}, signing with ${registry.fingerprint}`);

  step('Pack a real MCP server from npm into a bundle');
  const source = path.join(folder, 'server-everything');
  mkdirSync(source);
  const { version } = writeEverythingServer(PACKAGE, source);
  const file = path.join(folder, `server-everything-${version}.mcpb`);
  await mpak(registry.url, 'bundle', 'pack', source, '--no-vendor', '-o', file);

  step('In a job of its release workflow: attach it, attest it, announce it');
  const tag = `v${version}`;
  const { url } = registry;
  const job = (repository: string) =>
    new Job({
      folder,
      github: github as LocalGitHub,
      repository,
      tag,
      environment: { MPAK_REGISTRY_URL: url, MPAK_OIDC_AUDIENCE: 'https://mpak.dev' },
    });
  const bytes = readFileSync(file);
  github.addAsset(OWNER, REPOSITORY, tag, path.basename(file), bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const claims = buildClaims(decodeJwt(await github.issueToken(`${OWNER}/${REPOSITORY}`)));
  github.addAttestation(OWNER, REPOSITORY, sha256, await sigstore.attest({ sha256 }, { claims }));
  await inJob(job(`${OWNER}/${REPOSITORY}`), 0, 'bundle', 'announce', file);

  step('And the same from a repository of somebody else');
  await inJob(job('stranger/servers'), 54, 'bundle', 'announce', file, '--wait', '0');

  step('Sync, search, show');
  await mpak(url, 'sync', '--key', registry.fingerprint);
  await mpak(url, 'search', 'everything');
  await mpak(url, 'search', 'postgers', '--limit', '3');
  await mpak(url, 'bundle', 'show', PACKAGE);

  step('Verify who built it, and install it');
  await mpak(url, 'bundle', 'verify', PACKAGE);
  await mpak(url, 'bundle', 'install', PACKAGE);

  step('Run it, as an AI client does');
  await useServer(url);

  step('Stop all of them, search and run again: offline');
  await registry.stop();
  registry = undefined;
  await github.close();
  github = undefined;
  await sigstore.close();
  sigstore = undefined;
  await mpak(url, 'search', 'browser automation', '--limit', '5');
  await mpak(url, 'index', 'status');
  await useServer(url);

  step('Replay the log of the registry, and compare every row');
  show('mpak-registry', ['verify', '--data', 'registry']);
  const verified = await mpakRegistry(['verify', '--data', data]);
  print(verified.stdout + verified.stderr);
  if (verified.status !== 0) throw new Error('the registry does not verify');
  process.stdout.write(
    '\nAll of it worked. Nothing is left running, and nothing was written outside a temporary folder.\n',
  );
}

/** The environment of a user who has this registry, and trusts that Sigstore. */
function environment(registryUrl: string): Record<string, string> {
  return {
    HOME: folder,
    MPAK_HOME: path.join(folder, 'home'),
    MPAK_REGISTRY_URL: registryUrl,
    MPAK_TRUSTED_ROOT: trustedRoot,
    ...(github !== undefined && { MPAK_GITHUB_API: github.api }),
  };
}

async function mpak(registryUrl: string, ...args: string[]): Promise<void> {
  show('mpak', args);
  const result = await finished(startCommand('mpak', args, environment(registryUrl)));
  print(result.stdout + result.stderr);
  if (result.status !== 0) throw new Error(`mpak ${args.join(' ')} ended with status ${result.status}`);
}

/** @param status that it must end with */
async function inJob(job: Job, status: number, ...args: string[]): Promise<void> {
  show('mpak', args);
  const result = await job.mpak(args);
  print(result.stdout + result.stderr);
  if (result.status !== status) throw new Error(`mpak ${args.join(' ')} ended with status ${result.status}`);
}

/** The official MCP client starts `mpak run`, and calls a tool. */
async function useServer(registryUrl: string): Promise<void> {
  show('mpak', ['run', PACKAGE]);
  const [command, ...args] = [...MPAK, 'run', PACKAGE];
  const { PATH = '' } = process.env;
  const transport = new StdioClientTransport({
    command,
    args,
    env: { PATH, ...environment(registryUrl) },
    stderr: 'ignore',
  });
  const client = new Client({ name: 'quickstart', version: '1.0.0' });
  try {
    await client.connect(transport);
    const { tools } = await client.listTools();
    print(`${tools.length} tools: ${tools.map(({ name }) => name).join(', ')}`);
    const { content } = await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
    print(`echo answers ${JSON.stringify(content)}`);
  } finally {
    await client.close();
  }
}

function step(title: string): void {
  steps += 1;
  process.stdout.write(`\n${steps}. ${title}\n`);
}

function show(command: string, args: readonly string[]): void {
  const quoted = args.map((arg) =>
    /^[\w@/.:=-]+$/.test(arg) ? arg.replace(`${folder}${path.sep}`, '') : `"${arg}"`,
  );
  process.stdout.write(`   $ ${[command, ...quoted].join(' ')}\n`);
}

function print(text: string): void {
  for (const line of text.trimEnd().split('\n')) process.stdout.write(`   ${line}\n`);
}
