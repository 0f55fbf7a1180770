/** What /metrics tells, in Prometheus' terms. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { MirrorState } from './mirror/state.ts';
import type { ScanResult } from './scans/pool.ts';
import type { Observation } from './server.ts';

const secondsOf = (at: string | null): number => (at === null ? 0 : Date.parse(at) / 1000);

/** What a mirror says of itself, by name. */
const MIRROR_GAUGES: readonly [name: string, help: string, value: (state: MirrorState) => number][] = [
  ['origin_size', 'Entries of the log that is followed, or versions that it lists.', ({ size }) => size],
  ['copied', 'How many of them were copied.', ({ copied }) => copied],
  ['lag', 'How many are still to come.', ({ size, copied }) => size - copied],
  ['passed_over', 'Listed versions that could not be taken over.', (state) => state.passed_over],
  [
    'attestations_missing',
    'Attestations that the origin did not hand out.',
    (state) => state.attestations_missing,
  ],
  ['errors', 'Rounds that failed, of all.', ({ errors }) => errors],
  ['failing', '1 while the last round has failed.', ({ error }) => (error === null ? 0 : 1)],
  [
    'last_success_timestamp_seconds',
    'When a round last succeeded; 0 for never.',
    (state) => secondsOf(state.last_success_at),
  ],
  [
    'last_attempt_timestamp_seconds',
    'When a round was last begun; 0 for never.',
    (state) => secondsOf(state.last_attempt_at),
  ],
];

export class Metrics {
  readonly registry = new Registry();
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #announcements: Counter<'result'>;
  readonly #snapshots: Counter<'result'>;
  readonly #scans: Counter<'result'>;
  readonly #scanTimes: Histogram;

  /** @param read.logSize entries in the log, when it is asked for */
  constructor(read: {
    logSize: () => number;
    snapshotSize: () => number;
    scanQueue: () => number;
    scansRunning: () => number;
    /** Undefined for a registry that is no mirror. */
    mirror: () => MirrorState | undefined;
  }) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#requests = new Histogram({
      name: 'mpak_http_request_duration_seconds',
      help: 'Time from the request line to the end of the answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
      registers,
    });
    this.#announcements = new Counter({
      name: 'mpak_announcements_total',
      help: 'Announcements by result: created, updated, or the code of the error.',
      labelNames: ['result'],
      registers,
    });
    this.#snapshots = new Counter({
      name: 'mpak_snapshots_total',
      help: 'Attempts to make a snapshot: made, failed.',
      labelNames: ['result'],
      registers,
    });
    new Gauge({
      name: 'mpak_log_entries',
      help: 'Entries in the log.',
      registers,
      collect() {
        this.set(read.logSize());
      },
    });
    new Gauge({
      name: 'mpak_snapshot_entries',
      help: 'Entries in the newest snapshot.',
      registers,
      collect() {
        this.set(read.snapshotSize());
      },
    });
    for (const [name, help, value] of MIRROR_GAUGES) {
      new Gauge({
        name: `mpak_mirror_${name}`,
        help,
        registers,
        collect() {
          const state = read.mirror();
          // Without a value it is not shown.
          if (state === undefined) this.remove();
          else this.set(value(state));
        },
      });
    }
    this.#scans = new Counter({
      name: 'mpak_scans_total',
      help: 'Scans by result: certified, unchanged, unwanted, given-up; attempts that are repeated: killed, missing, failed.',
      labelNames: ['result'],
      registers,
    });
    this.#scanTimes = new Histogram({
      name: 'mpak_scan_duration_seconds',
      help: 'Time from the start of a worker to its end.',
      buckets: [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600],
      registers,
    });
    new Gauge({
      name: 'mpak_scan_queue',
      help: 'Artifacts that wait for their scan, those that are being scanned too.',
      registers,
      collect() {
        this.set(read.scanQueue());
      },
    });
    new Gauge({
      name: 'mpak_scans_running',
      help: 'Artifacts that are being scanned.',
      registers,
      collect() {
        this.set(read.scansRunning());
      },
    });
  }

  observeRequest({ method, route, status, seconds }: Observation): void {
    this.#requests.observe({ method, route, status: String(status) }, seconds);
  }

  countAnnouncement(result: string): void {
    this.#announcements.inc({ result });
  }

  countScan(result: ScanResult): void {
    this.#scans.inc({ result });
  }

  observeScan(seconds: number): void {
    this.#scanTimes.observe(seconds);
  }

  countSnapshot(result: 'made' | 'failed'): void {
    this.#snapshots.inc({ result });
  }
}
