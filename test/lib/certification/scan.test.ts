import { expect } from 'chai';
import { CATALOGUE, catalogueEntry } from '../../../src/lib/certification/catalogue.ts';
import { type Control, control } from '../../../src/lib/certification/control.ts';
import type { Finding } from '../../../src/lib/certification/finding.ts';
import { canonicalJson, controlStatuses } from '../../../src/lib/certification/report.ts';
import { bundleOf, scanOf } from '../../support/certified-bundle.ts';

const FINDING: Finding = {
  severity: 'high',
  file: null,
  line: null,
  title: 'Wrong',
  remedy: 'Mend it.',
  blocks: null,
};

/** All pass, but those given. */
function all(...others: readonly Control[]): Control[] {
  return CATALOGUE.map(
    ({ id }) =>
      others.find((each) => each.id === id) ?? { ...catalogueEntry(id), check: () => ({ findings: [] }) },
  );
}

const scanWith = (...others: readonly Control[]) => scanOf(bundleOf(), {}, { controls: all(...others) });

describe('a scan', () => {
  it('grades what passes everything 4', async () => {
    const { level, keepsFromNext } = await scanWith();
    expect({ level, keepsFromNext }).to.deep.equal({ level: 4, keepsFromNext: [] });
  });

  it('counts a control that was skipped, failed or is unknown as not passed', async () => {
    const skip = control('SC-02', { check: () => ({ skip: 'There is no data.' }) });
    const fail = control('SC-02', { check: () => ({ findings: [{ ...FINDING, blocks: 2 as const }] }) });
    const crash = control('SC-02', {
      check: () => {
        throw new TypeError('undefined is no function');
      },
    });
    for (const [each, status] of [
      [skip, 'skip'],
      [fail, 'fail'],
      [crash, 'error'],
    ] as const) {
      const report = await scanWith(each);
      expect(report.level).to.equal(1);
      expect(report.keepsFromNext).to.deep.equal(['SC-02']);
      expect(controlStatuses(report)['SC-02']).to.equal(status);
    }
    expect((await scanOf(bundleOf(), {}, { controls: all().slice(1) })).level).to.equal(0);
  });

  it('lets a control pass at its level and hold the bundle below another', async () => {
    const capped = control('AI-01', { check: () => ({ findings: [{ ...FINDING, blocks: 2 as const }] }) });
    const report = await scanWith(capped);
    expect(report.level).to.equal(1);
    expect(report.keepsFromNext).to.deep.equal(['AI-01']);
    expect(report.controls[0]).to.deep.include({ status: 'pass', allows: 1 });
  });

  it('takes what blocks nothing for no more than known', async () => {
    const noted = control('AI-01', { check: () => ({ findings: [FINDING] }) });
    expect((await scanWith(noted)).level).to.equal(4);
  });

  it('fails what was found, even when the rest was skipped', async () => {
    const both = control('SC-02', {
      check: () => ({ skip: 'Half of it.', findings: [{ ...FINDING, blocks: 2 as const }] }),
    });
    expect(controlStatuses(await scanWith(both))['SC-02']).to.equal('fail');
  });

  it('ends a control that fails at a file, and no other', async () => {
    const seen: string[] = [];
    const bad = control<string>('CQ-01', {
      observe: () => {
        throw new Error('unexpected');
      },
      check: () => ({ findings: [] }),
    });
    const good = control<string>('CQ-02', {
      observe: ({ path }) => {
        seen.push(path);
        return path;
      },
      check: (_bundle, _context, observed) => {
        expect(observed.map(({ path }) => path)).to.deep.equal(seen);
        return { findings: [] };
      },
    });
    const report = await scanWith(bad, good);
    expect(controlStatuses(report)).to.include({ 'CQ-01': 'error', 'CQ-02': 'pass' });
    expect(seen)
      .to.deep.equal([...seen].sort())
      .and.to.include('server/index.js');
  });

  it('ends a control that never ends, and lets the others finish', async () => {
    const endless = control<string>('CQ-01', {
      observe: ({ path }) =>
        path === 'server/index.js' ? String(/^(a+)+$/.test(`${'a'.repeat(64)}b`)) : undefined,
      check: () => ({ findings: [] }),
    });
    const hanging = control('SC-01', {
      check: () => {
        for (;;);
      },
    });
    const good = control<string>('CQ-02', {
      observe: ({ path }) => path,
      check: (bundle, _context, observed) => {
        expect(observed).to.have.length(bundle.files.length);
        return { findings: [] };
      },
    });
    const limits = { stepMilliseconds: 200 };
    const report = await scanOf(bundleOf(), {}, { controls: all(endless, hanging, good), limits });
    expect(controlStatuses(report)).to.include({ 'CQ-01': 'error', 'SC-01': 'error', 'CQ-02': 'pass' });
    expect(report.controls.find(({ id }) => id === 'CQ-01')?.reason).to.contain('server/index.js');
  });

  it('says the same in the same bytes, in whatever order it was found', async () => {
    const places = ['b.js', 'a.js', 'a.js'].map((file, index) => ({ ...FINDING, file, line: 3 - index }));
    const said = await Promise.all(
      [places, [...places].reverse()].map((findings) =>
        scanWith(control('CQ-03', { check: () => ({ findings }) })),
      ),
    );
    const [one, other] = said.map(canonicalJson);
    expect(one).to.equal(other);
    expect(
      said[0]?.controls.find(({ id }) => id === 'CQ-03')?.findings.map(({ file }) => file),
    ).to.deep.equal(['a.js', 'a.js', 'b.js']);
  });

  it('tells how far it is', async () => {
    const steps: [number, number][] = [];
    await scanOf(bundleOf(), {}, { progress: (done, total) => steps.push([done, total]) });
    expect(steps.at(-1)?.[0]).to.equal(steps.at(-1)?.[1]);
    expect(steps.at(-1)?.[1]).to.be.greaterThan(1000);
  });

  it('stops at its limits, and passes nothing that it did not see', async () => {
    let now = 0;
    const clock = () => {
      now += 4;
      return now;
    };
    const observing = control('CQ-01', { observe: () => undefined, check: () => ({ findings: [] }) });
    for (const options of [{ limits: { inflatedBytes: 2000 } }, { limits: { milliseconds: 10 }, clock }]) {
      const report = await scanOf(bundleOf(), {}, { controls: all(observing), ...options });
      const result = report.controls.find(({ id }) => id === 'CQ-01');
      expect(result?.status).to.equal('error');
      expect(result?.reason).to.match(/More than 2000 bytes|longer than 10 ms/);
      expect(report.level).to.equal(0);
    }
  });
});
