import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { expect } from 'chai';
import { append } from '../../src/lib/index/append.ts';
import { compareIndexes } from '../../src/lib/index/compare.ts';
import { readEdge } from '../../src/lib/index/meta.ts';
import { openIndex, openMemoryIndex } from '../../src/lib/index/open.ts';
import { IndexStore } from '../../src/lib/sync/store.ts';
import { finished, startCommand } from '../support/cli.ts';
import { publishEntries, publishEntry } from '../support/entries.ts';
import { LogServer } from '../support/log-server.ts';
import { seeded } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary.ts';

const KILLS = 50;

describe('mpak sync, killed at a random point', () => {
  const home = temporaryFolder();
  let server: LogServer;
  /** A replay of the log, as far as the index on the disk has come. */
  let replay: Database.Database;

  beforeEach(async () => {
    server = await LogServer.start();
    replay = openMemoryIndex();
  });
  afterEach(async () => {
    replay.close();
    await server.close();
  });

  const start = (...flags: string[]) => {
    const environment = {
      HOME: home(),
      MPAK_HOME: path.join(home(), '.mpak'),
      MPAK_REGISTRY_URL: server.url.href,
    };
    return startCommand('mpak', ['sync', ...flags], environment);
  };

  /** The index opens, is sound, and is what the log says up to where it has come. */
  function expectSound(): number {
    const file = new IndexStore(path.join(home(), '.mpak'), server.url).current();
    if (file === undefined) return 0;
    const db = openIndex(file);
    try {
      expect(db.pragma('integrity_check', { simple: true })).to.equal('ok');
      const { size } = readEdge(db);
      const lines = server.lines.slice(readEdge(replay).size, size);
      replay.transaction(() => append(replay, lines, { keepLines: false }))();
      expect(compareIndexes(db, replay)).to.deep.equal([]);
      return size;
    } finally {
      db.close();
    }
  }

  it(`${KILLS} times: the index is what it was or what it should be, and the next sync completes`, async function () {
    this.timeout(300_000);
    const random = seeded(20_261_123);
    server.append(...publishEntries(400));
    server.makeSnapshot();
    // How long a whole sync takes here, so that the kills fall before, into and after the work.
    const began = performance.now();
    expect((await finished(start())).status).to.equal(0);
    const whole = performance.now() - began;
    let survived = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const count = 20 + Math.floor(random() * 80);
      server.append(...publishEntries(count, server.lines.length), publishEntry('@acme/p1', `2.0.${kill}`));
      // Every third time the whole index is fetched anew, from a snapshot: another way through the code.
      const anew = kill % 3 === 0;
      if (anew) server.makeSnapshot();
      const child = anew ? start('--full') : start();
      const exited = once(child, 'exit');
      await sleep(whole * (0.3 + 0.75 * random()));
      child.kill('SIGKILL');
      await exited;
      if (expectSound() === server.lines.length) survived += 1;
      if (kill % 5 === 4) {
        expect(await finished(start())).to.include({ status: 0 });
        expect(expectSound()).to.equal(server.lines.length);
      }
    }
    // Neither always too early nor always too late: the kills did fall into the work.
    expect(survived).to.be.within(1, KILLS - 1);
    expect(await finished(start())).to.include({ status: 0 });
    expect(expectSound()).to.equal(server.lines.length);
  });
});
