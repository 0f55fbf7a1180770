import { expect } from 'chai';
import { execution } from '../../../../src/lib/certification/controls/cq-05-execution.ts';
import { bundleOf, resultOf, scanOf } from '../../../support/certified-bundle.ts';
import { HONEST, HOSTILE, type Sample } from '../../../support/execution-corpus.ts';

async function isFound({ file, text }: Sample): Promise<boolean> {
  const { controls } = await scanOf(bundleOf({ [file]: text }), {}, { controls: [execution] });
  const result = controls.find(({ id }) => id === 'CQ-05');
  return result?.status === 'fail' && result.findings.every(({ file: where }) => where === file);
}

async function wrong(samples: readonly Sample[], expected: boolean): Promise<string[]> {
  const found: string[] = [];
  for (const each of samples) {
    if ((await isFound(each)) !== expected) found.push(`${each.category}: ${each.text}`);
  }
  return found;
}

const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;

describe('CQ-05, safe execution', () => {
  it('misses nothing of the hostile, and takes nothing honest for it', async () => {
    expect(HOSTILE.length).to.be.greaterThan(29);
    expect(HONEST.length).to.be.greaterThan(29);
    const missed = await wrong(HOSTILE, true);
    const alarms = await wrong(HONEST, false);
    console.log(
      `      detected ${HOSTILE.length - missed.length} of ${HOSTILE.length} (${percent(HOSTILE.length - missed.length, HOSTILE.length)}), ` +
        `false alarms ${alarms.length} of ${HONEST.length} (${percent(alarms.length, HONEST.length)})`,
    );
    expect(missed, missed.join('\n---\n')).to.deep.equal([]);
    expect(alarms, alarms.join('\n---\n')).to.deep.equal([]);
  });

  it('says where, and blocks the third level', async () => {
    const text = "import { exec } from 'child_process';\n\nexport const f = (x) => exec(x);\n";
    const { status, allows, findings } = await resultOf(bundleOf({ 'server/run.js': text }), 'CQ-05');
    expect({ status, allows }).to.deep.equal({ status: 'fail', allows: 2 });
    expect(findings).to.have.length(1);
    expect(findings[0]).to.include({ file: 'server/run.js', line: 3, severity: 'high', blocks: 3 });
  });

  it('passes a bundle that runs nothing, whatever packages and tests do', async () => {
    const text = 'eval(process.argv[2]);\n';
    const files = { 'node_modules/zod/other.js': text, 'tests/run.js': text };
    expect((await resultOf(bundleOf(files), 'CQ-05')).status).to.equal('pass');
  });

  it('ends for statements that begin with thousands of comments, as with a statement', async () => {
    const begin = '/**/'.repeat(2400);
    const text = `export const f = (db, x) => db.query("${begin}" + x);\n`;
    expect((await resultOf(bundleOf({ 'server/a.js': text }), 'CQ-05')).status).to.equal('pass');
    const select = text.replace('" + x', 'SELECT a FROM b WHERE c = " + x');
    expect((await resultOf(bundleOf({ 'server/a.js': select }), 'CQ-05')).status).to.equal('fail');
  });

  it('passes no code that it cannot read', async () => {
    const deep = `x = ${'['.repeat(5000)}${']'.repeat(5000)}\n`;
    const { status, reason } = await resultOf(bundleOf({ 'server/deep.js': deep }), 'CQ-05');
    expect(status).to.equal('skip');
    expect(reason).to.equal('"server/deep.js" cannot be read as code: it is nested too deeply.');
  });
});
