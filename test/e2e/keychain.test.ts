import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { sharedFolder } from '../registry/support/shared-folder.ts';
import { finished, type Result } from '../support/cli.ts';
import { makeBundle } from '../support/mcpb.ts';
import { type SecretService, startSecretService } from '../support/secret-service.ts';
import { World } from '../support/world.ts';

const NAME = '@acme/keyed';
const SECRET = 'sk-é"\u2028 one';
/** Says what it was given, and ends. */
const SERVER =
  'process.stdout.write(JSON.stringify([process.env.API_KEY, process.env.PLACE])); process.exit(0)';

describe('secrets of servers', () => {
  const folder = sharedFolder();
  let world: World;
  /** Undefined where this machine cannot have one: then everything falls back to the file, and that is tested. */
  let service: SecretService | undefined;

  before(async function () {
    this.timeout(60_000);
    world = await World.start(folder());
    service = await startSecretService(path.join(folder(), 'service'));
    const field = { type: 'string', title: 'T', description: 'D.', required: true };
    const bundle = makeBundle(
      NAME,
      '1.0.0',
      {
        user_config: { api_key: { ...field, sensitive: true }, place: field },
        server: {
          type: 'node',
          entry_point: 'server/index.js',
          mcp_config: {
            command: 'node',
            args: ['\u0024{__dirname}/server/index.js'],
            env: { API_KEY: '\u0024{user_config.api_key}', PLACE: '\u0024{user_config.place}' },
          },
        },
      },
      { 'server/index.js': SERVER },
    );
    await world.publish(NAME, '1.0.0', { bundle });
  });
  after(async () => {
    await service?.stop();
    await world.stop();
  });
  beforeEach(async () => {
    world.newUser();
    await succeed(['sync'], {});
    await succeed(['bundle', 'install', NAME], {});
  });

  function mpak(args: readonly string[], environment: Record<string, string>, input = ''): Promise<Result> {
    const child = world.start(args, { environment });
    child.stdin.end(input);
    return finished(child);
  }

  async function succeed(
    args: readonly string[],
    environment: Record<string, string>,
    input = '',
  ): Promise<Result> {
    const result = await mpak(args, environment, input);
    expect(result.status, result.stderr).to.equal(0);
    return result;
  }

  const config = () => readFileSync(path.join(world.mpakHome, 'config.json'), 'utf8');
  const NONE = {
    MPAK_NO_KEYCHAIN: '',
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere',
    XDG_RUNTIME_DIR: '/nowhere',
  };

  for (const [label, isThere] of [
    ['with a keychain', true],
    ['without one', false],
  ] as const) {
    it(`${label}, a secret is set, shown, run with and forgotten, and the user is told where it is`, async () => {
      const inKeychain = isThere && service !== undefined;
      const environment = inKeychain ? { MPAK_NO_KEYCHAIN: '', ...service?.environment } : NONE;
      const set = await succeed(['config', 'set', NAME, 'api_key=-', 'place=here'], environment, SECRET);
      expect(set.stderr).to.match(inKeychain ? /keychain of the system: api_key/ : /config\.json.*api_key/);
      expect(statSync(path.join(world.mpakHome, 'config.json')).mode & 0o777).to.equal(0o600);
      const own = JSON.parse(config()).packages[NAME];
      expect(own).to.deep.equal(
        inKeychain
          ? { user_config: { place: 'here' }, keychain: ['api_key'] }
          : { user_config: { api_key: SECRET, place: 'here' } },
      );
      const run = await succeed(['run', NAME], environment);
      expect(JSON.parse(run.stdout)).to.deep.equal([SECRET, 'here']);
      const covered = await succeed(['config', 'get', NAME, '--json'], environment);
      expect(covered.stdout).not.to.include('sk-');
      const shown = JSON.parse(
        (await succeed(['config', 'get', NAME, 'api_key', '--show', '--json'], environment)).stdout,
      );
      expect(shown).to.include({ value: SECRET, masked: false });
      expect((await succeed(['config', 'list'], environment)).stdout)
        .to.include('api_key')
        .and.not.to.include('sk-');
      await succeed(['config', 'unset', NAME, 'api_key'], environment);
      const without = await mpak(['run', NAME], environment);
      expect(without.status).to.equal(40);
      // It is gone from there as well, and not only from the list.
      if (inKeychain) {
        const file = path.join(world.mpakHome, 'config.json');

        writeFileSync(file, JSON.stringify({ packages: { [NAME]: { keychain: ['api_key'] } } }), {
          mode: 0o600,
        });
        const gone = await mpak(['run', NAME, '--set', 'place=x'], environment);
        expect(gone.status).to.equal(67);
        expect(gone.stderr).to.include('it is not there');
      }
    });
  }

  it('what the keychain does not give is an error that says what to do, and a start that needs none of it asks for none', async () => {
    if (service === undefined) {
      const own = { packages: { [NAME]: { user_config: { place: 'x' }, keychain: ['api_key'] } } };
      await succeed(['config', 'set', NAME, 'place=x'], NONE);

      writeFileSync(path.join(world.mpakHome, 'config.json'), JSON.stringify(own), { mode: 0o600 });
    } else {
      const environment = { MPAK_NO_KEYCHAIN: '', ...service.environment };
      await succeed(['config', 'set', NAME, 'api_key=-', 'place=here'], environment, SECRET);
    }
    const refused = await mpak(['run', NAME], NONE);
    expect(refused.status).to.equal(67);
    expect(refused.stdout).to.equal('');
    expect(refused.stderr).to.include('mpak config set @acme/keyed api_key=-');
    // Set again where there is none, it is in the file.
    await succeed(['config', 'set', NAME, 'api_key=-'], NONE, SECRET);
    expect(JSON.parse((await succeed(['run', NAME], NONE)).stdout)[0]).to.equal(SECRET);
    expect(JSON.parse(config()).packages[NAME]).not.to.have.property('keychain');
  });

  it('MPAK_NO_KEYCHAIN keeps it in the file, and a value that is too long for one goes there too', async () => {
    const environment = { ...service?.environment, MPAK_NO_KEYCHAIN: '1' };
    await succeed(['config', 'set', NAME, 'api_key=-'], environment, SECRET);
    expect(JSON.parse(config()).packages[NAME].user_config).to.deep.equal({ api_key: SECRET });
    const long = 'x'.repeat(5000);
    await succeed(['config', 'set', NAME, 'api_key=-'], { ...environment, MPAK_NO_KEYCHAIN: '' }, long);
    expect(JSON.parse(config()).packages[NAME].user_config).to.deep.equal({ api_key: long });
    expect(existsSync(path.join(world.mpakHome, 'config.json.tmp'))).to.equal(false);
  });
});
