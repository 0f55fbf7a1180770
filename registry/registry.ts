/** Puts a registry together from its configuration, and takes it apart again without losing anything. */
import type { AddressInfo, LookupFunction } from 'node:net';
import path from 'node:path';
import type Database from 'better-sqlite3';
import type { Logger } from 'pino';
import { approvedSources } from '../src/lib/certification/approved-sources.ts';
import type { ScorecardSource } from '../src/lib/certification/context.ts';
import { scorecardsFrom } from '../src/lib/certification/scorecard.ts';
import { readEdge } from '../src/lib/index/meta.ts';
import { fingerprint } from '../src/lib/log/key.ts';
import { GITHUB_ISSUER } from '../src/lib/provenance/policy.ts';
import { PUBLIC_TUF_URL } from '../src/lib/provenance/tuf.ts';
import { AnswerCache } from './answer-cache.ts';
import { Attestations } from './attestations.ts';
import { Checkpoints } from './checkpoints.ts';
import { parseProxies } from './client-address.ts';
import { DataFolder, settleOrigin, wasServed } from './data-folder.ts';
import { DownloadCounter } from './downloads.ts';
import { failurePage } from './failure-page.ts';
import { gate } from './gate.ts';
import { GitHub } from './github.ts';
import { KeyRing } from './key-ring.ts';
import {
  ACCOUNT_LIMITS,
  ANSWER_CACHE_LIMITS,
  ASSET_LIMITS,
  type AssetLimits,
  HTTP_LIMITS,
  type HttpLimits,
  PAGE_CACHE_BYTES,
  POPULAR_DOWNLOADS,
  RATE_LIMITS,
  READ_ONCE_CACHE_KIB,
  SCAN_LIMITS,
  type ScanLimits,
  SERVING_CACHE_KIB,
  SHUTDOWN_MS,
} from './limits.ts';
import { LogPages } from './log-pages.ts';
import { Metrics } from './metrics.ts';
import { readMirror } from './mirror/state.ts';
import { TokenVerifier } from './oidc.ts';
import { type ListFiles, OperatorLists } from './operator-lists.ts';
import { Outbound, reachOf } from './outbound.ts';
import { RateLimit } from './rate-limit.ts';
import { serverNames } from './routes/server-names.ts';
import { apiRoutes, routes } from './routes.ts';
import { knownScopes } from './rules/known-scopes.ts';
import { ScanPool } from './scans/pool.ts';
import { queueLength } from './scans/queue.ts';
import { HttpServer } from './server.ts';
import type { RegistryServices } from './services.ts';
import { createFirstKey } from './signing-key.ts';
import { type SelfCommand, SnapshotScheduler } from './snapshot-scheduler.ts';
import { newestSnapshot, type SnapshotFile } from './snapshots.ts';
import { Trust } from './trust.ts';
import { Turns } from './turns.ts';

export interface RegistryConfig {
  /** The data folder. */
  readonly data: string;
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** Where clients reach it, which the log is named after; undefined for where it listens. */
  readonly publicUrl?: string | undefined;
  /** Name of the log; undefined for the one it has, at first the host and port of the public URL. */
  readonly origin?: string | undefined;
  readonly oidcIssuer: string;
  readonly oidcAudience: string;
  readonly githubApi: string;
  readonly githubToken?: string | undefined;
  /** Hosts of release assets beside the usual ones. */
  readonly assetHosts?: readonly string[];
  /** Refuse what has no attestation. */
  readonly requireAttestation?: boolean;
  /** The identity provider that attestations must name; undefined for GitHub Actions'. */
  readonly attestationIssuer?: string | undefined;
  /** A trusted root in a file; undefined for the one that TUF publishes. */
  readonly trustedRoot?: string | undefined;
  /** TUF repository of another Sigstore, and its first root.json. */
  readonly tufUrl?: string | undefined;
  readonly tufRoot?: string | undefined;
  readonly self: SelfCommand;
  readonly log: Logger;
  readonly now?: () => Date;
  readonly limits?: HttpLimits;
  readonly assetLimits?: AssetLimits;
  /** How names of hosts are resolved. */
  readonly lookup?: LookupFunction;
  /** Files of the operator's: reserved scopes, allowed names. */
  readonly lists?: ListFiles;
  /** Downloads from which on a package is popular. */
  readonly popularFrom?: number;
  /** Requests in a minute: reads and writes of an address, statements of an account. 0: no limit. */
  readonly rates?: Partial<Record<'reads' | 'writes' | 'owner', number>>;
  /** Addresses and networks of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly string[];
  /** Pages for people, at the root. Default: they are served. */
  readonly pages?: boolean;
  /** Scanning of what is announced; undefined: nothing is scanned, nor put into the queue. */
  readonly scans?: ScanConfig | undefined;
}

