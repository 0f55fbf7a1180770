/** Puts a registry together from its configuration, and takes it apart again without losing anything. */
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { readEdge } from '../src/lib/index/meta.ts';
import { ALGORITHM, fingerprint, keyId, publicKey } from '../src/lib/log/key.ts';
import { Checkpoints } from './checkpoints.ts';
import { DataFolder, settleOrigin, wasServed } from './data-folder.ts';
import { DownloadCounter } from './downloads.ts';
import { GitHub } from './github.ts';
import { ACCOUNT_LIMITS, HTTP_LIMITS, type HttpLimits, PAGE_CACHE_BYTES, SHUTDOWN_MS } from './limits.ts';
import { LogPages } from './log-pages.ts';
import { Metrics } from './metrics.ts';
import { TokenVerifier } from './oidc.ts';
import { serverNames } from './routes/server-names.ts';
import { routes } from './routes.ts';
import { HttpServer } from './server.ts';
import type { RegistryServices } from './services.ts';
import { loadOrCreateSigningKey } from './signing-key.ts';
import { type SelfCommand, SnapshotScheduler } from './snapshot-scheduler.ts';
import { newestSnapshot, type SnapshotFile } from './snapshots.ts';
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
  readonly self: SelfCommand;
  readonly log: Logger;
  readonly now?: () => Date;
  readonly limits?: HttpLimits;
}

export interface RunningRegistry {
  /** Where it listens. */
  readonly url: string;
  readonly origin: string;
  /** Of the signing key. */
  readonly fingerprint: string;
  /** Lets requests that are under way finish, writes what is counted, and closes the database. */
  close(): Promise<void>;
}

/** @throws MpakError when the data folder cannot be used; an Error of Node when the port cannot */
export async function startRegistry(config: RegistryConfig): Promise<RunningRegistry> {
  const { log, now = () => new Date(), limits = HTTP_LIMITS } = config;
  const data = new DataFolder(config.data);
  const db = data.open();
  const server = new HttpServer<RegistryServices>(limits, log);
  try {
    const key = await loadOrCreateSigningKey(data.signingKey, wasServed(db));
    const kid = await keyId(key);
    serverNames(db);
    const address = await server.listen(config.port, config.host);
    const origin = settleOrigin(
      db,
      config.origin,
      () => new URL(config.publicUrl ?? addressUrl(address)).host,
    );

    const logSize = () => readEdge(db).size;
    const newest = (size: number) => newestSnapshot(data.snapshots, size);
    const metrics = new Metrics({ logSize, snapshotSize: () => sizeOf(() => newest(logSize())) });
    const downloads = new DownloadCounter(db, log);
    const github = new GitHub({ api: withoutSlash(config.githubApi), token: config.githubToken });
    const scheduler = new SnapshotScheduler({
      dataFolder: data.path,
      self: config.self,
      logSize,
      newestSnapshot: newest,
      now,
      log,
      onAttempt: (result) => metrics.countSnapshot(result),
    });
    const services: RegistryServices = {
      db,
      now,
      metrics,
      github,
      turns: new Turns(ACCOUNT_LIMITS),
      checkpoints: new Checkpoints({ db, key, origin, now, newestSnapshot: newest }),
      publicKeys: { keys: [{ ...publicKey(key), kid, alg: ALGORITHM, use: 'sig' }] },
      logPages: new LogPages(db, PAGE_CACHE_BYTES),
      snapshotFolder: data.snapshots,
      tokens: new TokenVerifier({
        issuer: withoutSlash(config.oidcIssuer),
        audience: config.oidcAudience,
        now,
      }),
      countDownload: (versionId) => downloads.count(versionId),
      onGrown: () => scheduler.grown(),
    };
    server.mount({ routes, services, observe: (observation) => metrics.observeRequest(observation) });
    const close = async () => {
      await server.close(SHUTDOWN_MS);
      await scheduler.close();
      await github.close();
      downloads.close();
      db.close();
    };
    return { url: addressUrl(address), origin, fingerprint: fingerprint(kid), close };
  } catch (error) {
    await server.close(0);
    db.close();
    throw error;
  }
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
