import { setTimeout as sleep } from 'node:timers/promises';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/command.ts';
import { parseRegistryUrl } from '../../src/lib/config/registry-url.ts';
import { MpakError } from '../../src/lib/errors.ts';
import { withLock } from '../../src/lib/lock.ts';
import { parseFingerprint } from '../../src/lib/log/key.ts';
import { proxiesOf } from '../../src/lib/remote/node-http.ts';
import { DataFolder } from '../data-folder.ts';
import { parseDuration } from '../duration.ts';
import { dataFlag } from '../flags.ts';
import { MIRROR_LIMITS } from '../limits.ts';
import { openLog } from '../log-output.ts';
import { type MirrorOptions, mirror, mirrorOnce } from '../mirror/mirror.ts';

export default class Mirror extends BaseCommand {
  static override summary = 'Follow another registry into the log of this one.';
  static override description =
    'A signed registry is verified as clients verify it, and its entries are copied byte for byte, with the ' +
    'attestations that they name; one that has no log is crawled, and what it lists is imported. A server on the same ' +
    'folder serves what comes, says how it stands under /health and /metrics, and takes no announcements. It may be ' +
    'killed at any time, and goes on where it was.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --data DIR --from https://registry.example.com --key SHA256:…',
    '<%= config.bin %> <%= command.id %> --data DIR --from https://registry.example.com --once',
  ];
  static override flags = {
    data: dataFlag,
    from: Flags.string({
      description: 'URL of the registry that is followed.',
      env: 'MPAK_MIRROR_FROM',
      helpValue: 'URL',
      required: true,
    }),
    key: Flags.string({
      description: 'Fingerprint of the key that must sign there; pins it at first.',
      helpValue: 'FINGERPRINT',
    }),
    interval: Flags.string({
      description: 'Time from one round to the next, such as 30s, 5m or 1h.',
      env: 'MPAK_MIRROR_INTERVAL',
      helpValue: 'TIME',
      default: '5m',
    }),
    once: Flags.boolean({ description: 'One round, and then it ends.' }),
    'log-level': Flags.option({
      description: 'Least severe log line that is written.',
      env: 'MPAK_REGISTRY_LOG_LEVEL',
      options: ['debug', 'info', 'warn', 'error', 'silent'] as const,
      default: 'info' as const,
    })(),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Mirror);
    const intervalMs = parseDuration(flags.interval);
    if (intervalMs < MIRROR_LIMITS.shortestIntervalMs) {
      throw new MpakError('USAGE', 'A mirror asks once a second at the most.', {
        hint: 'Give --interval a time such as 30s, 5m or 1h.',
      });
    }
    const data = new DataFolder(flags.data);
    const stop = new AbortController();
    const onSignal = () => stop.abort();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, onSignal);
    const options: MirrorOptions = {
      data,
      from: parseRegistryUrl(flags.from, '--from'),
      pin: flags.key === undefined ? undefined : parseFingerprint(flags.key),
      userAgent: this.config.userAgent.replace(/^mpak\b/, 'mpak-registry'),
      proxies: proxiesOf(process.env),
      now: () => new Date(),
      sleep: (ms) => sleep(ms, undefined, { signal: stop.signal }).catch(() => undefined),
      random: Math.random,
      isStopped: () => stop.signal.aborted,
      passedOver: new Map(),
      log: openLog(flags['log-level']),
    };
    const db = data.open();
    try {
      const lock = { waitMs: 0, holder: 'Another `mpak-registry mirror`' };
      return await withLock(data.mirrorLock, lock, async () => {
        if (!flags.once) return mirror(db, intervalMs, options);
        const { appended, state } = await mirrorOnce(db, options);
        const { from, kind, copied, size, passed_over, attestations_missing } = state;
        this.log(`Appended ${appended} entries: ${copied} of ${size} of ${from} are here.`);
        return { appended, from, kind, copied, size, passed_over, attestations_missing };
      });
    } finally {
      db.close();
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, onSignal);
    }
  }
}