export interface ScanConfig {
  /** At a time; 0: what is announced waits for a server that has some. */
  readonly workers: number;
  /** Of a worker. */
  readonly memoryBytes: number;
  readonly timeoutMs: number;
  /** Database of known vulnerabilities, a file. */
  readonly vulnerabilities?: string | undefined;
  /** What is older in it does not count as known. */
  readonly maxAgeDays: number;
  /** Where OpenSSF Scorecards are: a file, a folder, or a URL with `{repository}` in it. */
  readonly scorecard?: string | undefined;
  /** Of workers, all of it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of this program. */
  readonly version: string;
  readonly limits?: ScanLimits;
}

export interface RunningRegistry {
  /** Where it listens. */
  readonly url: string;
  readonly origin: string;
  /** Of the signing key. */
  readonly fingerprint: string;
  /** Reads the operator's files again. @throws MpakError USAGE; the lists are as before then */
  reload(): void;
  /** Lets requests that are under way finish, writes what is counted, and closes the database. */
  close(): Promise<void>;
}

/** @throws MpakError when the data folder cannot be used; an Error of Node when the port cannot */
export async function startRegistry(config: RegistryConfig): Promise<RunningRegistry> {
  const { log, now = () => new Date(), limits = HTTP_LIMITS, pages = true } = config;
  const lists = new OperatorLists(config.lists ?? {});
  const rates = { ...RATE_LIMITS, ...config.rates };
  const proxies = parseProxies(config.trustedProxies ?? []);
  const data = new DataFolder(config.data);
  const db = data.open();
  const server = new HttpServer<RegistryServices>(limits, log);
  const outbound = openOutbound(config);
  let pool: ScanPool | undefined;
  try {
    const trust = new Trust({
      trustedRoot: config.trustedRoot,
      tuf: { url: withoutSlash(config.tufUrl ?? PUBLIC_TUF_URL), rootFile: config.tufRoot },
      folder: path.join(data.path, 'sigstore'),
      dispatcher: outbound.only(reachOf(config.tufUrl ?? PUBLIC_TUF_URL)),
      now,
      onProblem: (error) => log.error({ err: error }, 'no trusted root'),
    });
    await trust.start();
    if (!wasServed(db)) await createFirstKey(data.signingKey);
    readOnce(db, () => {
      serverNames(db);
      knownScopes(db);
    });
    const address = await server.listen(config.port, config.host);
    const origin = settleOrigin(
      db,
      config.origin,
      () => new URL(config.publicUrl ?? addressUrl(address)).host,
    );

    const publicUrl = withoutSlash(config.publicUrl ?? addressUrl(address));

    const keys = new KeyRing({ db, data, origin });
    const { kid } = await keys.chain();

    const logSize = () => readEdge(db).size;
    const newest = (size: number) => newestSnapshot(data.snapshots, size);
    const metrics = new Metrics({
      logSize,
      snapshotSize: () => sizeOf(() => newest(logSize())),
      scanQueue: () => queueLength(db),
      scansRunning: () => pool?.running ?? 0,
      mirror: () => readMirror(db),
    });
    const downloads = new DownloadCounter(db, log);
    const github = new GitHub({
      api: withoutSlash(config.githubApi),
      token: config.githubToken,
      assetHosts: config.assetHosts ?? [],
      outbound,
      limits: config.assetLimits ?? ASSET_LIMITS,
      now,
    });
    const terms = { issuer: withoutSlash(config.oidcIssuer), audience: config.oidcAudience };
    const scheduler = new SnapshotScheduler({
      dataFolder: data.path,
      self: config.self,
      logSize,
      newestSnapshot: newest,
      now,
      log,
      onAttempt: (result) => metrics.countSnapshot(result),
    });
    if (config.scans !== undefined && config.scans.workers > 0) {
      pool = new ScanPool({
        ...{ limits: SCAN_LIMITS, ...config.scans },
        ...{ db, github, now, log, self: config.self, folder: data.scans },
        trust: { root: () => trust.root(), issuer: config.attestationIssuer ?? GITHUB_ISSUER },
        approvedSources: () =>
          approvedSources(undefined, {
            environment: config.scans?.environment ?? {},
            platform: process.platform,
          }),
        scorecards: scorecardsOf(config.scans, outbound),
        onGrown: () => scheduler.grown(),
        onResult: (result) => metrics.countScan(result),
        onWorkerEnd: (seconds) => metrics.observeScan(seconds),
      });
    }
    const owners = new RateLimit('owner', rates.owner);
    const admit = gate({
      reads: new RateLimit('reads', rates.reads),
      writes: new RateLimit('writes', rates.writes),
      proxies,
    });
    const services: RegistryServices = {
      db,
      now,
      metrics,
      github,
      attestations: new Attestations({
        db,
        github,
        root: () => trust.root(),
        issuer: config.attestationIssuer ?? GITHUB_ISSUER,
        required: config.requireAttestation ?? false,
      }),
      origin,
      publicUrl,
      pages,
      terms,
      turns: new Turns(ACCOUNT_LIMITS),
      checkpoints: new Checkpoints({ db, keys, origin, now, newestSnapshot: newest }),
      keys,
      rules: { lists, popularFrom: config.popularFrom ?? POPULAR_DOWNLOADS },
      admitOwner: (ownerId) => owners.take(ownerId),
      logPages: new LogPages(db, PAGE_CACHE_BYTES),
      snapshotFolder: data.snapshots,
      tokens: new TokenVerifier({ ...terms, outbound, now }),
      countDownload: (versionId) => downloads.count(versionId),
      scanning: config.scans !== undefined,
      onGrown: () => {
        scheduler.grown();
        pool?.wake();
      },
    };
    server.mount({
      routes: pages ? routes : apiRoutes,
      services,
      answers: new AnswerCache(db, ANSWER_CACHE_LIMITS, now),
      observe: (observation) => metrics.observeRequest(observation),
      ...(pages && { failurePage: failurePage({ origin, publicUrl }) }),
      admit,
    });
    const close = async () => {
      await server.close(SHUTDOWN_MS);
      await pool?.close();
      await scheduler.close();
      await outbound.close();
      downloads.close();
      db.close();
    };
    const reload = () => lists.reload();
    return { url: addressUrl(address), origin, fingerprint: fingerprint(kid), reload, close };
  } catch (error) {
    await server.close(0);
    await pool?.close();
    await outbound.close();
    db.close();
    throw error;
  }
}

