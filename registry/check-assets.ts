/**
 * `mpak-registry check-assets`: whether announced assets are still where they were published, and still what was. What
 * changed since the last time becomes an entry of the log, so that clients can say it. Only a definite answer of GitHub
 * counts, and what is bad news only when it comes twice: a failure says nothing of an asset.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { append } from '../src/lib/index/append.ts';
import { type AssetState, encodeEntry } from '../src/lib/log/entry.ts';
import {
  type AnnouncedAsset,
  type AnnouncedRelease,
  announcedReleases,
  type CheckTimes,
} from './announced-assets.ts';
import type { Asset, GitHub } from './github.ts';
import type { CheckLimits } from './limits.ts';
import { OutOfPatience, Patience } from './patience.ts';
import { writeTransaction } from './write.ts';

export interface CheckOptions {
  readonly db: Database.Database;
  readonly times: CheckTimes;
  readonly github: GitHub;
  readonly now: () => Date;
  readonly limits: CheckLimits;
  /** Of this package only. */
  readonly package?: string | undefined;
  /** What was looked for within this time is passed over, in milliseconds. */
  readonly olderThanMs: number;
  /** Releases at a time. */
  readonly concurrency: number;
  /** Download and hash. Otherwise GitHub's own word is taken: that it is there, its size, and its digest if it has one. */
  readonly full: boolean;
}

export interface CheckReport {
  readonly checked: number;
  /** Passed over. */
  readonly skipped: number;
  /** How many of those checked are so now. */
  readonly available: number;
  readonly gone: number;
  readonly changed: number;
  /** Entries that the log got. */
  readonly recorded: number;
  readonly unchecked: readonly Unchecked[];
}

/** An asset about which nothing was found out. */
export interface Unchecked {
  readonly package: string;
  readonly version: string;
  readonly reason: string;
}

/** What was found; `proven`: by a digest, and not by a size alone. */
interface Finding {
  readonly state: AssetState;
  readonly proven: boolean;
}

/** The worst counts where a file is in several places. */
const BADNESS: Readonly<Record<AssetState, number>> = { available: 0, gone: 1, changed: 2 };

export async function checkAssets(options: CheckOptions): Promise<CheckReport> {
  return new AssetCheck(options).run();
}

class AssetCheck {
  readonly #options: CheckOptions;
  readonly #patience: Patience;
  /** Never fires: each request has limits of its own, and a check that is killed goes on where it stopped. */
  readonly #signal = new AbortController().signal;
  readonly #counts = { checked: 0, skipped: 0, available: 0, gone: 0, changed: 0, recorded: 0 };
  readonly #unchecked: Unchecked[] = [];

  constructor(options: CheckOptions) {
    this.#options = options;
    this.#patience = new Patience(options.limits);
  }

