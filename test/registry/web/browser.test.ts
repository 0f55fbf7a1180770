import path from 'node:path';
import axe from 'axe-core';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { chromiumPath, describeInBrowser, sharedChromium } from '../../support/browser.ts';
import { type RegistryProcess, startRegistry } from '../../support/registry.ts';
import { writeRegistryFolder } from '../../support/registry-folder.ts';
import { SHOWN, showcase } from '../../support/showcase.ts';
import { sharedFolder } from '../support/shared-folder.ts';

const INSTALL = `mpak bundle install ${SHOWN}`;
const PAGES = [
  '/',
  '/?q=postgres',
  '/?q=nothing-of-that-name',
  `/${SHOWN}`,
  `/${SHOWN}/versions/1.3.0`,
  '/@acme/old-postgres',
  '/log',
  '/log/3',
  '/api',
  '/@acme/none',
];

describeInBrowser('the pages in a browser', () => {
  const folder = sharedFolder();
  const open = sharedChromium();
  let registry: RegistryProcess;

  before(async () => {
    const data = path.join(folder(), 'data');
    const { entries, reports } = showcase();
    writeRegistryFolder(data, entries, reports);
    registry = await startRegistry({ data });
  });
  after(() => registry?.stop());

  it('find a package as one types, open it, and copy its command', async () => {
    const context = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    const outside = outsideRequests(page);
    await page.goto(registry.url);
    await page.getByRole('searchbox').pressSequentially('postgr', { delay: 20 });
    await page.waitForURL(`${registry.url}/?q=postgr`);
    await page.locator('.count', { hasText: 'postgr' }).waitFor();
    await page.getByRole('link', { name: SHOWN, exact: true }).click();
    await page.getByRole('button', { name: 'Copy install command' }).click();
    await page.locator('#install button', { hasText: 'Copied' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).to.equal(INSTALL);
    expect(outside).to.deep.equal([]);
  });

  it('say that a search was refused, and why, instead of showing what was found before', async () => {
    const limited = await startRegistry({
      data: path.join(folder(), 'limited'),
      args: ['--rate-reads', '7'],
    });
    try {
      const page = await (await open()).newPage();
      const problems: string[] = [];
      page.on('pageerror', ({ message }) => problems.push(message));
      await page.goto(limited.url);
      await page.getByRole('searchbox').pressSequentially('postgres', { delay: 200 });
      await page
        .locator('#results .count', { hasText: /^Too many requests: the search goes on in \d+ s\.$/ })
        .waitFor();
      expect(await page.locator('#announce').textContent()).to.match(/^Too many requests/);
      await limited.stop();
      await page.getByRole('searchbox').press('Enter');
      await page.locator('#results .count', { hasText: 'The registry cannot be reached.' }).waitFor();
      expect(problems).to.deep.equal([]);
    } finally {
      await limited.stop();
    }
  });

  it('keep what else was asked for when one types', async () => {
    const page = await (await open()).newPage();
    await page.goto(`${registry.url}/?os=linux&arch=x64`);
    await page.getByRole('searchbox').pressSequentially('postgres');
    await page.waitForURL((url) => url.searchParams.get('q') === 'postgres');
    expect(new URL(page.url()).searchParams.get('os')).to.equal('linux');
  });

  it('do the same without JavaScript, but for the copying', async () => {
    const context = await open({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(registry.url);
    await page.getByRole('searchbox').fill('postgres');
    await page.getByRole('searchbox').press('Enter');
    await page.getByRole('link', { name: SHOWN, exact: true }).click();
    expect(await page.getByRole('button', { name: /copy/i }).count()).to.equal(0);
    expect(await page.locator('#install pre').first().textContent()).to.equal(INSTALL);
    await page.getByText('Claude Code').click();
    expect(await page.locator('details[open] pre').textContent()).to.equal(
      `mpak client add ${SHOWN} --client claude-code`,
    );
  });

  it('can be used by keyboard alone', async () => {
    const page = await (await open()).newPage();
    await page.goto(registry.url);
    await page.keyboard.press('Tab');
    expect(await focused(page)).to.equal('Skip to the content');
    for (let presses = 0; (await focused(page)) !== 'q'; presses += 1) {
      expect(presses, 'presses of Tab to the search').to.be.lessThan(10);
      await page.keyboard.press('Tab');
    }
    await page.keyboard.type('postgres');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: SHOWN, exact: true }).waitFor();
    for (let presses = 0; (await focused(page)) !== SHOWN; presses += 1) {
      expect(presses, 'presses of Tab to the package').to.be.lessThan(20);
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.waitForURL(`${registry.url}/${SHOWN}`);
  });

  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 320],
  ] as const) {
    it(`have nothing that axe calls serious, in ${colorScheme} colours at ${width} pixels`, async function () {
      this.timeout(60_000);
      const context = await open({ colorScheme, viewport: { width, height: 800 } });
      const page = await context.newPage();
      for (const target of PAGES) {
        await page.goto(registry.url + target);
        expect(await serious(page), target).to.deep.equal([]);
        expect(await overflow(page), target).to.equal(0);
      }
    });
  }
});

describe('a missing browser', () => {
  it('is said with what to install', () => {
    const none = () => false;
    expect(() => chromiumPath({}, none)).to.throw(/apt-get install chromium/);
    expect(() => chromiumPath({ CHROMIUM: '/opt/chromium' }, none)).to.throw(/there is none/);
    expect(chromiumPath({ CHROMIUM: '/opt/chromium' }, () => true)).to.equal('/opt/chromium');
  });
});

/** The addresses of what the page asks for from elsewhere, as it does. */
function outsideRequests(page: Page): string[] {
  const outside: string[] = [];
  page.on('request', (request) => {
    const { hostname } = new URL(request.url());
    if (hostname !== '127.0.0.1') outside.push(request.url());
  });
  return outside;
}

/** Name or text of what has the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate('document.activeElement.name || document.activeElement.textContent');
}

function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth');
}

async function serious(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] })',
  )) as axe.AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
}
