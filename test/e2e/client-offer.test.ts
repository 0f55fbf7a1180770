import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { sharedFolder } from '../registry/support/shared-folder.ts';
import type { Result } from '../support/cli.ts';
import { makeBundle } from '../support/mcpb.ts';
import { onTerminal } from '../support/on-terminal.ts';
import { World } from '../support/world.ts';

const NAME = '@acme/keyed';
const SECRET = 'sk-very-secret';

describe('an installation that meets AI clients', () => {
  const folder = sharedFolder();
  let world: World;

  before(async () => {
    world = await World.start(folder());
    const field = { type: 'string', description: 'Of your account.', required: true };
    const bundle = makeBundle(NAME, '1.0.0', {
      user_config: {
        api_key: { ...field, title: 'API key', sensitive: true },
        place: { ...field, title: 'Place' },
        folder: { ...field, title: 'Folder', default: '/srv' },
      },
    });
    await world.publish(NAME, '1.0.0', { bundle });
    await world.publish('@acme/echo', '1.0.0');
  });
  after(() => world.stop());
  beforeEach(async () => {
    world.newUser();
    for (const name of ['.cursor', '.codex']) mkdirSync(path.join(world.home, name));
    await succeed('sync');
  });

  async function succeed(...args: string[]): Promise<Result> {
    const result = await world.mpak(...args);
    expect(result.status, result.stderr).to.equal(0);
    return result;
  }

  const cursor = () => path.join(world.home, '.cursor', 'mcp.json');
  const codex = () => path.join(world.home, '.codex', 'config.toml');
  const ADD = 'Add it to Codex, Cursor? [y/N]';

  it('offers on a terminal to add it, asks for what it needs, and keeps that where it says', async () => {
    const { status, output } = await onTerminal(
      world,
      ['bundle', 'install', NAME],
      [
        ['Install @acme/keyed 1.0.0? [y/N]', 'y\n'],
        [ADD, 'y\n'],
        ['API key:', `${SECRET}\n`],
        ['Place:', 'here\n'],
      ],
    );
    expect(status, output).to.equal(0);
    expect(output).not.to.include(SECRET);
    expect(output).to.match(/config\.json, which nobody but you can read: api_key\./);
    expect(output).to.include('Added to Cursor as keyed').and.include('Added to Codex as keyed');
    const config = path.join(world.mpakHome, 'config.json');
    expect(JSON.parse(readFileSync(config, 'utf8')).packages[NAME].user_config).to.deep.equal({
      api_key: SECRET,
      place: 'here',
    });
    expect(statSync(config).mode & 0o777).to.equal(0o600);
    for (const file of [cursor(), codex()]) {
      expect(readFileSync(file, 'utf8')).to.include(NAME).and.not.to.include(SECRET);
    }
  });

  it('takes anything but y for a no, and is installed all the same', async () => {
    for (const answer of ['n\n', '\n', '\u0003']) {
      const { status, output } = await onTerminal(
        world,
        ['bundle', 'install', '@acme/echo'],
        [
          ['? [y/N]', 'y\n'],
          [ADD, answer],
        ],
      );
      expect(status, output).to.equal(0);
      expect(output).not.to.include('Added');
      expect(existsSync(cursor())).to.equal(false);
      await succeed('bundle', 'remove', '@acme/echo');
    }
  });

  it('asks nothing with --yes, without a terminal, and where no client is', async () => {
    const { output } = await onTerminal(world, ['bundle', 'install', '@acme/echo', '--yes'], []);
    expect(output).not.to.include('Add it');
    await succeed('bundle', 'remove', '@acme/echo');
    const { stderr } = await succeed('bundle', 'install', '@acme/echo');
    expect(stderr).not.to.include('Add it');
    world.newUser();
    await succeed('sync');
    const nobody = await onTerminal(world, ['bundle', 'install', '@acme/echo'], [['? [y/N]', 'y\n']]);
    expect(nobody.status).to.equal(0);
  });

  it('--client adds without asking, says which settings are missing, and refuses before it installs', async () => {
    const added = await succeed('bundle', 'install', NAME, '--client', 'cursor', '--json');
    expect(JSON.parse(added.stdout)).to.have.nested.property('clients[0].client', 'cursor');
    expect(added.stderr).to.include('mpak config set @acme/keyed api_key=-');
    expect(readFileSync(cursor(), 'utf8')).to.include(NAME);
    expect(existsSync(codex())).to.equal(false);
    writeFileSync(codex(), '[mcp_servers.echo]\ncommand = "mine"\n');
    const refused = await world.mpak('bundle', 'install', '@acme/echo', '--client', 'codex');
    expect(refused.status).to.equal(66);
    expect(existsSync(path.join(world.packageFolder('@acme/echo'), '1.0.0'))).to.equal(false);
    expect((await world.mpak('bundle', 'install', '@acme/echo', '--client', 'nobody')).status).to.equal(2);
  });

  it('`client add` installs what is not here, as `run` does, and asks for the same', async () => {
    const { status, output } = await onTerminal(
      world,
      ['client', 'add', NAME, '--client', 'cursor'],
      [
        ['Install @acme/keyed 1.0.0? [y/N]', 'y\n'],
        ['API key:', `${SECRET}\n`],
        ['Place:', 'here\n'],
      ],
    );
    expect(status, output).to.equal(0);
    expect(readFileSync(cursor(), 'utf8')).to.include(NAME).and.not.to.include(SECRET);
  });
});
