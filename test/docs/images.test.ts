import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';

const ROOT = path.join(import.meta.dirname, '../..');
const FOLDER = path.join(ROOT, 'docs/images');

describe('the pictures of the README', () => {
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  const shown = [...readme.matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)];

  it('are there, each with words for who does not see it', () => {
    expect(shown.map(([, , file]) => path.basename(file as string)).sort()).to.deep.equal(
      readdirSync(FOLDER).sort(),
    );
    for (const [, words, file] of shown) {
      expect(words, file).to.match(/\S/);
      expect(path.dirname(file as string)).to.equal('docs/images');
    }
  });

  it('have less than 200 kB each', () => {
    for (const file of readdirSync(FOLDER)) {
      expect(statSync(path.join(FOLDER, file)).size, file).to.be.within(1_000, 200_000);
    }
  });
});
