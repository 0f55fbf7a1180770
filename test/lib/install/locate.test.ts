import { expect } from 'chai';
import type { PackageName } from '../../../src/lib/bundle/name.ts';
import { finishRound } from '../../../src/lib/crawl/finish.ts';
import { MpakError } from '../../../src/lib/errors.ts';
import { CrawledApplier } from '../../../src/lib/index/apply-crawled.ts';
import { openIndex } from '../../../src/lib/index/open.ts';
import { declareSource } from '../../../src/lib/index/read-source.ts';
import { locate } from '../../../src/lib/install/locate.ts';
import { IndexStore } from '../../../src/lib/sync/store.ts';
import { crawledPackage } from '../../support/crawled.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const ECHO = '@acme/echo' as PackageName;
const WEB = '@acme/web' as PackageName;

describe('a name', () => {
  const home = temporaryFolder();

  /** As a crawl leaves it that was cut off, unless it is whole. */
  function crawled(name: string, packages: readonly PackageName[], isWhole: boolean) {
    const store = new IndexStore(home(), new URL(`https://${name}.example.com`));
    store.create();
    const file = store.newIndexFile();
    const db = openIndex(file);
    db.transaction(() => {
      declareSource(db, 'bundles');
      const applier = new CrawledApplier(db);
      for (const each of packages) applier.apply(crawledPackage(each), { pass: 1, round: 1 });
      applier.flush();
    })();
    if (isWhole) finishRound(db, new Date('2026-03-01T00:00:00.000Z'));
    db.close();
    store.switchTo(file);
    return { name, store };
  }

  function refusal(work: () => unknown): MpakError {
    try {
      work();
    } catch (error) {
      if (error instanceof MpakError) return error;
      throw error;
    }
    throw new Error('it was not refused');
  }

  it('is not taken from behind a registry whose crawl was cut off, for that may have it', () => {
    const second = crawled('second', [ECHO, WEB], true);
    const cut = crawled('first', [WEB], false);
    const refused = refusal(() => locate([cut, second], ECHO));
    expect(refused.code).to.equal('INDEX_MISSING');
    expect(refused.message).to.include('first.example.com').and.include('not complete');
    expect(refused.hint).to.include('mpak sync').and.include('none is taken from behind it');
    // What it has already is its own.
    expect(locate([cut, second], WEB).index.name).to.equal('first');
    expect(locate([second, cut], ECHO).index.name).to.equal('second');
    expect(refusal(() => locate([second, cut], '@acme/none' as PackageName)).code).to.equal('NOT_FOUND');
  });

  it('is taken from the next one once the first is whole and does not have it', () => {
    const second = crawled('second', [ECHO], true);
    expect(locate([crawled('first', [WEB], true), second], ECHO).index.name).to.equal('second');
  });
});
