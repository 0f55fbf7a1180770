import { expect } from 'chai';
import { inputValidation } from '../../../../src/lib/certification/controls/cq-04-input-validation.ts';
import { bundleOf, type Changes, scanOf } from '../../../support/certified-bundle.ts';

async function judged(changes: Changes) {
  const { controls } = await scanOf(bundleOf(changes), {}, { controls: [inputValidation] });
  const result = controls.find(({ id }) => id === 'CQ-04');
  if (result === undefined) throw new Error('not judged');
  return result;
}

const javascript = (text: string) => judged({ 'server/index.js': text });
const python = (text: string) => judged({ 'server/index.js': null, 'server.py': text });

const SDK =
  "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\nimport { z } from 'zod';\nconst server = new McpServer({});\n";
const LOW =
  "import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';\n";
const FAST = 'from typing import Any\nfrom mcp.server.fastmcp import FastMCP, Context\nmcp = FastMCP("a")\n';
const TYPES = 'import mcp.types as types\nfrom mcp.server import Server\nserver = Server("a")\n';

const TYPED: readonly [string, () => ReturnType<typeof judged>][] = [
  [
    'a zod shape',
    () => javascript(`${SDK}server.registerTool('a', { inputSchema: { x: z.string() } }, ({ x }) => x);`),
  ],
  [
    'a zod object by a name',
    () =>
      javascript(
        `${SDK}const S = z.object({ x: z.number().int() });\nserver.registerTool('a', { inputSchema: S.shape }, ({ x }) => x);`,
      ),
  ],
  ['no input', () => javascript(`${SDK}server.registerTool('a', { description: 'b' }, async () => 1);`)],
  [
    'no input but what the SDK gives',
    () => javascript(`${SDK}server.tool('a', 'b', async (extra) => extra.sessionId);`),
  ],
  [
    'the short form',
    () => javascript(`${SDK}server.tool('a', 'b', { x: z.string() }, { readOnlyHint: true }, ({ x }) => x);`),
  ],
  [
    'records of anything under a name',
    () =>
      javascript(
        `${SDK}server.registerTool('a', { inputSchema: { x: z.record(z.string(), z.unknown()) } }, ({ x }) => x);`,
      ),
  ],
  [
    'JSON Schema of a low-level server',
    () =>
      javascript(
        `${LOW}server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [{ name: 'a', inputSchema: { type: 'object', properties: { x: { type: 'string' } } } }] }));\nserver.setRequestHandler(CallToolRequestSchema, (request) => request.params.arguments.x);`,
      ),
  ],
  [
    'a tool without parameters beside others',
    () =>
      javascript(
        `${LOW}const tools = [{ name: 'a', inputSchema: { type: 'object', properties: {} } }, { name: 'b', inputSchema: { type: 'object', properties: { x: { enum: [1] } } } }];\nserver.setRequestHandler(ListToolsRequestSchema, () => ({ tools }));\nserver.setRequestHandler(CallToolRequestSchema, (r) => r.params.arguments.x);`,
      ),
  ],
  [
    'fastmcp in JavaScript',
    () =>
      javascript(
        "import { FastMCP } from 'fastmcp';\nimport { z } from 'zod';\nnew FastMCP({}).addTool({ name: 'a', parameters: z.object({ x: z.string() }), execute: async ({ x }) => x });",
      ),
  ],
  [
    'a schema of another module',
    async () =>
      judged({
        'server/index.js': `${SDK}import { S } from './s.js';\nserver.registerTool('a', { inputSchema: S }, ({ x }) => x);`,
        'server/s.js': "import { z } from 'zod';\nexport const S = { x: z.string() };",
      }),
  ],
  [
    'types of parameters in Python',
    () => python(`${FAST}@mcp.tool()\nasync def a(x: str, ctx: Context, y: int = 1) -> str:\n    return x`),
  ],
  [
    'types in Python, without brackets',
    () => python(`${FAST}class T:\n    @mcp.tool\n    def a(self, x: list[str]):\n        return x`),
  ],
  [
    'the low-level server in Python',
    () =>
      python(
        `${TYPES}@server.list_tools()\nasync def tools():\n    return [types.Tool(name="a", description="b", inputSchema={"type": "object", "properties": {"x": {"type": "string"}}})]\n@server.call_tool()\nasync def call(name: str, arguments: dict):\n    return arguments["x"]`,
      ),
  ],
  [
    'a model in Python',
    () =>
      python(
        `${TYPES}@server.list_tools()\nasync def tools():\n    return [types.Tool(name="a", inputSchema=Model.model_json_schema())]`,
      ),
  ],
];

