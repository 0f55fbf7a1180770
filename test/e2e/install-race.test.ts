import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, watch } from 'node:fs';
import { expect } from 'chai';
import { makeBundle } from '../support/mcpb.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { World } from '../support/world.ts';

const PROCESSES = 50;
const NAME = '@acme/busy';
const SERVER = "process.stdout.write(process.pid + '\\n'); process.stdin.resume();";

describe(`${PROCESSES} processes that run the same bundle for the first time at once`, () => {
  const folder = temporaryFolder();
  let world: World;
  const children: ChildProcessWithoutNullStreams[] = [];

  beforeEach(async () => {
    world = await World.start(folder());
  });
  afterEach(async () => {
    await Promise.all(
      children.map(async (child) => {
        child.kill('SIGKILL');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      }),
    );
    await world.stop();
  });

  it('download it once, extract it once, and are fifty running servers', async function () {
    this.timeout(120_000);
    await world.publish(NAME, '1.0.0', {
      bundle: makeBundle(NAME, '1.0.0', {}, { 'server/index.js': SERVER }),
    });
    expect(await world.mpak('sync')).to.include({ status: 0 });
    mkdirSync(world.packageFolder(NAME), { recursive: true });
    const extractions = new Set<string>();
    const watcher = watch(world.packageFolder(NAME), (_event, name) => {
      if (name?.startsWith('.aside-')) extractions.add(name);
    });
    world.github.requests.length = 0;
    const outputs = await Promise.all(
      Array.from({ length: PROCESSES }, async () => {
        const child = world.start(['run', NAME]);
        children.push(child);
        return { pid: child.pid, ...(await firstLine(child)) };
      }),
    );
    watcher.close();
    expect(world.github.requests.filter((request) => request.includes('/storage/'))).to.have.length(1);
    expect([...extractions]).to.have.length(1);
    for (const { pid, stdout } of outputs) expect(stdout).to.equal(`${pid}\n`);
    for (const child of children) expect([child.exitCode, child.signalCode]).to.deep.equal([null, null]);
    expect(outputs.filter(({ stderr }) => stderr.includes(`Installed ${NAME} 1.0.0.`))).to.have.length(1);
    const left = readdirSync(world.packageFolder(NAME)).sort();
    expect(left.map((name) => name.replace(/-[0-9a-f]{12}/, ''))).to.deep.equal([
      '1.0.0',
      '1.0.0.json',
      'attested.json',
      'current.json',
      'lock',
    ]);
    // Each of them still listens, and ends with its input.
    const ended = children.map((child) => once(child, 'exit'));
    for (const child of children) child.stdin.end();
    for (const end of await Promise.all(ended)) expect(end).to.deep.equal([0, null]);
  });
});

function firstLine(child: ChildProcessWithoutNullStreams): Promise<{ stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.endsWith('\n')) resolve({ stdout, stderr });
    });
    child.once('close', (status) => reject(new Error(`ended with ${status}: ${stderr}`)));
  });
}
