import { expect } from 'chai';
import { mpakRegistry } from '../../registry/main.ts';
import { mpak } from '../../src/main.ts';

describe('the other names of commands', () => {
  for (const cli of [mpak, mpakRegistry]) {
    it(`are those of the manifest: ${cli.bin}`, () => {
      const commands = Object.values(cli.manifest.commands);
      const named = commands.flatMap(({ id, aliases, hiddenAliases }) =>
        [...(aliases ?? []), ...(hiddenAliases ?? [])].map((alias) => [alias, id]),
      );
      expect(cli.aliases).to.deep.equal(Object.fromEntries(named));
    });
  }
});
