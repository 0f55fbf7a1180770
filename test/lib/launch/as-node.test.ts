import path from 'node:path';
import { expect } from 'chai';
import manifest from '../../../oclif.manifest.json' with { type: 'json' };
import { AS_NODE, isScript, scriptOf } from '../../../src/lib/launch/as-node.ts';

describe('a single executable that is asked to be Node', () => {
  const argv = (...words: string[]) => ['mpak', 'mpak', ...words];
  const script = path.resolve('/srv/server/index');

  it('runs the script that comes first, by an absolute path or as JavaScript is called', () => {
    const environment = { [AS_NODE]: '1' };
    expect(scriptOf(environment, argv(script, 'x'))).to.equal(script);
    for (const name of ['worker.js', 'dist/worker.mjs', './worker.cjs'])
      expect(scriptOf(environment, argv(name))).to.equal(path.resolve(name));
  });

  it('stays mpak without being asked, and for every word that mpak knows', () => {
    expect(scriptOf({}, argv(script))).to.equal(undefined);
    expect(scriptOf({ [AS_NODE]: '0' }, argv(script))).to.equal(undefined);
    const words = Object.values(manifest.commands).flatMap(({ id, aliases }) => [id, ...aliases]);
    for (const word of [...words.flatMap((each) => each.split(':')), '--version', '--help', '-v'])
      expect(scriptOf({ [AS_NODE]: '1' }, argv(word)), word).to.equal(undefined);
    expect(scriptOf({ [AS_NODE]: '1' }, argv())).to.equal(undefined);
  });

  it('takes no options of Node for a script', () => {
    for (const word of ['--inspect', '-e', '--import=x.js', '-r.js', '', undefined])
      expect(isScript(word), String(word)).to.equal(false);
  });
});
