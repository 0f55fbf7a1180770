/** GET /api: /openapi.json to be read by people. */

import type { OpenApi, OpenApiOperation, OpenApiParameter } from '../openapi/document.ts';
import { type JsonSchema, OF_ANY_OPERATION } from '../openapi/responses.ts';
import { openApiOf } from '../openapi/show.ts';
import type { RegistryHandler } from '../services.ts';
import { type Html, html, NOTHING, type Part } from './html.ts';
import { copyBox } from './install-cards.ts';
import { showPage } from './layout.ts';

export const showApi: RegistryHandler = (_request, services) => {
  const { origin, publicUrl } = services;
  const document = openApiOf(services);
  const tags = document.tags as readonly { readonly name: string; readonly description: string }[];
  return showPage(
    { origin, publicUrl },
    {
      title: `API \u00b7 ${origin}`,
      description: `The HTTP interface of ${origin}: every path, what it takes and what it answers.`,
      path: '/api',
      section: 'api',
      body: html`<div class="hero"><h1>API</h1>
<p>${document.info.description as string} Any request may also be answered with 304 to who has the answer, 414, 429, 500 and 503. For tools: <a href="/openapi.json">openapi.json</a>.</p></div>
<nav class="index" aria-label="On this page"><ul class="facts">
${tags.map(({ name }) => html`<li><a href="#${name}">${name}</a></li>`)}<li><a href="#schemas">Schemas</a></li></ul></nav>
${copyBox(`curl "${publicUrl}/v1/bundles/search?q=postgres&limit=5"`, 'example request')}
<div class="stack">
${tags.map(({ name, description }) => tagSection(document, name, description))}
${schemasSection(document)}
</div>`,
    },
  );
};

function tagSection({ paths }: OpenApi, tag: string, description: string): Html {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags }]) => tags.includes(tag))
      .map(([method, operation]) => operationOf(path, method, operation)),
  );
  return html`<section id="${tag}" aria-labelledby="${tag}-title"><h2 id="${tag}-title">${tag}</h2>
<p class="soft">${description}</p>
<div>${operations}</div></section>
`;
}

function operationOf(path: string, method: string, operation: OpenApiOperation): Html {
  const { summary, description, parameters = [], requestBody, responses } = operation;
  return html`<details class="operation" id="${operation.operationId}"><summary><span class="verb">${method.toUpperCase()}</span><code>${path}</code><span class="soft">${summary}</span></summary>
${description === undefined ? NOTHING : html`<p>${description}</p>`}
${parameters.length === 0 ? NOTHING : parameterTable(parameters)}
${requestBody === undefined ? NOTHING : html`<p>Body: ${contentText(requestBody.content)}, with a token of GitHub Actions as bearer.</p>`}
<div class="scroll fold"><table><thead><tr><th scope="col">Status</th><th scope="col">What it means</th><th scope="col">Body</th></tr></thead>
<tbody>${Object.entries(responses)
    .filter(([status]) => !OF_ANY_OPERATION.has(Number(status)))
    .map(
      ([
        status,
        response,
      ]) => html`<tr><th scope="row">${status}</th><td>${response.description}</td><td data-label="Body">${contentText(response.content ?? {})}</td></tr>
`,
    )}</tbody></table></div></details>
`;
}

function parameterTable(parameters: readonly OpenApiParameter[]): Html {
  return html`<div class="scroll fold"><table><thead><tr><th scope="col">Parameter</th><th scope="col">In</th><th scope="col">Form</th><th scope="col">What it is</th></tr></thead>
<tbody>${parameters.map(
    ({
      name,
      in: place,
      required,
      schema,
      description,
    }) => html`<tr><th scope="row" class="mono">${name}</th><td data-label="In">${place}${required ? ', required' : ''}</td><td class="mono" data-label="Form">${form(schema)}</td><td>${description}</td></tr>
`,
  )}</tbody></table></div>`;
}

function contentText(content: Readonly<Record<string, { readonly schema?: JsonSchema }>>): Part {
  return Object.entries(content).map(([type, { schema }]) => [
    html`<code>${type}</code> `,
    schema === undefined ? NOTHING : form(schema),
  ]);
}

function schemasSection({ components }: OpenApi): Html {
  return html`<section id="schemas" aria-labelledby="schemas-title"><h2 id="schemas-title">Schemas</h2>
<div>${Object.entries(components.schemas).map(
    ([
      name,
      schema,
    ]) => html`<details class="operation" id="schema-${name}"><summary><code>${name}</code></summary>${schemaBody(schema)}</details>
`,
  )}</div></section>`;
}

function schemaBody(schema: JsonSchema): Part {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  if (properties.length === 0) return html`<p>${form(schema)}</p>`;
  const required = new Set((schema.required ?? []) as string[]);
  return html`<div class="scroll fold"><table><thead><tr><th scope="col">Field</th><th scope="col">Form</th><th scope="col">What it is</th></tr></thead>
<tbody>${properties.map(
    ([
      name,
      property,
    ]) => html`<tr><th scope="row" class="mono">${name}${required.has(name) ? NOTHING : html` <span class="soft">(optional)</span>`}</th><td class="mono" data-label="Form">${form(property)}</td><td>${(property.description ?? '') as string}</td></tr>
`,
  )}</tbody></table></div>`;
}

/** A schema in a few words: its name, its type, what it may be. */
function form(schema: JsonSchema): Part {
  const { $ref, type, items, anyOf, enum: choices, const: only, pattern, minimum, maximum } = schema;
  if (typeof $ref === 'string') {
    const name = $ref.slice($ref.lastIndexOf('/') + 1);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (Array.isArray(anyOf))
    return anyOf.map((each, index) => [index === 0 ? '' : ' | ', form(each as JsonSchema)]);
  if (Array.isArray(choices)) return choices.map((choice) => JSON.stringify(choice)).join(' | ');
  if (only !== undefined) return JSON.stringify(only);
  if (type === 'array') return [form((items ?? {}) as JsonSchema), '[]'];
  if (type === 'object') {
    const names = Object.keys((schema.properties ?? {}) as object);
    return names.length === 0 ? 'object' : `{ ${names.join(', ')} }`;
  }
  if (type === 'integer' && maximum !== undefined && (maximum as number) < Number.MAX_SAFE_INTEGER)
    return `integer, ${minimum} to ${maximum}`;
  if (typeof pattern === 'string' && pattern.length < 40) return `${type as string}, ${pattern}`;
  return typeof type === 'string' ? type : '';
}
