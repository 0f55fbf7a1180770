import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { EXIT_STATUS } from '../../src/lib/errors.ts';
import { readAction } from '../support/composite-action.ts';
import { workflowProblems } from '../support/workflow-schema.ts';

const ROOT = path.join(import.meta.dirname, '../..');

interface Workflow {
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions: Readonly<Record<string, string>>;
        readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly with?: object }[];
      }
    >
  >;
}

describe('docs/publishing.md', () => {
  const text = readFileSync(path.join(ROOT, 'docs/publishing.md'), 'utf8');
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block]) => block as string);
  const workflows = blocks.map((block) => parse(block) as Workflow);
  const steps = workflows.flatMap(({ jobs }) => Object.values(jobs).flatMap((job) => job.steps));
  const action = readAction(path.join(ROOT, 'action/action.yml'));

  it('has workflows that GitHub takes', () => {
    expect(blocks.length).to.be.greaterThan(3);
    for (const block of blocks) expect(workflowProblems(block), block).to.deep.equal([]);
    expect(workflowProblems((blocks[0] as string).replace('runs-on', 'run-on'))).to.not.deep.equal([]);
  });

  it('has workflows with the permissions that they need, and no other', () => {
    for (const [index, { jobs }] of workflows.entries()) {
      expect(blocks[index]).to.match(/^permissions: \{\}$/m);
      for (const job of Object.values(jobs)) {
        const publishes = job.steps.some(({ uses }) => uses?.includes('/mpak/action@'));
        const needed = publishes ? ['attestations', 'contents', 'id-token'] : ['id-token'];
        expect(Object.keys(job.permissions).sort()).to.deep.equal(needed);
      }
    }
  });

  it('gives the action inputs that it has, and lists each with its default', () => {
    const used = steps.filter(({ uses }) => uses?.includes('/mpak/action@'));
    expect(used.length).to.be.greaterThan(3);
    for (const step of used)
      expect(action.inputs).to.include.keys(Object.keys(step.with ?? {}).concat('directory'));
    const table = /^\| input \|.*?\n\n/ms.exec(text)?.[0] ?? '';
    const rows = [...table.matchAll(/^\| (`[\w-]+`(?:, `[\w-]+`)*) \| (?:`([^`]*)`)? ?\| /gm)].flatMap(
      ([, names = '', value = '']) => names.split(', ').map((name) => [name.slice(1, -1), value]),
    );
    const expected = Object.entries(action.inputs).map(([name, input]) => [name, input.default ?? '']);
    expect(rows).to.have.deep.members(expected);
    for (const name of Object.keys(action.outputs))
      expect(text).to.match(new RegExp(`^\\| \`${name}\` \\| `, 'm'));
  });

  it('pins every action to a commit, and pastes nothing into a script', () => {
    for (const { uses, run } of steps) {
      if (uses !== undefined)
        expect(uses).to.match(/^(actions\/[\w-]+@[0-9a-f]{40}|OWNER\/mpak\/action@COMMIT)$/);
      expect(run ?? '').to.not.include('${{');
    }
  });

  it('says what to do about each refusal of a registry', () => {
    const sources = [
      'announce',
      'announcement',
      'attestations',
      'precedents',
      'publisher',
      'deprecate',
      'yank',
    ];
    const files = [
      ...sources.map((name) => `registry/${name}.ts`),
      ...globSync('registry/rules/*.ts', { cwd: ROOT }),
    ];
    const code = files.map((file) => readFileSync(path.join(ROOT, file), 'utf8')).join('\n');
    const refusals = [...code.matchAll(/HttpError\(\s*4\d\d,\s*'([A-Z_]+)'/g)].map(([, name]) => name);
    expect(refusals.length).to.be.greaterThan(20);
    const table = /^\| refusal \|.*?\n\n/ms.exec(text)?.[0] ?? '';
    const rows = [...table.matchAll(/^\| `([A-Z_]+)` \| \S/gm)].map(([, name]) => name);
    expect(rows).to.have.members([...new Set(refusals)]);
  });

  it('quotes errors as they are', () => {
    const sources = globSync(['src/lib/publish/*.ts', 'registry/*.ts', 'registry/rules/*.ts'], {
      cwd: ROOT,
    });
    const code = sources.map((file) => readFileSync(path.join(ROOT, file), 'utf8')).join('\n');
    const rows = [...text.matchAll(/^\| `([A-Z_]+)` \| `([^`]+)` \| /gm)];
    expect(rows.length).to.be.greaterThan(10);
    for (const [, name = '', quote = ''] of rows) {
      expect(EXIT_STATUS).to.have.property(name);
      expect(code).to.include(quote);
    }
  });
});