const UNTYPED: readonly [string, () => ReturnType<typeof judged>][] = [
  [
    'z.any()',
    () => javascript(`${SDK}server.registerTool('a', { inputSchema: { x: z.any() } }, ({ x }) => x);`),
  ],
  [
    'z.any() with more on it',
    () =>
      javascript(
        `${SDK}server.registerTool('a', { inputSchema: z.object({ x: z.any().optional().describe('b') }).strict() }, ({ x }) => x);`,
      ),
  ],
  [
    'z.unknown() by another name',
    () =>
      javascript(
        `${SDK.replace('{ z }', '{ z as zod }')}const any = zod.unknown();\nserver.tool('a', { x: any }, ({ x }) => x);`,
      ),
  ],
  [
    'no schema, and input that is read',
    () => javascript(`${SDK}server.registerTool('a', { description: 'b' }, async (args) => args.path);`),
  ],
  ['no schema in the short form', () => javascript(`${SDK}server.tool('a', 'b', async ({ path }) => path);`)],
  [
    'a schema of another module that takes anything',
    () =>
      judged({
        'server/index.js': `${SDK}import { S } from './s.js';\nserver.registerTool('a', { inputSchema: S }, ({ x }) => x);`,
        'server/s.js': "import { z } from 'zod';\nexport const S = { x: z.any() };",
      }),
  ],
  [
    'JSON Schema without properties',
    () =>
      javascript(
        `${LOW}server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [{ name: 'a', inputSchema: { type: 'object' } }] }));\nserver.setRequestHandler(CallToolRequestSchema, (request) => request.params.arguments.x);`,
      ),
  ],
  [
    'JSON Schema that takes anything',
    () =>
      javascript(
        `${LOW}const tool = { name: 'a', inputSchema: { type: 'object', additionalProperties: true } };`,
      ),
  ],
  [
    'a property without a type',
    () =>
      javascript(
        `${LOW}const tool = { name: 'a', inputSchema: { type: 'object', properties: { x: { description: 'b' } } } };`,
      ),
  ],
  [
    'fastmcp without parameters',
    () =>
      javascript(
        "import { FastMCP } from 'fastmcp';\nnew FastMCP({}).addTool({ name: 'a', parameters: z.any(), execute: async (args) => args.x });",
      ),
  ],
  ['no type in Python', () => python(`${FAST}@mcp.tool()\ndef a(x):\n    return x`)],
  ['Any in Python', () => python(`${FAST}@mcp.tool()\ndef a(x: Any):\n    return x`)],
  [
    'any keywords in Python',
    () => python(`${FAST}@mcp.tool(name="a")\ndef b(x: str, **rest: str):\n    return rest`),
  ],
  ['a function that is added in Python', () => python(`${FAST}def a(x):\n    return x\nmcp.add_tool(a)`)],
  [
    'a property without a type in Python',
    () =>
      python(
        `${TYPES}@server.list_tools()\nasync def tools():\n    return [types.Tool(name="a", inputSchema={"type": "object", "properties": {"x": {}}})]`,
      ),
  ],
];

describe('CQ-04, input validation', () => {
  for (const [what, judge] of TYPED) {
    it(`passes ${what}`, async () => {
      const { status, findings, reason } = await judge();
      expect(status, JSON.stringify({ findings, reason })).to.equal('pass');
    });
  }

  for (const [what, judge] of UNTYPED) {
    it(`refuses ${what}`, async () => {
      const { status, allows, findings } = await judge();
      expect({ status, allows }).to.deep.equal({ status: 'fail', allows: 2 });
      expect(findings[0]).to.include({ severity: 'high', blocks: 3 });
      expect(findings).to.have.length(1);
    });
  }

  it('judges nothing when it sees no tool, or not what tools take', async () => {
    expect(await javascript('export default 1;')).to.include({
      status: 'skip',
      reason: 'No registration of a tool can be seen in the code of the server.',
    });
    const all =
      "import { all } from './all.js';\nfor (const { name, config, run } of all) server.registerTool(name, config, run);";
    expect(await javascript(all)).to.include({ status: 'skip', allows: 2 });
  });
});