  async run(): Promise<CheckReport> {
    const queue = this.#due();
    const work = async () => {
      for (let release = queue.shift(); release !== undefined; release = queue.shift()) {
        await this.#checkRelease(release);
      }
    };
    await Promise.all(Array.from({ length: this.#options.concurrency }, work));
    return { ...this.#counts, unchecked: this.#unchecked };
  }

  /** Those that have waited longest come first: a check that was interrupted goes on where it stopped. */
  #due(): AnnouncedRelease[] {
    const { db, times, now, olderThanMs, package: name } = this.#options;
    const latest = now().getTime() - olderThanMs;
    const due = announcedReleases(db, name).map((release) => {
      const assets = release.assets.filter((asset) => times.of(asset) <= latest);
      this.#counts.skipped += release.assets.length - assets.length;
      return { release: { ...release, assets }, at: Math.min(...assets.map((asset) => times.of(asset))) };
    });
    return due
      .filter(({ release }) => release.assets.length > 0)
      .sort((a, b) => a.at - b.at)
      .map(({ release }) => release);
  }

  async #checkRelease(release: AnnouncedRelease): Promise<void> {
    try {
      const first = await this.#look(release, release.assets);
      const doubtful = release.assets.filter((asset) => {
        const { state } = first.get(asset) as Finding;
        return state !== 'available' && state !== asset.state;
      });
      const second = doubtful.length === 0 ? first : await this.#lookAgain(release, doubtful);
      for (const asset of release.assets) {
        const found = first.get(asset) as Finding;
        const again = second.get(asset) ?? found;
        if (again.state === found.state) await this.#record(asset, found);
        else this.#giveUp(asset, `it is ${found.state} and then ${again.state}`);
      }
    } catch (error) {
      const reason =
        error instanceof OutOfPatience ? `not asked: ${error.message}` : (error as Error).message;
      for (const asset of release.assets) this.#giveUp(asset, reason);
    }
  }

  async #lookAgain(
    release: AnnouncedRelease,
    assets: readonly AnnouncedAsset[],
  ): Promise<Map<AnnouncedAsset, Finding>> {
    await sleep(this.#options.limits.confirmMs);
    const found = await this.#look(release, assets);
    for (const [asset, { state }] of found) {
      // The API's word is not enough: it must be gone for those who download it.
      if (state === 'gone' && (await this.#isEverywhere(asset))) {
        found.set(asset, { state: 'available', proven: false });
      }
    }
    return found;
  }

  async #look(
    { repository, tag }: AnnouncedRelease,
    assets: readonly AnnouncedAsset[],
  ): Promise<Map<AnnouncedAsset, Finding>> {
    const { github } = this.#options;
    const release = await this.#patience.ask(() => github.findRelease(repository, tag, this.#signal));
    const found = new Map<AnnouncedAsset, Finding>();
    for (const asset of assets) {
      const findings = asset.places.map(({ filename }) =>
        judge(
          asset,
          release?.assets.find(({ name }) => name === filename),
        ),
      );
      const worst = findings.reduce((a, b) => (BADNESS[b.state] > BADNESS[a.state] ? b : a));
      const isDoubted = this.#options.full && worst.state === 'available';
      found.set(asset, isDoubted ? await this.#download(asset) : worst);
    }
    return found;
  }

  async #download(asset: AnnouncedAsset): Promise<Finding> {
    for (const { url } of asset.places) {
      const content = await this.#patience.ask(() =>
        this.#options.github.readAsset({ browser_download_url: url }, asset.size, this.#signal),
      );
      if (content === undefined) return { state: 'gone', proven: false };
      if (content.sha256 !== asset.sha256 || content.bytes !== asset.size) {
        return { state: 'changed', proven: true };
      }
    }
    return { state: 'available', proven: true };
  }

  async #isEverywhere({ places }: AnnouncedAsset): Promise<boolean> {
    const { github } = this.#options;
    const there = places.map(({ url }) => this.#patience.ask(() => github.isThere(url, this.#signal)));
    return (await Promise.all(there)).every(Boolean);
  }

  async #record(asset: AnnouncedAsset, { state, proven }: Finding): Promise<void> {
    const { db, times, now } = this.#options;
    // That the bytes are others was proven by their digest. A size that fits does not take that back.
    const known = asset.state === 'changed' && state === 'available' && !proven ? asset.state : state;
    const isNews = await writeTransaction(db, () => {
      if (currentState(db, asset) === known) return false;
      const { package: name, version, sha256 } = asset;
      const entry = { kind: 'asset', package: name, version, sha256, state: known } as const;
      append(db, [encodeEntry({ ...entry, at: now().toISOString() })], { keepLines: true });
      return true;
    });
    times.set(asset, now());
    this.#counts.checked += 1;
    this.#counts[known] += 1;
    if (isNews) this.#counts.recorded += 1;
  }

  #giveUp({ package: name, version }: AnnouncedAsset, reason: string): void {
    this.#unchecked.push({ package: name, version, reason });
  }
}

/** An asset as GitHub lists it, beside what was announced. */
function judge({ size, sha256 }: AnnouncedAsset, listed: Asset | undefined): Finding {
  if (listed === undefined || (listed.state ?? 'uploaded') !== 'uploaded') {
    return { state: 'gone', proven: false };
  }
  const [, digest] = /^sha256:([0-9a-f]{64})$/i.exec(listed.digest ?? '') ?? [];
  if (digest !== undefined) {
    return { state: digest.toLowerCase() === sha256 ? 'available' : 'changed', proven: true };
  }
  return { state: listed.size === size ? 'available' : 'changed', proven: false };
}

function currentState(db: Database.Database, asset: AnnouncedAsset): AssetState | undefined {
  return db
    .prepare<[string, string, string], AssetState>(
      `SELECT a.state FROM packages p
       JOIN versions v ON v.package_id = p.id
       JOIN artifacts a ON a.version_id = v.id
       WHERE p.name = ? AND v.version = ? AND a.sha256 = ?`,
    )
    .pluck()
    .get(asset.package, asset.version, asset.sha256);
}
