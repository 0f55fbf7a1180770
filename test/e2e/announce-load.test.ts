import path from 'node:path';
import { expect } from 'chai';
import { announceUnderLoad } from '../support/announce-load.ts';
import { mpakRegistry } from '../support/cli.ts';
import { LocalGitHub } from '../support/github.ts';
import { logSize, startRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary.ts';

const ARTIFACTS = 200;

describe('a registry that many announce to while clients sync and search', () => {
  const folder = temporaryFolder();

  it('loses nothing, answers everybody, and replays to the same tables', async function () {
    this.timeout(120_000);
    const github = await LocalGitHub.start();
    const data = path.join(folder(), 'registry');
    const registry = await startRegistry({ data, github });
    try {
      const { problems, syncs } = await announceUnderLoad({
        folder: folder(),
        github,
        url: registry.url,
        dataFolder: data,
        artifacts: ARTIFACTS,
        clients: 4,
        publishers: 8,
      });
      expect(problems).to.deep.equal([]);
      expect(syncs).to.be.greaterThan(4);
      expect(await logSize(registry.url)).to.equal(ARTIFACTS);
      const verified = await mpakRegistry(['verify', '--data', data]);
      expect(verified.status, verified.stdout + verified.stderr).to.equal(0);
    } finally {
      await registry.stop();
      await github.close();
    }
  });
});
