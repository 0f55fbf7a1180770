/** Looks over everything that mpak relies on, and says what is wrong and what to do. Changes nothing. */
import { accessSync, constants, existsSync, lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import type { BundleCache, Installed } from './cache/bundle-cache.ts';
import { checkClients } from './clients/check.ts';
import type { Client } from './clients/client.ts';
import type { Reach } from './config/keychain.ts';
import { knownKind } from './crawl/kind.ts';
import { type CrawlState, readCrawlState } from './crawl/state.ts';
import { MpakError } from './errors.ts';
import { type Finding, failed } from './finding.ts';
import { sourceOf } from './index/read-source.ts';
import { originOf } from './install/origin.ts';
import { standingOf } from './install/standing.ts';
import { findProgram } from './launch/find-program.ts';
import type { ProvenanceSettings } from './provenance/settings.ts';
import { readTrustedRoot } from './provenance/trusted-root.ts';
import { TufStore } from './provenance/tuf.ts';
import { proxiesOf } from './remote/node-http.ts';
import { RegistryClient } from './remote/registry-client.ts';
import type { IndexStore } from './sync/store.ts';
import { readTrust } from './sync/trust.ts';

export interface DoctorOptions {
  readonly home: string;
  /** The registries that are configured, in their order. */
  readonly registries: readonly { readonly name: string; readonly store: IndexStore }[];
  readonly cache: BundleCache;
  readonly provenance: ProvenanceSettings;
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly userAgent: string;
  readonly now: Date;
  /** Leave the registry alone. */
  readonly offline: boolean;
  /** Whose entries are looked at. */
  readonly clients: readonly Client[];
  readonly keychain: Reach;
  /** Wrapped around the starting of servers, which an interrupt ends. */
  readonly whileStarting: <T>(start: (signal: AbortSignal) => Promise<T>) => Promise<T>;
}

/** A server that an AI client starts must have answered by then. */
export const ANSWER_MS = 15_000;
/** An index that was synced longer ago than this is worth a word. */
const OLD_MS = 7 * 24 * 3_600_000;

/** Never throws for what it finds: a problem is a finding. */
export async function examine(options: DoctorOptions): Promise<Finding[]> {
  const findings = [
    checkHome(options),
    ...options.registries.map((registry) => checkIndex(options, registry)),
    checkTrustedRoot(options),
    ...checkPrograms(options),
    ...checkBundles(options),
  ];
  const started = await options.whileStarting((signal) =>
    checkClients({ ...options, project: undefined, limitMs: ANSWER_MS, signal }),
  );
  findings.push(...started);
  if (options.offline) return findings;
  for (const registry of options.registries) findings.push(await checkRegistry(options, registry));
  return findings;
}

type Outcome = readonly [state: Finding['state'], message: string, hint?: string];

function finding(check: string, look: () => Outcome): Finding {
  try {
    const [state, message, hint] = look();
    return { check, state, message, hint: hint ?? null };
  } catch (error) {
    return failed(check, error);
  }
}

function checkHome({ home, platform }: DoctorOptions): Finding {
  return finding('home', () => {
    if (!existsSync(home)) {
      if (lstatSync(home, { throwIfNoEntry: false }) !== undefined)
        return ['fail', `${home} is a link that leads nowhere`, 'Make the folder that it leads to.'];
      return ['ok', `${home} is not there yet: it is made when it is needed`];
    }
    if (!statSync(home).isDirectory())
      return ['fail', `${home} is no folder`, 'Move it away, or set MPAK_HOME.'];
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
    if (platform !== 'win32' && (statSync(home).mode & 0o022) !== 0) {
      return [
        'warn',
        `${home} can be written by others, who could run what they like as you`,
        `chmod go-w ${home}`,
      ];
    }
    const config = path.join(home, 'config.json');
    const mode = statSync(config, { throwIfNoEntry: false })?.mode ?? 0;
    if (platform !== 'win32' && (mode & 0o077) !== 0) {
      return ['warn', `${config} can be read by others, and may hold secrets`, `chmod 600 ${config}`];
    }
    return ['ok', home];
  });
}

type Registry = DoctorOptions['registries'][number];

/** With its name, where there are several. */
function checkOf(what: string, { registries }: DoctorOptions, { name }: Registry): string {
  return registries.length === 1 ? what : `${what} ${name}`;
}

function checkIndex(options: DoctorOptions, registry: Registry): Finding {
  const { now } = options;
  const { store } = registry;
  return finding(checkOf('index', options, registry), () => {
    const db = store.open();
    let crawled: CrawlState | undefined;
    try {
      const damage = db.pragma('quick_check(1)', { simple: true });
      if (damage !== 'ok') return ['fail', `damaged: ${String(damage)}`, 'mpak sync --full'];
      if (sourceOf(db) !== 'signed') crawled = readCrawlState(db);
    } finally {
      db.close();
    }
    if (crawled !== undefined) return crawledIndex(store.label, crawled, now);
    const trust = readTrust(store.trustFile);
    if (trust === undefined) return ['fail', `${store.trustFile} is gone`, 'mpak sync --key FINGERPRINT'];
    const days = Math.floor((now.getTime() - Date.parse(trust.synced_at)) / 86_400_000);
    const message = `${trust.size} log entries of ${store.label}, synced ${trust.synced_at}`;
    return days * 86_400_000 >= OLD_MS
      ? ['warn', `${message}: ${days} days ago`, 'mpak sync']
      : ['ok', message];
  });
}

function crawledIndex(label: string, { synced_at }: CrawlState, now: Date): Outcome {
  if (synced_at === null) return ['warn', `what ${label} lists, unsigned and not complete`, 'mpak sync'];
  const days = Math.floor((now.getTime() - Date.parse(synced_at)) / 86_400_000);
  const message = `what ${label} lists, unsigned, synced ${synced_at}`;
  return days * 86_400_000 >= OLD_MS
    ? ['warn', `${message}: ${days} days ago`, 'mpak sync']
    : ['ok', message];
}

/** Without asking anybody: as it is here. */
function checkTrustedRoot({ provenance, now }: DoctorOptions): Finding {
  return finding('trusted root', () => {
    const { trustedRoot, folder, tuf } = provenance;
    if (trustedRoot !== undefined)
      return ['ok', `${trustedRoot}, sha256 ${readTrustedRoot(trustedRoot).sha256}`];
    const store = new TufStore(folder, tuf);
    const stale = store.stale(now, undefined);
    if (stale !== undefined) return ['warn', stale, `Can ${tuf.url} be reached?`];
    const refreshed = store.refreshedAt();
    if (refreshed !== undefined) return ['ok', `of ${tuf.url}, refreshed ${refreshed.toISOString()}`];
    return store.shipped() === undefined
      ? ['warn', `none of ${tuf.url} yet: it is fetched when something is verified`]
      : ['ok', 'the shipped one: it is refreshed when something is verified'];
  });
}

/** What servers are started with: missing is no fault until a bundle needs it. */
function checkPrograms({ environment, platform }: DoctorOptions): Finding[] {
  const programs = { node: 'Node.js', python3: 'Python', uv: 'uv' };
  return Object.entries(programs).map(([program, name]) =>
    finding(program, () => {
      const found = findProgram(program, environment, platform);
      if (found !== undefined) return ['ok', found];
      return ['warn', `not on the PATH: bundles that need ${name} cannot start`, `Install ${name}.`];
    }),
  );
}

function checkBundles({ cache }: DoctorOptions): Finding[] {
  return cache
    .packages()
    .flatMap((name) =>
      cache
        .versionNames(name)
        .map((version) => finding(`${name}@${version}`, () => checkBundle(cache, cache.find(name, version)))),
    );
}

function checkBundle(cache: BundleCache, installed: Installed | undefined): Outcome {
  if (installed === undefined)
    return ['warn', 'half installed; the next change of the package clears it away'];
  const { name, version, folder, receipt } = installed;
  if (!existsSync(path.join(folder, 'manifest.json'))) {
    return ['fail', 'its manifest.json is gone', `mpak bundle remove ${name}@${version}`];
  }
  const standing = standingOf(originOf(cache, installed), name, version);
  const { revoked, known } = standing ?? { revoked: null, known: true };
  if (revoked) {
    const isCurrent = cache.current(name)?.version === version;
    const left =
      isCurrent && standing?.latest == null ? `mpak bundle remove ${name}` : `mpak bundle update ${name}`;
    return [
      'fail',
      `revoked: ${revoked}; it is not run`,
      isCurrent ? left : `mpak bundle remove ${name}@${version}`,
    ];
  }
  if (!known)
    return ['warn', `${receipt.registry} does not know it any more`, `mpak bundle remove ${name}@${version}`];
  if (receipt.provenance === null) return ['warn', 'unattested: nothing proves who built it'];
  return ['ok', `attested by ${receipt.provenance.source_repository}`];
}

async function checkRegistry(options: DoctorOptions, registry: Registry): Promise<Finding> {
  const { userAgent, environment } = options;
  const { store } = registry;
  const check = checkOf('registry', options, registry);
  const client = new RegistryClient(store.registry, userAgent, proxiesOf(environment));
  try {
    await client.checkpoint(undefined);
    return { check, state: 'ok', message: `${store.label} answers`, hint: null };
  } catch (error) {
    const isCrawled = store.current() !== undefined && knownKind(store) !== 'signed';
    if (isCrawled && error instanceof MpakError && error.code === 'REGISTRY_WITHOUT_INDEX') {
      return {
        check,
        state: 'ok',
        message: `${store.label} answers, and signs nothing`,
        hint: null,
      };
    }
    return failed(check, error);
  } finally {
    client.close();
  }
}
