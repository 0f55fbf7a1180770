import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { seeded } from '../../support/random.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const KILLS = 50;
const SCRIPT = path.join(import.meta.dirname, '../../support/edit-clients.ts');
/** Long enough to be written in several steps, if it were written in place. */
const MANY = 400;

const OLD = {
  json: `{\n${Array.from({ length: MANY }, (_, i) => `  "key${i}": "${i}", // ${i}\n`).join('')}  "mcpServers": {\n    "a": {}\n  }\n}\n`,
  toml: `${Array.from({ length: MANY }, (_, i) => `key${i} = "${i}" # ${i}\n`).join('')}\n[mcp_servers.a]\ncommand = "a"\n`,
  yaml: `${Array.from({ length: MANY }, (_, i) => `key${i}: "${i}" # ${i}\n`).join('')}extensions:\n  a:\n    cmd: a\n`,
};
type Format = keyof typeof OLD;
const FORMATS = Object.keys(OLD) as Format[];

describe('changing clients\u2019 files, killed at a random point', () => {
  const folder = temporaryFolder();

  it(`${KILLS} times: each file is the old one or the new one, whole, and so is its backup`, async function () {
    this.timeout(120_000);
    const home = path.join(folder(), 'home');
    mkdirSync(home);
    const fileOf = (format: Format) => path.join(folder(), `file.${format}`);
    for (const format of FORMATS) writeFileSync(fileOf(format), OLD[format]);
    const random = seeded(20_261_129);
    const seen = { old: 0, new: 0, leftBehind: 0 };
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = spawn(process.execPath, [SCRIPT, home, ...FORMATS.map(fileOf)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(child, 'exit');
      try {
        await once(child.stdout, 'data');
        await sleep(random() * 100);
      } finally {
        child.kill('SIGKILL');
      }
      expect(await exited).to.deep.equal([null, 'SIGKILL']);
      for (const format of FORMATS) {
        for (const file of [fileOf(format), `${fileOf(format)}.mpak-backup`]) {
          const text = readFileSync(file, 'utf8');
          const isOld = text === OLD[format];
          seen[isOld ? 'old' : 'new'] += 1;
          if (!isOld) expect(withoutEcho(text), file).to.equal(OLD[format]);
        }
      }
      const left = readdirSync(folder()).filter((name) => name.includes('.tmp-'));
      seen.leftBehind += left.length;
      // As if a minute had passed: then they are cleared away.
      for (const name of left) utimesSync(path.join(folder(), name), 0, 0);
      expect(existsSync(path.join(home, 'clients.json'))).to.equal(false);
    }
    // Else the kills have missed what they are for.
    expect(seen.old).to.be.greaterThan(10);
    expect(seen.new).to.be.greaterThan(10);
    expect(seen.leftBehind).to.be.greaterThan(0);
    expect(readdirSync(folder()).filter((name) => name.includes('.tmp-')).length).to.be.lessThan(6);
  });
});

/** A new file is the old one and our entry. */
function withoutEcho(text: string): string {
  return text
    .replace(/,\n {4}"echo": \{[^}]*\}(?=\n {2}\}\n\}\n$)/, '')
    .replace(/\n\[mcp_servers\.echo\]\n.*\n.*\n$/, '')
    .replace(/\n {2}echo:\n {4}command: .*\n {4}args:\n {6}- .*\n {6}- .*(?=\n)/, '');
}
