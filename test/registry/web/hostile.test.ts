import path from 'node:path';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import type { PublishEntry } from '../../../src/lib/log/entry.ts';
import { describeInBrowser, sharedChromium } from '../../support/browser.ts';
import { type RegistryProcess, startRegistry } from '../../support/registry.ts';
import { writeRegistryFolder } from '../../support/registry-folder.ts';
import { sharedFolder } from '../support/shared-folder.ts';
import { HOSTILE_COUNT, hostileEntries, hostileReport, hostileText } from './hostile-manifests.ts';

/** What a page may hold, asked of the page: nothing in it says who wrote its texts. */
const INSPECT = `(() => {
  const all = [...document.querySelectorAll('*')];
  const links = [...document.querySelectorAll('a[href]')];
  const away = links.filter(({ origin }) => origin !== location.origin);
  return {
    pwned: window.pwned ?? null,
    scripts: [...document.scripts].map(({ src, text }) => new URL(src).pathname.replace(/-[0-9a-f]{12}/, '') + text),
    forbidden: all.filter(({ localName }) => [
      'iframe', 'object', 'embed', 'base', 'img', 'style', 'math', 'video', 'audio', 'frame', 'applet', 'template',
    ].includes(localName)).map(({ outerHTML }) => outerHTML.slice(0, 200)),
    attributes: all.flatMap((element) => element.getAttributeNames()
      .filter((name) => name.startsWith('on') || ['style', 'srcdoc', 'formaction', 'background', 'ping'].includes(name))
      .map((name) => element.localName + ' ' + name)),
    forms: [...document.forms].map(({ action }) => new URL(action).origin === location.origin),
    schemes: [...new Set(links.map(({ protocol }) => protocol))].filter((each) => !['http:', 'https:'].includes(each)),
    unrelated: away.filter(({ rel }) => rel !== 'nofollow noopener noreferrer ugc').map(({ outerHTML }) => outerHTML),
    unseen: /[\\u200b-\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufeff]/.test(document.documentElement.textContent),
    overflow: document.documentElement.scrollWidth - innerWidth,
    tall: document.documentElement.scrollHeight > 150_000,
    sections: [...document.querySelectorAll('main section[id]')].length > 5,
    visible: getComputedStyle(document.querySelector('h1')).display !== 'none',
  };
})()`;

const HARMLESS = {
  pwned: null,
  scripts: ['/assets/script.js'],
  forbidden: [],
  attributes: [],
  forms: [],
  schemes: [],
  unrelated: [],
  unseen: false,
  overflow: 0,
  tall: false,
  sections: true,
  visible: true,
};

describeInBrowser('pages of hostile manifests', () => {
  const folder = sharedFolder();
  const open = sharedChromium();
  let registry: RegistryProcess;

  before(async () => {
    const data = path.join(folder(), 'data');
    const entries = hostileEntries();
    const published = entries.filter((entry): entry is PublishEntry => entry.kind === 'publish');
    const reports = published.map((entry, index) => ({
      ...{ package: entry.package, version: '1.0.0', sha256: entry.artifact.sha256 },
      report: hostileReport(entry, hostileText(index)),
    }));
    // Half of them keep what the log alone says of the scan.
    writeRegistryFolder(
      data,
      entries,
      reports.filter((_, index) => index % 2 === 0),
    );
    registry = await startRegistry({ data });
  });
  after(() => registry?.stop());

  /** A page on which a policy would stop nothing: what holds here holds by escaping alone. */
  async function unprotected(): Promise<{ page: Page; problems: string[] }> {
    const context = await open({ bypassCSP: true, viewport: { width: 320, height: 640 } });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('dialog', (dialog) => problems.push(`dialog ${dialog.message()}`));
    page.on('popup', (popup) => problems.push(`popup ${popup.url()}`));
    page.on('request', (request) => {
      if (new URL(request.url()).hostname !== '127.0.0.1') problems.push(`request ${request.url()}`);
    });
    page.on('pageerror', ({ message }) => problems.push(`error ${message}`));
    return { page, problems };
  }

  it('run nothing, load nothing and break no layout, for fifty of them', async function () {
    this.timeout(120_000);
    expect(HOSTILE_COUNT).to.be.at.least(50);
    const { page, problems } = await unprotected();
    for (let index = 0; index < HOSTILE_COUNT; index += 1) {
      const target = `/@hostile/p${index}`;
      const answer = await page.goto(registry.url + target);
      expect(answer?.status(), target).to.equal(200);
      await page.evaluate('for (const each of document.querySelectorAll("details")) each.open = true');
      expect(await page.evaluate(INSPECT), `${target}: ${hostileText(index).slice(0, 60)}`).to.deep.equal(
        HARMLESS,
      );
    }
    expect(problems).to.deep.equal([]);
  });

  it('do neither in the list of results, nor in the log', async function () {
    this.timeout(60_000);
    const { page, problems } = await unprotected();
    for (const target of ['/', '/?q=hostile&limit=100', '/log', '/log/0', '/log/135']) {
      await page.goto(registry.url + target);
      const found = (await page.evaluate(INSPECT)) as typeof HARMLESS;
      const { sections: _sections, forms, ...rest } = found;
      const { sections: _none, forms: _forms, ...harmless } = HARMLESS;
      expect(rest, target).to.deep.equal(harmless);
      expect(forms, target).to.not.include(false);
    }
    expect(problems).to.deep.equal([]);
  });

  it('take back nothing of what a search says, whatever is searched for', async () => {
    const { page, problems } = await unprotected();
    const typed = `"><script>window.pwned=1</script><img src=x onerror=window.pwned=1>`;
    await page.goto(`${registry.url}/?q=${encodeURIComponent(typed)}`);
    expect(await page.getByRole('searchbox').inputValue()).to.equal(typed);
    expect(await page.evaluate(INSPECT)).to.deep.include({
      pwned: null,
      forbidden: [],
      attributes: [],
      forms: [true],
    });
    await page.goto(`${registry.url}/${encodeURIComponent(typed)}`);
    expect(await page.evaluate(INSPECT)).to.deep.include({ pwned: null, forbidden: [], attributes: [] });
    expect(problems).to.deep.equal([]);
  });

  it('would be stopped by the policy of the page, if a script stood in one', async () => {
    const context = await open();
    const page = await context.newPage();
    await page.goto(`${registry.url}/@hostile/p0`);
    const stopped = await page.evaluate(`new Promise((resolve) => {
      const seen = [];
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
        seen.push(effectiveDirective);
        if (seen.length === 3) resolve(seen.sort());
      });
      const script = document.createElement('script');
      script.textContent = 'window.pwned = 1';
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<img src="https://attacker.example/x.png"><p style="color:red">');
    })`);
    expect(stopped).to.deep.equal(['img-src', 'script-src-elem', 'style-src-attr']);
    expect(await page.evaluate('window.pwned ?? null')).to.equal(null);
  });
});
