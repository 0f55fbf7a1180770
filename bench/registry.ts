/**
 * What a registry costs its operator: search and pages over HTTP, announcing into a long log, memory when nobody asks.
 *
 *     node bench/registry.ts [--packages 100000] [--entries 1000000] [--rounds 15] [--only search,pages,announce,memory]
 *
 * The registries are processes of the program that npm installs; baselines are node:http servers in processes of their
 * own. Rounds alternate between the two, and a ratio is the median of the rounds' ratios. Prints a table and exits with
 * 1 when a bar is missed.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { PublishEntry } from '../src/lib/log/entry.ts';
import { LocalGitHub } from '../test/support/github.ts';
import { makeBundle } from '../test/support/mcpb.ts';
import { seeded } from '../test/support/random.ts';
import { announcement, postAnnouncement } from '../test/support/registry.ts';
import { writeRegistryFolder } from '../test/support/registry-folder.ts';
import { SHOWN, showcase } from '../test/support/showcase.ts';
import { corpus } from './corpus.ts';
import type { LoadOrder, LoadResult } from './load-client.ts';
import { buildProgram } from './program.ts';
import { searchTargets } from './queries.ts';
import { released, writeRegistry } from './registry-data.ts';
import { pairedRow, printRows, type Row } from './rows.ts';

const CONNECTIONS = 16;
const QUERIES = 1_000;
/** Of the same queries, where they repeat, and of the baseline: what takes no time is measured for longer. */
const REPEATS = 10;
const SMALL_LOG = 1_000;
/** Of a page, in a round. */
const PAGE_REQUESTS = 3_000;
/** After a start, until a process does nothing any more. */
const SETTLE_MS = 15_000;

export interface RegistryOptions {
  readonly packages: number;
  /** Of the long log. */
  readonly entries: number;
  readonly rounds: number;
  readonly only: readonly Part[];
}

const PARTS = ['search', 'pages', 'announce', 'memory'] as const;
type Part = (typeof PARTS)[number];

/** A server in a process of its own. */
interface Served {
  readonly child: ChildProcess;
  readonly url: string;
  readonly port: number;
}

