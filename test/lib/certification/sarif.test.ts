import { expect } from 'chai';
import { CATALOGUE } from '../../../src/lib/certification/catalogue.ts';
import { control } from '../../../src/lib/certification/control.ts';
import type { Finding } from '../../../src/lib/certification/finding.ts';
import { sarifOf } from '../../../src/lib/certification/sarif.ts';
import { bundleOf, scanOf } from '../../support/certified-bundle.ts';

const FINDING: Finding = {
  severity: 'high',
  file: 'server/index.js',
  line: 3,
  title: 'It calls eval',
  remedy: 'Do without it.',
  blocks: 3,
};

interface Sarif {
  readonly version: string;
  readonly runs: [
    {
      readonly tool: {
        readonly driver: { readonly name: string; readonly rules: { readonly id: string }[] };
      };
      readonly invocations: [
        {
          readonly executionSuccessful: boolean;
          readonly toolExecutionNotifications: {
            readonly level: string;
            readonly message: { text: string };
          }[];
        },
      ];
      readonly results: {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly level: string;
        readonly message: { readonly text: string };
        readonly locations: [
          {
            readonly physicalLocation: {
              readonly artifactLocation: { readonly uri: string };
              readonly region: { readonly startLine: number };
            };
          },
        ];
        readonly partialFingerprints: { readonly primaryLocationLineHash: string };
      }[];
    },
  ];
}

/** Of a real bundle in which one control finds what is given. */
async function sarif(findings: readonly Finding[], folder?: string): Promise<Sarif['runs'][0]> {
  const found = control('CQ-05', { check: () => ({ findings }) });
  const skipped = control('SC-02', { check: () => ({ skip: 'There is no vulnerability data.' }) });
  const report = await scanOf(bundleOf(), {}, { controls: [found, skipped] });
  const log = sarifOf(report, folder) as Sarif;
  expect(log.version).to.equal('2.1.0');
  return JSON.parse(JSON.stringify(log.runs[0]));
}

describe('a report as SARIF', () => {
  it('has a rule for each control, and a result for each finding at its file and line', async () => {
    const { tool, results } = await sarif([FINDING]);
    expect(tool.driver.rules.map(({ id }) => id)).to.deep.equal(CATALOGUE.map(({ id }) => id));
    expect(results).to.have.length(1);
    const [{ ruleId, ruleIndex, level, message, locations }] = results as [Sarif['runs'][0]['results'][0]];
    expect(tool.driver.rules[ruleIndex]?.id).to.equal(ruleId).and.to.equal('CQ-05');
    expect([level, message.text]).to.deep.equal(['error', 'It calls eval. Do without it.']);
    const { artifactLocation, region } = locations[0].physicalLocation;
    expect([artifactLocation.uri, region.startLine]).to.deep.equal(['server/index.js', 3]);
  });

  it('has a level for each severity', async () => {
    const severities = ['critical', 'high', 'medium', 'low', 'info'] as const;
    const { results } = await sarif(severities.map((severity) => ({ ...FINDING, severity })));
    expect(results.map(({ level }) => level)).to.deep.equal(['error', 'error', 'warning', 'note', 'note']);
  });

  it('shows what is found in the whole bundle at its manifest', async () => {
    const { results } = await sarif([{ ...FINDING, file: null, line: null }]);
    const { artifactLocation, region } = results[0]?.locations[0].physicalLocation ?? expect.fail();
    expect([artifactLocation.uri, region.startLine]).to.deep.equal(['manifest.json', 1]);
  });

  it('has paths of the repository, as URIs, whatever a file is called', async () => {
    const hostile = { ...FINDING, file: 'a b/#?%41/\ud800:\u202e.js' };
    const { results } = await sarif([hostile], 'packages/echo');
    const { uri } = results[0]?.locations[0].physicalLocation.artifactLocation ?? expect.fail();
    expect(uri).to.equal('packages/echo/a%20b/%23%3F%2541/%EF%BF%BD%3A%E2%80%AE.js');
  });

  it('has fingerprints that stay when code moves, and differ between findings', async () => {
    const of = async (...findings: Finding[]) =>
      (await sarif(findings)).results.map((each) => each.partialFingerprints.primaryLocationLineHash);
    const before = await of(FINDING, { ...FINDING, line: 9 }, { ...FINDING, title: 'It calls exec' });
    expect(new Set(before).size).to.equal(3);
    const moved = await of(
      { ...FINDING, line: 13 },
      { ...FINDING, line: 19 },
      { ...FINDING, title: 'It calls exec', line: 13 },
    );
    expect(moved.sort()).to.deep.equal(before.sort());
  });

  it('tells what was not judged apart from what was found', async () => {
    const { invocations, results } = await sarif([]);
    expect(results).to.deep.equal([]);
    const [{ executionSuccessful, toolExecutionNotifications }] = invocations;
    // Controls that this scan does not have could not be judged.
    expect(executionSuccessful).to.equal(false);
    const texts = toolExecutionNotifications.map(({ level, message }) => `${level} ${message.text}`);
    expect(texts).to.include('note SC-02 No known severe vulnerability: There is no vulnerability data.');
    expect(texts.filter((text) => text.startsWith('error'))).to.have.length(CATALOGUE.length - 2);
  });
});
