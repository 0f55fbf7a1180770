import { once } from 'node:events';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/command.ts';
import { selfCommand } from '../../src/cli/self.ts';
import { MpakError } from '../../src/lib/errors.ts';
import { DEFAULT_MAX_AGE_DAYS, LONGEST_AGE_DAYS } from '../../src/lib/vulnerabilities/feeds.ts';
import { parseDuration } from '../duration.ts';
import {
  assetHostFlag,
  assetHosts,
  dataFlag,
  githubApiFlag,
  githubTokenFlag,
  urlFlag as url,
} from '../flags.ts';
import { POPULAR_DOWNLOADS, RATE_LIMITS, SCAN_DEFAULTS } from '../limits.ts';
import { openLog } from '../log-output.ts';
import { type RunningRegistry, type ScanConfig, startRegistry } from '../registry.ts';
import { workerEnvironment } from '../scans/worker-process.ts';

const MAX_SCAN_MS = 86_400_000;

export default class Serve extends BaseCommand {
  static override summary = 'Serve a registry.';
  static override description =
    'Makes what is missing in the data folder: the database, and the key that signs the log, whose fingerprint is ' +
    'printed for clients to pin. Logs go to stderr as JSON. SIGTERM and SIGINT let requests that are under way ' +
    'finish; SIGHUP reads the lists of reserved scopes and allowed names again.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --data /var/lib/mpak',
    '<%= config.bin %> <%= command.id %> --data DIR --host 0.0.0.0 --port 8080 --public-url https://registry.example.com',
  ];
  static override enableJsonFlag = false;
  static override flags = {
    data: dataFlag,
    host: Flags.string({
      description: 'Address to listen on; 0.0.0.0 for all.',
      env: 'MPAK_REGISTRY_HOST',
      default: '127.0.0.1',
    }),
    port: Flags.integer({
      description: 'Port to listen on; 0 for a free one.',
      env: 'MPAK_REGISTRY_PORT',
      default: 4873,
      min: 0,
      max: 65_535,
    }),
    'public-url': url({
      description:
        'Where clients reach the registry: a new log is named after it. Default: where it listens.',
      env: 'MPAK_REGISTRY_PUBLIC_URL',
    }),
    origin: Flags.string({
      description:
        'Name of the log, signed into every checkpoint and fixed at the first start. ' +
        'Default: host and port of the public URL.',
      env: 'MPAK_REGISTRY_ORIGIN',
      helpValue: 'NAME',
    }),
    'oidc-issuer': url({
      description: 'Issuer of the tokens that announce bundles.',
      env: 'MPAK_OIDC_ISSUER',
      default: 'https://token.actions.githubusercontent.com',
    }),
    'oidc-audience': Flags.string({
      description: 'Audience that those tokens must name.',
      env: 'MPAK_OIDC_AUDIENCE',
      default: 'https://mpak.dev',
    }),
    'github-api': githubApiFlag,
    'github-token': githubTokenFlag,
    'asset-host': assetHostFlag,
    'require-attestation': Flags.boolean({
      description: 'Refuse announcements of what has no attestation.',
      env: 'MPAK_REQUIRE_ATTESTATION',
    }),
    'attestation-issuer': url({
      description: "Identity provider that attestations must name. Default: GitHub Actions'.",
      env: 'MPAK_ATTESTATION_ISSUER',
    }),
    'trusted-root': Flags.string({
      description: 'Trusted root of a Sigstore, a file. Default: the one that TUF publishes.',
      env: 'MPAK_TRUSTED_ROOT',
      helpValue: 'FILE',
    }),
    'tuf-url': url({
      description: "TUF repository that trusted roots come from. Default: Sigstore's public one.",
      env: 'MPAK_TUF_URL',
    }),
    'tuf-root': Flags.string({
      description: 'First root.json of that repository.',
      env: 'MPAK_TUF_ROOT',
      helpValue: 'FILE',
    }),
    'reserved-scopes': Flags.string({
      description: 'File of scopes that are kept from others: JSON objects {scope, owner_id, reason}.',
      env: 'MPAK_RESERVED_SCOPES',
      helpValue: 'FILE',
    }),
    'allowed-names': Flags.string({
      description: 'File of names and scopes that may look like others, one a line.',
      env: 'MPAK_ALLOWED_NAMES',
      helpValue: 'FILE',
    }),
    'popular-downloads': Flags.integer({
      description: 'Downloads from which on a package is popular: new names that look like its are refused.',
      env: 'MPAK_POPULAR_DOWNLOADS',
      default: POPULAR_DOWNLOADS,
      min: 0,
    }),
    'rate-reads': Flags.integer({
      description: 'Requests of an address that read, in a minute; 0 for no limit.',
      env: 'MPAK_RATE_READS',
      default: RATE_LIMITS.reads,
      min: 0,
    }),
    'rate-writes': Flags.integer({
      description: 'Requests of an address that write, in a minute; 0 for no limit.',
      env: 'MPAK_RATE_WRITES',
      default: RATE_LIMITS.writes,
      min: 0,
    }),
    'rate-owner': Flags.integer({
      description: 'Announcements, deprecations and yanks of an account in a minute; 0 for no limit.',
      env: 'MPAK_RATE_OWNER',
      default: RATE_LIMITS.owner,
      min: 0,
    }),
    'trusted-proxy': Flags.string({
      description:
        'Address or network of a proxy whose X-Forwarded-For is believed: 10.0.0.0/8. May be given more than once.',
      env: 'MPAK_TRUSTED_PROXY',
      helpValue: 'ADDRESS',
      multiple: true,
      delimiter: ',',
    }),
    web: Flags.boolean({
      description: 'Serve pages for people, at the root.',
      env: 'MPAK_WEB',
      default: true,
      allowNo: true,
    }),
    scan: Flags.boolean({
      description: 'Scan what is announced, and certify it.',
      env: 'MPAK_SCAN',
      default: true,
      allowNo: true,
    }),
    'scan-workers': Flags.integer({
      description: 'Scans at a time; 0: they wait for a server that has workers.',
      env: 'MPAK_SCAN_WORKERS',
      default: SCAN_DEFAULTS.workers,
      min: 0,
      max: 8,
    }),
    'scan-memory': Flags.integer({
      description: 'Memory of a scan, in MiB: what takes more is killed.',
      env: 'MPAK_SCAN_MEMORY',
      default: SCAN_DEFAULTS.memoryMib,
      min: 192,
      max: 65_536,
    }),
    'scan-timeout': Flags.string({
      description: 'Time of a scan, such as 90s or 10m: what takes longer is killed.',
      env: 'MPAK_SCAN_TIMEOUT',
      helpValue: 'TIME',
      default: `${SCAN_DEFAULTS.timeoutMs / 60_000}m`,
    }),
    vulnerabilities: Flags.string({
      description: 'Database of known vulnerabilities that scans ask.',
      env: 'MPAK_VULNERABILITIES',
      helpValue: 'FILE',
    }),
    'vulnerabilities-max-age': Flags.integer({
      description: 'Days after which that data does not count as known.',
      env: 'MPAK_VULNERABILITIES_MAX_AGE',
      helpValue: 'DAYS',
      default: DEFAULT_MAX_AGE_DAYS,
      min: 1,
      max: LONGEST_AGE_DAYS,
    }),
    scorecard: Flags.string({
      description:
        'Where scans find OpenSSF Scorecards: a file, a folder, or a URL with {repository} in it. Default: nowhere.',
      env: 'MPAK_SCORECARD',
      helpValue: 'FILE|DIR|URL',
    }),
    'log-level': Flags.option({
      description: 'Least severe log line that is written.',
      env: 'MPAK_REGISTRY_LOG_LEVEL',
      options: ['debug', 'info', 'warn', 'error', 'silent'] as const,
      default: 'info' as const,
    })(),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Serve);
    const log = openLog(flags['log-level']);
    const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
    // From the beginning: without a handler the signal ends the process.
    let registry: RunningRegistry | undefined;
    process.on('SIGHUP', () => {
      try {
        // While it starts it reads them anyway.
        registry?.reload();
        log.info('lists read again');
      } catch (error) {
        log.error({ failure: (error as Error).message }, 'lists not read');
      }
    });
    registry = await startRegistry({
      data: flags.data,
      host: flags.host,
      port: flags.port,
      publicUrl: flags['public-url'],
      origin: flags.origin,
      oidcIssuer: flags['oidc-issuer'],
      oidcAudience: flags['oidc-audience'],
      githubApi: flags['github-api'],
      githubToken: flags['github-token'],
      assetHosts: assetHosts(flags['asset-host']),
      requireAttestation: flags['require-attestation'],
      attestationIssuer: flags['attestation-issuer'],
      trustedRoot: flags['trusted-root'],
      tufUrl: flags['tuf-url'],
      tufRoot: flags['tuf-root'],
      lists: { reservedScopes: flags['reserved-scopes'], allowedNames: flags['allowed-names'] },
      popularFrom: flags['popular-downloads'],
      rates: { reads: flags['rate-reads'], writes: flags['rate-writes'], owner: flags['rate-owner'] },
      // Out of the environment it comes as one text.
      trustedProxies: [flags['trusted-proxy'] ?? []].flat().flatMap((text) => text.split(',')),
      pages: flags.web,
      scans: flags.scan ? scans(flags, this.config.version) : undefined,
      self: selfCommand(),
      log,
    });
    this.log(`Signing key ${registry.fingerprint}`);
    this.log(`Log         ${registry.origin}`);
    this.log(`Listening   ${registry.url}`);
    await stopped;
    log.info('stopping');
    await registry.close();
    log.info('stopped');
  }
}

interface ScanFlags {
  readonly 'scan-workers': number;
  readonly 'scan-memory': number;
  readonly 'scan-timeout': string;
  readonly vulnerabilities: string | undefined;
  readonly 'vulnerabilities-max-age': number;
  readonly scorecard: string | undefined;
}

/** @throws MpakError USAGE */
function scans(flags: ScanFlags, version: string): ScanConfig {
  const timeoutMs = parseDuration(flags['scan-timeout']);
  if (timeoutMs === 0 || timeoutMs > MAX_SCAN_MS) {
    throw new MpakError('USAGE', 'A scan takes more than no time, and at most a day.', {
      hint: 'Give --scan-timeout a time such as 90s or 10m.',
    });
  }
  return {
    workers: flags['scan-workers'],
    memoryBytes: flags['scan-memory'] * 1024 * 1024,
    timeoutMs,
    vulnerabilities: flags.vulnerabilities,
    maxAgeDays: flags['vulnerabilities-max-age'],
    scorecard: flags.scorecard,
    environment: workerEnvironment(process.env),
    version,
  };
}
