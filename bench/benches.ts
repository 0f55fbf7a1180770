/** Every benchmark, in the order in which they are run. */
import type { Row } from './rows.ts';

export interface Bench {
  readonly name: string;
  /** @param quick with less of everything: whether it works, not what it measures */
  readonly run: (quick: boolean) => Promise<readonly Row[]>;
}

/** Each is imported when it is run: one that cannot be loaded is one that fails. */
export const BENCHES: readonly Bench[] = [
  {
    name: 'search-quality',
    run: async (quick) => (await import('./search-quality.ts')).measureQuality(quick ? { count: 100 } : {}),
  },
  {
    name: 'real-records',
    run: async () => (await import('./real-records.ts')).measureRealRecords(),
  },
  {
    name: 'announce-load',
    run: async (quick) => {
      const artifacts = quick ? 200 : 10_000;
      return (await import('./announce-load.ts')).measureAnnounce({ artifacts, clients: 20, publishers: 16 });
    },
  },
  {
    name: 'sync',
    run: async (quick) =>
      (await import('./sync.ts')).measureSync(quick ? { runs: 3, packages: 1000 } : { runs: 15 }),
  },
  {
    name: 'search',
    run: async (quick) => (await import('./search.ts')).measureSearch({ quick }),
  },
  {
    name: 'install',
    run: async (quick) => (await import('./install.ts')).measureInstall({ rounds: quick ? 3 : 15 }),
  },
  {
    name: 'registry',
    run: async (quick) =>
      (await import('./registry.ts')).measureRegistry({
        packages: quick ? 1000 : 100_000,
        entries: quick ? 2000 : 1_000_000,
        rounds: quick ? 3 : 15,
        only: ['search', 'announce', 'memory'],
      }),
  },
  {
    name: 'pages',
    run: async (quick) =>
      (await import('./registry.ts')).measureRegistry({
        packages: 1000,
        entries: 0,
        rounds: quick ? 3 : 15,
        only: ['pages'],
      }),
  },
  {
    name: 'scan',
    run: async (quick) => (await import('./scan.ts')).measureScan({ rounds: quick ? 2 : 15 }),
  },
  {
    name: 'start',
    run: async (quick) =>
      (await import('./start.ts')).measureStarts(quick ? { runs: 3, packages: 1000 } : { runs: 15 }),
  },
];
