/**
 * What a control is measured with: hostile bundles and honest ones that look like them, each the certified bundle with
 * something in it, and what it made of them.
 */
import { expect } from 'chai';
import type { ControlId } from '../../../src/lib/certification/catalogue.ts';
import type { ControlResult } from '../../../src/lib/certification/control.ts';
import { bundleOf, type Changes, resultOf } from '../certified-bundle.ts';

export interface Sample {
  /** Of the catalogue's, for what is hostile. */
  readonly category: string;
  readonly what: string;
  readonly bytes: Buffer;
}

export function sample(category: string, what: string, changes: Changes): Sample {
  return { category, what, bytes: bundleOf(changes) };
}

export interface Judged {
  readonly sample: Sample;
  readonly result: ControlResult;
}

export async function judgeAll(id: ControlId, samples: readonly Sample[]): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const each of samples) judged.push({ sample: each, result: await resultOf(each.bytes, id) });
  return judged;
}

/** Prints the rates, and fails with the names of what was missed or falsely found. */
export function expectRates(id: ControlId, hostile: readonly Judged[], honest: readonly Judged[]): void {
  expect(hostile.length).to.be.at.least(30);
  expect(honest.length).to.be.at.least(30);
  const missed = hostile.filter(({ result }) => result.status !== 'fail');
  const false_ = honest.filter(({ result }) => result.status !== 'pass');
  const rate = (count: number, all: number) => `${count}/${all} (${((100 * count) / all).toFixed(1)} %)`;
  const categories = [...new Set(hostile.map(({ sample: { category } }) => category))];
  console.log(
    `      ${id}: detected ${rate(hostile.length - missed.length, hostile.length)}, ` +
      `false alarms ${rate(false_.length, honest.length)}`,
  );
  for (const category of categories) {
    const of = hostile.filter(({ sample }) => sample.category === category);
    const found = of.filter(({ result }) => result.status === 'fail');
    console.log(`        ${category}: ${found.length}/${of.length}`);
  }
  expect(missed.map(({ sample: { category, what } }) => `${category}: ${what}`)).to.deep.equal([]);
  expect(
    false_.map(({ sample: { what }, result }) => `${what}: ${result.reason ?? result.findings[0]?.title}`),
  ).to.deep.equal([]);
}
