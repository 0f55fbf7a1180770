/** What /metrics tells, in Prometheus' terms. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Observation } from './server.ts';

export class Metrics {
  readonly registry = new Registry();
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #announcements: Counter<'result'>;
  readonly #snapshots: Counter<'result'>;

  /** @param read.logSize entries in the log, when it is asked for */
  constructor(read: { logSize: () => number; snapshotSize: () => number }) {
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
  }

  observeRequest({ method, route, status, seconds }: Observation): void {
    this.#requests.observe({ method, route, status: String(status) }, seconds);
  }

  countAnnouncement(result: string): void {
    this.#announcements.inc({ result });
  }

  countSnapshot(result: 'made' | 'failed'): void {
    this.#snapshots.inc({ result });
  }
}