/** @returns a row a bar */
export async function measureRegistry({ packages, entries, rounds, only }: RegistryOptions): Promise<Row[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-bench-'));
  const running: ChildProcess[] = [];
  try {
    const program = [process.execPath, path.join(await buildProgram(folder), 'bin', 'mpak-registry.cjs')];
    const stage: Stage = { folder, program, running };
    const published = corpus(packages);
    const data = path.join(folder, 'registry');
    writeRegistry(data, published);
    await makeSnapshot(stage, data);
    const rows: Row[] = [];
    if (only.includes('memory')) rows.push(await memory(stage, data, rounds));
    if (only.includes('search')) rows.push(...(await search(stage, data, published, rounds)));
    if (only.includes('pages')) rows.push(...(await pages(stage, published, rounds)));
    if (only.includes('announce')) rows.push(await announceRow(stage, published, entries, rounds));
    return rows;
  } finally {
    for (const child of running) if (child.exitCode === null) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where a benchmark runs. */
interface Stage {
  readonly folder: string;
  /** The command line of mpak-registry. */
  readonly program: readonly string[];
  /** What is to end with it. */
  readonly running: ChildProcess[];
}

async function search(
  stage: Stage,
  data: string,
  published: readonly PublishEntry[],
  rounds: number,
): Promise<Row[]> {
  const registry = await serve(stage, data);
  const client = startClient(stage);
  const ask = (server: Served, targets: readonly string[], header = '') =>
    order(client, { port: server.port, connections: CONNECTIONS, targets, header });
  const random = seeded(1);
  // A mean body, of queries that are not asked again.
  const warmUp = searchTargets(published, QUERIES, random);
  const size = Math.round((await ask(registry, warmUp)).bytes / QUERIES);
  const bare = await serveBare(stage, size);
  const rates = { distinct: [] as number[], repeated: [] as number[], bare: [] as number[] };
  const packed = { distinct: [] as number[] };
  const gzip = 'accept-encoding: gzip';
  for (let time = 0; time < 2; time += 1) {
    for (const server of [bare, registry]) await ask(server, repeated(warmUp));
  }
  for (let round = 0; round < rounds; round += 1) {
    const targets = searchTargets(published, QUERIES, random);
    rates.distinct.push(rateOf(await ask(registry, targets)));
    rates.bare.push(rateOf(await ask(bare, repeated(targets))));
    rates.repeated.push(rateOf(await ask(registry, repeated(targets))));
    packed.distinct.push(rateOf(await ask(registry, searchTargets(published, QUERIES, random), gzip)));
  }
  const row = (name: string, bar: number, ours: readonly number[], baseline: readonly number[]) =>
    pairedRow({ measure: `registry: ${name}`, unit: 'a second', bar, atLeast: true }, ours, baseline);
  const served = `search, ${CONNECTIONS} connections, bodies of ${size} bytes`;
  await end(registry.child);
  await end(bare.child);
  return [
    row(`${served}: distinct queries / bare node:http`, 0.15, rates.distinct, rates.bare),
    row(`${served}: repeated queries / bare node:http`, 0.6, rates.repeated, rates.bare),
    row(
      `${served}, gzip: distinct / bare, not packed`,
      Number.POSITIVE_INFINITY,
      packed.distinct,
      rates.bare,
    ),
  ];
}

/**
 * The page of a package with everything that a page shows, and the JSON of the same: as it is asked again, and each time
 * anew, which a spelling of its name that has not been used for long makes it.
 */
async function pages(stage: Stage, published: readonly PublishEntry[], rounds: number): Promise<Row[]> {
  const data = path.join(stage.folder, 'pages');
  const { entries, reports } = showcase(0);
  writeRegistryFolder(data, [...published.slice(0, SMALL_LOG), ...entries], reports);
  const registry = await serve(stage, data);
  const client = startClient(stage);
  let asked = 0;
  const p99 = async (path: string, isNew: boolean) => {
    const targets = Array.from({ length: PAGE_REQUESTS }, () => {
      asked += 1;
      return isNew ? respelled(path, asked) : path;
    });
    const result = await order(client, {
      port: registry.port,
      connections: CONNECTIONS,
      targets,
      header: '',
    });
    if (result.failed > 0) throw new Error(`${result.failed} requests failed`);
    return result.p99;
  };
  const json = `/v1/bundles/${SHOWN}`;
  const times = { again: [] as number[], anew: [] as number[], json: [] as number[] };
  for (let round = -2; round < rounds; round += 1) {
    const took = {
      again: await p99(`/${SHOWN}`, false),
      json: await p99(json, false),
      anew: await p99(`/${SHOWN}`, true),
    };
    if (round >= 0) for (const name of ['again', 'json', 'anew'] as const) times[name].push(took[name]);
  }
  await end(registry.child);
  const row = (name: string, bar: number, ours: readonly number[]) =>
    pairedRow(
      {
        measure: `registry: page of a package / its JSON, p99, ${CONNECTIONS} connections: ${name}`,
        unit: 'ms',
        bar,
      },
      ours,
      times.json,
    );
  return [
    row('asked again', 3, times.again),
    row('made anew each time', Number.POSITIVE_INFINITY, times.anew),
  ];
}

/** Some of its letters in capitals, by the bits of a number: a name is the same for a registry, and an address is not. */
function respelled(path: string, number: number): string {
  let bits = number;
  return path.replace(/[a-z]/g, (letter) => {
    const isCapital = bits % 2 === 1;
    bits = Math.floor(bits / 2);
    return isCapital ? letter.toUpperCase() : letter;
  });
}

function repeated(targets: readonly string[]): string[] {
  return Array.from({ length: REPEATS }, () => targets).flat();
}

/** Answers in a second. */
function rateOf({ seconds, answers, failed }: LoadResult): number {
  if (failed > 0) throw new Error(`${failed} requests failed`);
  return answers / seconds;
}

/** Resident memory of a server that nobody has asked anything, in MiB. */
async function memory(stage: Stage, data: string, rounds: number): Promise<Row> {
  const ours: number[] = [];
  const bare: number[] = [];
  // Starts differ by little, and each has to settle.
  for (let round = 0; round < Math.min(rounds, 3); round += 1) {
    const servers = [await serve(stage, data), await serveBare(stage, 0)] as const;
    await sleep(SETTLE_MS);
    ours.push(residentMiB(servers[0].child));
    bare.push(residentMiB(servers[1].child));
    for (const { child } of servers) await end(child);
  }
  const measure = 'registry: memory when idle / idle node:http';
  return pairedRow({ measure, unit: 'MiB', bar: 2 }, ours, bare);
}

function residentMiB({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** An announcement from the request to its answer, with a GitHub on loopback, into a long log and into a short one. */
async function announceRow(
  stage: Stage,
  published: readonly PublishEntry[],
  entries: number,
  rounds: number,
): Promise<Row> {
  const folders = { long: path.join(stage.folder, 'long'), short: path.join(stage.folder, 'short') };
  writeRegistry(folders.short, published.slice(0, SMALL_LOG));
  writeRegistry(folders.long, released(published).take(entries));
  for (const folder of Object.values(folders)) await makeSnapshot(stage, folder);
  const github = await LocalGitHub.start();
  try {
    // What is scanned afterwards is no part of an announcement.
    const upstream = ['--github-api', github.api, '--oidc-issuer', github.issuer, '--no-scan'];
    const long = await serve(stage, folders.long, upstream);
    const short = await serve(stage, folders.short, upstream);
    const times = { long: [] as number[], short: [] as number[] };
    const each = 4;
    for (let round = -3; round < rounds * each; round += 1) {
      const took = [
        ['long', await announceOne(github, long.url, round + 3)],
        ['short', await announceOne(github, short.url, round + 3)],
      ] as const;
      if (round >= 0) for (const [name, ms] of took) times[name].push(ms);
    }
    await end(long.child);
    await end(short.child);
    const measure = `registry: an announcement at ${entries} entries / at ${SMALL_LOG}`;
    return pairedRow({ measure, unit: 'ms', bar: 1.5 }, times.long, times.short);
  } finally {
    await github.close();
  }
}

async function announceOne(github: LocalGitHub, url: string, index: number): Promise<number> {
  // Names that no rule takes for each other.
  const digest = createHash('sha256').update(String(index)).digest('hex');
  const [owner, repo] = [`Org-${digest.slice(0, 16)}`, `tool-${index}`];
  const bundle = makeBundle(`@${owner.toLowerCase()}/${repo}`, '1.0.0');
  github.addAsset(owner, repo, 'v1.0.0', 'echo.mcpb', bundle.bytes);
  const token = await github.issueToken(`${owner}/${repo}`);
  const start = performance.now();
  const { status, json } = await postAnnouncement(url, token, announcement(bundle));
  const took = performance.now() - start;
  if (status !== 200 || json.status !== 'created') throw new Error(`${status} ${JSON.stringify(json)}`);
  return took;
}

async function makeSnapshot({ program }: Stage, data: string): Promise<void> {
  const [command, ...args] = program as [string, ...string[]];
  const child = spawn(command, [...args, 'snapshot', '--data', data], { stdio: ['ignore', 'ignore', 2] });
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`the snapshot ended with ${status}`);
}

/** A registry as its operator starts it, but for limits that one client would run into. */
function serve(
  { folder, program, running }: Stage,
  data: string,
  args: readonly string[] = [],
): Promise<Served> {
  const [command, ...words] = program as [string, ...string[]];
  const log = openSync(path.join(folder, 'log.ndjson'), 'w');
  const unlimited = ['--rate-reads', '1000000000', '--rate-writes', '1000000000'];
  const all = [...words, 'serve', '--data', data, '--port', '0', ...unlimited, ...args];
  const child = spawn(command, all, { stdio: ['ignore', 'pipe', log] });
  running.push(child);
  return listening(child);
}

/** The least that node:http can do: a body of that size, made once. */
function serveBare({ running }: Stage, size: number): Promise<Served> {
  const source = `
    const body = Buffer.alloc(${size}, 'x');
    const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length };
    const server = require('node:http').createServer((request, response) => {
      response.writeHead(200, headers);
      response.end(body);
    });
    server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port));`;
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 2] });
  running.push(child);
  return listening(child);
}

function listening(child: ChildProcess): Promise<Served> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const url = /(http:\/\/[\d.]+:(\d+))\n/.exec(text);
      if (url !== null) resolve({ child, url: url[1] as string, port: Number(url[2]) });
    });
    child.once('exit', (status) => reject(new Error(`the server ended with ${status}`)));
  });
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

function startClient({ running }: Stage): ChildProcess {
  const client = fork(path.join(import.meta.dirname, 'load-client.ts'));
  running.push(client);
  return client;
}

async function order(client: ChildProcess, wanted: LoadOrder): Promise<LoadResult> {
  client.send(wanted);
  const [result] = await once(client, 'message');
  return result as LoadResult;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      packages: { type: 'string', default: '100000' },
      entries: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '15' },
      only: { type: 'string', default: PARTS.join(',') },
    },
  });
  const rows = await measureRegistry({
    packages: Number(values.packages),
    entries: Number(values.entries),
    rounds: Number(values.rounds),
    only: PARTS.filter((part) => values.only.split(',').includes(part)),
  });
  printRows(rows);
  if (rows.some(({ pass }) => !pass)) process.exitCode = 1;
}
