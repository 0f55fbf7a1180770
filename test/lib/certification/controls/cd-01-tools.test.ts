import { expect } from 'chai';
import { bundleOf, bundleWithManifest, resultOf } from '../../../support/certified-bundle.ts';

const judged = (manifest: Readonly<Record<string, unknown>>, files = {}) =>
  resultOf(bundleWithManifest(manifest, files), 'CD-01');

const TOOL = (name: string) => `server.registerTool(${name}, { description: 'a' }, async () => 1);\n`;

describe('CD-01, tools', () => {
  it('passes tools with name and description that are those the server has', async () => {
    expect(await resultOf(bundleOf(), 'CD-01')).to.include({ status: 'pass', allows: 4 });
    expect(await judged({ tools: [] }, { 'server/index.js': 'start();\n' })).to.include({ allows: 4 });
  });

  it('fails a tool without a description or a name', async () => {
    for (const [tool, title] of [
      [{ name: 'echo' }, 'The tool "echo" has no description'],
      [{ name: 'echo', description: ' ' }, 'The tool "echo" has no description'],
      [{ description: 'Says it again.' }, 'Tool 1 has no name'],
    ] as const) {
      const { status, findings } = await judged({ tools: [tool] });
      expect(status).to.equal('fail');
      expect(findings.map((each) => each.title)).to.include(title);
    }
  });

  it('holds a bundle below the second level for a tool that is not declared', async () => {
    const { status, allows, findings } = await judged({}, { 'server/more.js': TOOL("'hidden'") });
    expect({ status, allows }).to.deep.equal({ status: 'pass', allows: 1 });
    expect(findings).to.have.length(1);
    expect(findings[0]).to.include({
      file: 'server/more.js',
      line: 1,
      title: 'The tool "hidden" is implemented, and not declared',
    });
  });

  it('finds one that is called by another name where it is given any', async () => {
    const text =
      "function register(server, name) {\n  server.tool(name || 'hidden', 'Says it.', {}, async () => 1);\n}\n";
    const { allows, findings } = await judged({}, { 'server/more.js': text });
    expect(allows).to.equal(1);
    expect(findings.map(({ title, line }) => [title, line])).to.deep.equal([
      ['The tool "hidden" is implemented, and not declared', 2],
    ]);
  });

  it('finds one in Python', async () => {
    const text =
      'from mcp.server.fastmcp import FastMCP\nmcp = FastMCP("a")\n@mcp.tool()\ndef hidden(x: str):\n    return x\n';
    const { findings } = await judged({}, { 'server/more.py': text });
    expect(findings.map(({ title, line }) => [title, line])).to.deep.equal([
      ['The tool "hidden" is implemented, and not declared', 4],
    ]);
  });

  it('takes no name that is made when the server runs for a declared one, unless the manifest says so', async () => {
    const files = { 'server/more.js': TOOL("process.argv[2] + 'x'") };
    expect(await judged({}, files)).to.include({ status: 'pass', allows: 1 });
    expect(await judged({ tools_generated: true }, files)).to.include({ allows: 4 });
  });

  it('takes names of definitions that it has seen for those', async () => {
    const text =
      "const all = [{ name: 'echo', inputSchema: { type: 'object', properties: {} }, handler: () => 1 }];\n" +
      'for (const tool of all) server.registerTool(tool.name, { inputSchema: tool.inputSchema }, tool.handler);\n';
    expect(await judged({}, { 'server/index.js': text })).to.include({ allows: 4 });
  });

  it('knows names that another module of the server has', async () => {
    const files = {
      'server/index.js': `import { NAME } from './names.js';\n${TOOL('NAME')}`,
      'server/names.js': "export const NAME = 'echo';\n",
    };
    expect(await judged({}, files)).to.include({ allows: 4 });
    const { findings } = await judged({}, { ...files, 'server/names.js': "export const NAME = 'hidden';\n" });
    expect(findings.map(({ title }) => title)).to.deep.equal([
      'The tool "hidden" is implemented, and not declared',
    ]);
  });

  it('takes the description of what a tool is for none', async () => {
    const text =
      "import { z } from 'zod';\nexport const Tool = z.object({ name: z.string(), inputSchema: z.record(z.string()) });\n";
    expect(await judged({}, { 'server/types.js': text })).to.include({ allows: 4 });
  });

  it('counts tools of packages and tests for nothing', async () => {
    const files = { 'node_modules/zod/more.js': TOOL("'hidden'"), 'test/more.js': TOOL("'hidden'") };
    expect(await judged({}, files)).to.include({ allows: 4 });
  });
});