/** Reads much that is not read again: pages of it that were kept would stay in memory for nothing. */
function readOnce(db: Database.Database, read: () => void): void {
  db.pragma(`cache_size = -${READ_ONCE_CACHE_KIB}`);
  read();
  db.pragma(`cache_size = -${SERVING_CACHE_KIB}`);
}

function openOutbound(config: RegistryConfig): Outbound {
  const { githubApi, oidcIssuer, tufUrl = PUBLIC_TUF_URL, assetHosts = [], scans, lookup } = config;
  const scorecard = isUrl(scans?.scorecard) ? [scans.scorecard] : [];
  return new Outbound({ configured: [githubApi, oidcIssuer, tufUrl, ...scorecard, ...assetHosts], lookup });
}

/** @throws MpakError USAGE when there are none, at the start and not with the first bundle */
function scorecardsOf({ scorecard }: ScanConfig, outbound: Outbound): (() => ScorecardSource) | undefined {
  if (scorecard === undefined) return undefined;
  const dispatcher = isUrl(scorecard) ? outbound.only(reachOf(scorecard)) : undefined;
  const open = () => scorecardsFrom(scorecard, 'mpak-registry', dispatcher);
  open();
  return open;
}

function isUrl(text: string | undefined): text is string {
  return text !== undefined && /^https?:/.test(text) && URL.canParse(text);
}

/** 0 also when the snapshots cannot be read. */
function sizeOf(find: () => SnapshotFile | undefined): number {
  try {
    return find()?.size ?? 0;
  } catch {
    return 0;
  }
}

function addressUrl({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
