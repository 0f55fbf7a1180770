import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { readAction } from '../support/composite-action.ts';
import { actionProblems } from '../support/workflow-schema.ts';

const FILE = path.join(import.meta.dirname, '../../action/action.yml');

describe('action.yml', () => {
  const text = readFileSync(FILE, 'utf8');
  const { inputs, outputs, runs } = readAction(FILE);
  const scripts = runs.steps.filter(({ run }) => run !== undefined);

  it('is what GitHub takes for an action', () => {
    expect(actionProblems(text)).to.deep.equal([]);
    expect(actionProblems(text.replace('using: composite', 'using: composit'))).to.not.deep.equal([]);
    expect(actionProblems(text.replace('{{ inputs.build', '{{ inptus.build'))).to.not.deep.equal([]);
  });

  it('has the inputs and outputs that publishers know', () => {
    expect(Object.keys(inputs).sort()).to.deep.equal([
      'announce',
      'announce-required',
      'announce-url',
      'attest',
      'build',
      'bundle-path',
      'directory',
      'output',
      'platform-arch',
      'platform-os',
      'python-version',
      'scan',
      'scan-level',
      'upload',
    ]);
    expect(Object.keys(outputs).sort()).to.deep.equal([
      'announced',
      'bundle-path',
      'bundle-sha256',
      'bundle-size',
      'scan-sarif',
    ]);
  });

  it('pastes no expression into a script', () => {
    expect(scripts.length).to.be.greaterThan(3);
    for (const { name, run = '' } of scripts) {
      expect(run, name).to.not.include('{{');
      expect(run, name).to.not.match(/\beval\b|\bsource\b|`/);
    }
  });

  it('ends every script at its first failure', () => {
    for (const { name, run = '', shell } of scripts) {
      expect(shell, name).to.equal('bash');
      expect(run.startsWith('set -euo pipefail\n'), name).to.equal(true);
    }
  });

  it('uses what is pinned to a commit, of GitHub, and uv of its makers', () => {
    const used = runs.steps.flatMap(({ uses }) => (uses === undefined ? [] : [uses]));
    expect(used.length).to.be.greaterThan(2);
    for (const uses of used) expect(uses).to.match(/^(actions\/[\w-]+|astral-sh\/setup-uv)@[0-9a-f]{40}$/);
    // The release that a commit is of, for who updates it.
    for (const [line] of text.matchAll(/^.*uses:.*$/gm))
      expect(line).to.match(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('names inputs and steps that are there', () => {
    const named = (context: string) =>
      [...text.matchAll(new RegExp(`\\b${context}\\.([\\w-]+)`, 'g'))].map(([, name]) => name);
    expect(Object.keys(inputs)).to.include.members(named('inputs'));
    expect(runs.steps.map(({ id }) => id)).to.include.members(named('steps'));
  });

  it('uses every input, and describes each', () => {
    for (const [name, input] of Object.entries(inputs)) {
      expect(text, name).to.include(`inputs.${name}`);
      expect((input as { description?: string }).description, name).to.match(/^\w/);
      expect(input.default, name).to.be.a('string');
    }
  });
});
