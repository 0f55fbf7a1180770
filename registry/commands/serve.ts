import { once } from 'node:events';
import { Flags } from '@oclif/core';
import { pino } from 'pino';
import { BaseCommand } from '../../src/cli/command.ts';
import { selfCommand } from '../../src/cli/self.ts';
import { dataFlag } from '../flags.ts';
import { startRegistry } from '../registry.ts';
import { parseHttpUrl } from '../url.ts';

const url = Flags.custom<string>({ parse: async (text) => parseHttpUrl(text), helpValue: 'URL' });

export default class Serve extends BaseCommand {
  static override summary = 'Serve a registry.';
  static override description =
    'Makes what is missing in the data folder: the database, and the key that signs the log, whose fingerprint is ' +
    'printed for clients to pin. Logs go to stderr as JSON. SIGTERM and SIGINT let requests that are under way finish.';
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
    'github-api': url({
      description: 'REST API of GitHub, where releases are looked up.',
      env: 'MPAK_GITHUB_API',
      default: 'https://api.github.com',
    }),
    'github-token': Flags.string({
      description: 'Token for that API: raises its rate limit.',
      env: 'MPAK_GITHUB_TOKEN',
      noCacheDefault: true,
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
    const log = pino({ level: flags['log-level'] }, pino.destination({ fd: 2, sync: true }));
    const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
    const registry = await startRegistry({
      data: flags.data,
      host: flags.host,
      port: flags.port,
      publicUrl: flags['public-url'],
      origin: flags.origin,
      oidcIssuer: flags['oidc-issuer'],
      oidcAudience: flags['oidc-audience'],
      githubApi: flags['github-api'],
      githubToken: flags['github-token'],
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
