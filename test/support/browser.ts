/**
 * A real Chromium, driven over its own protocol. CHROMIUM names it, and then it must be there: who sets it promises a
 * browser. Else it is looked for where distributions put it.
 */
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @throws an Error that says what to install */
export function chromiumPath(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  exists: (file: string) => boolean = existsSync,
): string {
  const { CHROMIUM: promised } = environment;
  const found = promised ? [promised].find(exists) : USUAL_PLACES.find(exists);
  if (found !== undefined) return found;
  throw new Error(
    promised
      ? `CHROMIUM says that a browser is at ${promised}, and there is none.`
      : 'The tests of pages need Chromium, and there is none. Install it (Debian: apt-get install chromium; macOS: ' +
          'brew install --cask chromium), or set CHROMIUM to where it is.',
  );
}

/**
 * A `describe` that needs a browser. Where there is none and nobody has promised one, it is told what to install, and that
 * this was not tested.
 */
export function describeInBrowser(title: string, body: () => void): void {
  if (process.env.CHROMIUM || USUAL_PLACES.some(existsSync)) {
    describe(title, body);
    return;
  }
  describe(title, () => {
    it('are not tested: it is said what to install', () => {
      expect(() => chromiumPath()).to.throw(/apt-get install chromium/);
      console.warn(
        `NOT TESTED: ${title}. Install Chromium (Debian: apt-get install chromium), or set CHROMIUM.`,
      );
    });
  });
}

/** Each start has a profile of its own, which is removed with it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: ARGUMENTS });
}

/** A browser for all tests of a `describe`. @returns opens a context, which is closed after its test */
export function sharedChromium(): (options?: BrowserContextOptions) => Promise<BrowserContext> {
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  before(async function () {
    this.timeout(60_000);
    browser = await launchChromium();
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });
  after(() => browser?.close());
  return async (options = {}) => {
    const context = await browser.newContext(options);
    contexts.push(context);
    return context;
  };
}
