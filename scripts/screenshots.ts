/**
 * Makes the pictures of docs/images: each page of a real registry in a real Chromium, and what mpak prints on a terminal.
 * Needs Chromium (or CHROMIUM), and `script` of util-linux for the terminal.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { launchChromium } from '../test/support/browser.ts';
import { mpak, programLine } from '../test/support/cli.ts';
import { startRegistry } from '../test/support/registry.ts';
import { writeRegistryFolder } from '../test/support/registry-folder.ts';
import { SHOWN, showcase } from '../test/support/showcase.ts';
import { terminalPage } from './terminal-page.ts';

const FOLDER = path.join(import.meta.dirname, '../docs/images');
const MOST_BYTES = 200_000;
const COLUMNS = 104;
const DESKTOP = { width: 1200, height: 860 };
const PHONE = { width: 360, height: 780 };

interface Shot {
  readonly file: string;
  readonly target: string;
  readonly options: BrowserContextOptions;
  /** Scrolled to the top of the picture. */
  readonly at?: string;
}

const SHOTS: readonly Shot[] = [
  { file: 'search.png', target: '/?q=postgres', options: { viewport: DESKTOP } },
  { file: 'package.png', target: `/${SHOWN}`, options: { viewport: DESKTOP } },
  {
    file: 'proof-dark.png',
    target: `/${SHOWN}`,
    options: { viewport: { width: 1200, height: 1000 }, colorScheme: 'dark' },
    at: '#proof',
  },
  { file: 'package-phone.png', target: `/${SHOWN}`, options: { viewport: PHONE, deviceScaleFactor: 1.5 } },
  { file: 'log.png', target: '/log', options: { viewport: DESKTOP } },
  { file: 'api.png', target: '/api', options: { viewport: DESKTOP } },
];

const folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-screenshots-'));
const { entries, reports } = showcase(600);
writeRegistryFolder(path.join(folder, 'data'), entries, reports);
const registry = await startRegistry({
  data: path.join(folder, 'data'),
  args: ['--origin', 'registry.example.com', '--public-url', 'https://registry.example.com'],
});
let browser: Browser | undefined;
try {
  mkdirSync(FOLDER, { recursive: true });
  browser = await launchChromium();
  for (const shot of SHOTS) await photograph(browser, shot);
  await photographTerminal(browser);
} finally {
  await browser?.close();
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function photograph(browser: Browser, { file, target, options, at }: Shot): Promise<void> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(registry.url + target);
  if (at !== undefined) await page.evaluate(`document.querySelector(${JSON.stringify(at)}).scrollIntoView()`);
  await page.screenshot({ path: path.join(FOLDER, file) });
  await context.close();
  measured(file);
}

async function photographTerminal(browser: Browser): Promise<void> {
  const home = path.join(folder, 'home');
  mkdirSync(home);
  const synced = await mpak(home, ['sync'], { MPAK_REGISTRY_URL: registry.url });
  if (synced.status !== 0) throw new Error(synced.stderr);
  const session = (...args: string[]) => ({
    command: `mpak ${args.join(' ')}`,
    output: onTerminal(home, args),
  });
  const pictures = [
    ['terminal-search.png', [session('search', 'postgres', '--limit', '12')]],
    ['terminal-show.png', [session('bundle', 'show', SHOWN)]],
  ] as const;
  for (const [file, sessions] of pictures) {
    const page = await browser.newPage({ viewport: { width: 1000, height: 400 } });
    await page.setContent(terminalPage(sessions));
    await page.locator('body').screenshot({ path: path.join(FOLDER, file) });
    await page.close();
    measured(file);
  }
}

/** What a command prints on a terminal of that width, with its styles. */
function onTerminal(home: string, args: readonly string[]): string {
  const quoted = [...programLine('mpak'), ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const line = `stty cols ${COLUMNS} rows 50; ${quoted.join(' ')}`;
  const { stdout, status } = spawnSync('script', ['-qec', line, '/dev/null'], {
    encoding: 'utf8',
    env: {
      ...{ PATH: process.env.PATH, HOME: home, MPAK_HOME: path.join(home, '.mpak'), TERM: 'xterm-256color' },
      ...{ MPAK_REGISTRY_URL: registry.url, MPAK_NO_UPDATE_CHECK: '1', SHELL: '/bin/sh' },
    },
  });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stdout}`);
  return stdout;
}

function measured(file: string): void {
  const { size } = statSync(path.join(FOLDER, file));
  if (size > MOST_BYTES) throw new Error(`${file} has ${size} bytes, and may have ${MOST_BYTES}`);
  console.log(`${file}  ${Math.round(size / 1000)} kB`);
}
