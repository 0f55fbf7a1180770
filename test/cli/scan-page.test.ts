import { expect } from 'chai';
import stringWidth from 'string-width';
import { scanLines } from '../../src/cli/scan-page.ts';
import type { Screen } from '../../src/cli/screen.ts';
import { CATALOGUE } from '../../src/lib/certification/catalogue.ts';
import { type Answer, control } from '../../src/lib/certification/control.ts';
import type { Finding } from '../../src/lib/certification/finding.ts';
import { bundleOf, bundleWithManifest, scanOf } from '../support/certified-bundle.ts';

const PIPE: Screen = { isTTY: false, columns: 80, style: (_, text) => text };
const terminal = (columns: number): Screen => ({ ...PIPE, isTTY: true, columns });
const FINDING: Finding = {
  severity: 'high',
  file: 'server/index.js',
  line: 3,
  title: 'It calls eval',
  remedy: 'Do without it.',
  blocks: 3,
};

/** A real scan in which every control passes but those that are given. */
async function page(
  answers: Readonly<Record<string, Answer>>,
  screen = PIPE,
  bundle = bundleOf(),
): Promise<string[]> {
  const controls = CATALOGUE.map(({ id }) => control(id, { check: () => answers[id] ?? { findings: [] } }));
  return scanLines(await scanOf(bundle, {}, { controls }), 'echo.mcpb', screen);
}

describe('the report of a scan', () => {
  it('says the level, what keeps it from the next, where and what to do, then the rest', async () => {
    const lines = await page({
      'CQ-05': { findings: [FINDING] },
      'PR-05': { skip: 'No Scorecard is configured.' },
      'AI-04': { skip: 'Nothing rebuilds it.' },
      'CQ-06': { skip: 'Nothing rebuilds it.' },
      'PR-01': { findings: [{ ...FINDING, severity: 'low', file: null, line: null, blocks: null }] },
    });
    expect(lines[0]).to.equal('@acme/echo 1.0.0: L2 Standard');
    expect(lines.slice(3)).to.deep.equal([
      '',
      'What keeps it from L3',
      '  CQ-05 Safe execution (L3)',
      '    high  server/index.js:3 (blocks L3)',
      '      It calls eval',
      '      Do without it.',
      '  PR-05 Repository health (L3)',
      '    Not judged: No Scorecard is configured.',
      '',
      'What else was found',
      '  PR-01 Source repository (L2)',
      '    low  the bundle',
      '      It calls eval',
      '      Do without it.',
      '',
      'Not judged, so not passed',
      '  AI-04, CQ-06: Nothing rebuilds it.',
      '',
      '21 of 25 controls passed, 1 failed, 3 skipped.',
    ]);
  });

  it('has nothing that keeps a bundle of the highest level', async () => {
    const lines = await page({});
    expect(lines[0]).to.equal('@acme/echo 1.0.0: L4 Attested');
    expect(lines.join('\n')).to.not.include('keeps');
  });

  it('says why an archive is refused, by the name of the file', async () => {
    const report = await scanOf(Buffer.from('none'));
    const text = scanLines(report, 'echo.mcpb', PIPE).join('\n');
    expect(text)
      .to.match(/^echo\.mcpb: L0 None\n/)
      .and.include('ARCHIVE_NOT_ZIP');
  });

  it('counts the findings of a control that it does not print', async () => {
    const findings = Array.from({ length: 13 }, (_, line) => ({ ...FINDING, line: line + 1 }));
    const text = (await page({ 'CQ-05': { findings } })).join('\n');
    expect(text.split('It calls eval')).to.have.length(11);
    expect(text).to.include('… and 3 more findings: see --json');
  });

  it('fits a terminal of any width, and loses no word', async () => {
    const title = 'It reads many things that nobody told it to, among them 日本語日本語日本語日本語';
    const file = `server/${'deep/'.repeat(20)}index.js`;
    for (const columns of [40, 60, 100]) {
      const lines = await page({ 'CQ-05': { findings: [{ ...FINDING, title, file }] } }, terminal(columns));
      for (const line of lines.filter((each) => !each.startsWith('sha256')))
        expect(stringWidth(line), line).to.be.at.most(columns);
      const text = lines.map((line) => line.trim()).join('');
      expect(text.replaceAll(' ', '')).to.include(title.replaceAll(' ', '')).and.include(file);
    }
  });

  it('lets nobody write lines, colours or commands of his own', async () => {
    const hostile = 'x\u001b[31m\n  L4 Attested\u202e\u0007';
    const bundle = bundleWithManifest({ name: hostile, version: hostile });
    const finding = { ...FINDING, title: hostile, remedy: hostile, file: hostile };
    const lines = await page({ 'CQ-05': { findings: [finding] }, 'CQ-06': { skip: hostile } }, PIPE, bundle);
    expect(lines.join('')).to.not.match(/[\p{Cc}\u202e]/u);
    expect(lines.filter((line) => line.trim().startsWith('L4'))).to.deep.equal([]);
  });
});
