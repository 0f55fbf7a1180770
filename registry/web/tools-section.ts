/** What a server offers, and the parameters of each tool where the manifest has them. */
import { plural } from '../../src/cli/format.ts';
import { type JsonObject, listOf, objectsOf } from '../../src/lib/certification/safe-json.ts';
import { type Html, html, NOTHING, type Part } from './html.ts';
import { type ParameterRow, parameterRows } from './json-schema-rows.ts';
import type { Section } from './package-page.ts';
import type { PackageView } from './package-view.ts';
import { foreign, lineOf, paragraphOf, TEXT_LIMITS } from './text.ts';

/** Further ones are counted, not shown. */
const MOST_TOOLS = 200;
/** Of all tools together, and of one at least and at most; further ones are counted too. */
const PARAMETERS = { all: 1_000, least: 5, most: 100 } as const;
/** So many are shown open; more are folded away. */
const OPEN_TOOLS = 12;

export function toolsSection({ json }: PackageView): Section | undefined {
  const tools = objectsOf(json.tools);
  const prompts = objectsOf(json.prompts);
  const isGenerated = json.tools_generated === true;
  const each = Math.floor(PARAMETERS.all / Math.min(MOST_TOOLS, tools.length + prompts.length));
  const most = Math.max(PARAMETERS.least, Math.min(PARAMETERS.most, each));
  if (tools.length === 0 && prompts.length === 0 && !isGenerated) return undefined;
  return {
    id: 'tools',
    title: tools.length === 0 ? 'Tools' : `Tools (${tools.length})`,
    body: [
      folded(tools, (tool) => toolOf(tool, inputSchemaOf(tool), most)),
      isGenerated ? html`<p class="soft">The server makes further tools when it runs.</p>` : NOTHING,
      prompts.length === 0
        ? NOTHING
        : html`<h3>Prompts (${prompts.length})</h3>${folded(prompts, (prompt) => toolOf(prompt, argumentsOf(prompt), most))}`,
    ],
  };
}

function folded(each: readonly JsonObject[], show: (one: JsonObject) => Html): Part {
  const shown = each.slice(0, MOST_TOOLS).map(show);
  const rest = each.length - shown.length;
  const more = shown.slice(OPEN_TOOLS);
  return [
    html`<div>${shown.slice(0, OPEN_TOOLS)}</div>`,
    more.length === 0
      ? NOTHING
      : html`<details><summary>${plural(more.length, 'further one')}</summary><div>${more}</div></details>`,
    rest === 0 ? NOTHING : html`<p class="soft">${plural(rest, 'other')} in the JSON.</p>`,
  ];
}

function toolOf(tool: JsonObject, parameters: readonly ParameterRow[], most: number): Html {
  const description = paragraphOf(tool.description);
  return html`<article class="tool"><h3>${foreign(tool.name, TEXT_LIMITS.label)}</h3>
${description === '' ? NOTHING : html`<p><bdi>${description}</bdi></p>`}
${parameters.length === 0 ? NOTHING : parameterTable(parameters.slice(0, most))}
${parameters.length > most ? html`<p class="small">${plural(parameters.length - most, 'other parameter')} in the JSON.</p>` : NOTHING}</article>
`;
}

/** The mcpb manifest has no place for it; publishers put it where MCP has it. */
function inputSchemaOf(tool: JsonObject): ParameterRow[] {
  return parameterRows(tool.inputSchema ?? tool.input_schema);
}

function argumentsOf(prompt: JsonObject): ParameterRow[] {
  const names = listOf(prompt.arguments)?.filter((name) => typeof name === 'string') ?? [];
  return names.map((name) => ({ name, type: 'string', required: false, description: '', fallback: '' }));
}

export function parameterTable(parameters: readonly ParameterRow[]): Html {
  return html`<div class="scroll fold"><table><thead><tr><th scope="col">Parameter</th><th scope="col">Type</th><th scope="col">What it is</th></tr></thead>
<tbody>${parameters.map(
    ({
      name,
      type,
      required,
      description,
      fallback,
    }) => html`<tr><th scope="row" class="mono">${foreign(name, TEXT_LIMITS.label)}</th>
<td data-label="Type" class="mono">${foreign(type, TEXT_LIMITS.label)}${required ? ', required' : ''}</td>
<td>${description === '' ? NOTHING : foreign(description)}${
      fallback === ''
        ? NOTHING
        : html` <span class="soft">Default: <code>${lineOf(fallback, TEXT_LIMITS.label)}</code></span>`
    }</td></tr>
`,
  )}</tbody></table></div>`;
}
