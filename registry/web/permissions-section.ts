/** What a server may do, as its manifest says, and what it has to be told before it starts. */
import { plural } from '../../src/cli/format.ts';
import {
  type Json,
  type JsonObject,
  listOf,
  objectOf,
  textOf,
} from '../../src/lib/certification/safe-json.ts';
import { permissionsOf } from '../../src/lib/install/proposal.ts';
import { type Html, html, NOTHING, type Part } from './html.ts';
import type { Section } from './package-page.ts';
import type { PackageView } from './package-view.ts';
import { foreign, TEXT_LIMITS } from './text.ts';

const KINDS = [
  ['filesystem', 'Files'],
  ['network', 'Network'],
  ['environment', 'Environment variables'],
  ['subprocess', 'Other programs'],
  ['native', 'Native code'],
] as const;
const MOST_NAMES = 50;
const MOST_SETTINGS = 100;

export function permissionsSection({ json }: PackageView): Section {
  const permissions = permissionsOf(json) as JsonObject | null;
  return {
    id: 'permissions',
    title: 'Permissions and settings',
    body: [
      permissions === null
        ? html`<p class="soft">The manifest does not say what the server may do.</p>`
        : html`<dl class="rows card">${KINDS.map(([key, label]) => permissionRow(label, permissions[key]))}</dl>`,
      settings(json.user_config),
    ],
  };
}

function permissionRow(label: string, value: Json | undefined): Html {
  return html`<dt>${label}</dt><dd>${permissionText(value)}</dd>
`;
}

function permissionText(value: Json | undefined): Part {
  const names = listOf(value);
  if (names !== undefined) {
    if (names.length === 0) return 'none';
    const shown = names
      .slice(0, MOST_NAMES)
      .map((name, index) => [
        index === 0 ? '' : ', ',
        html`<code>${foreign(name, TEXT_LIMITS.label)}</code>`,
      ]);
    return [shown, names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''];
  }
  if (value === 'none') return 'none';
  const text = textOf(value);
  return text === undefined
    ? html`<span class="soft">not declared</span>`
    : html`<strong>${foreign(text, TEXT_LIMITS.label)}</strong>`;
}

function settings(config: Json | undefined): Part {
  const entries = Object.entries(objectOf(config) ?? {});
  const rest = entries.length - MOST_SETTINGS;
  if (entries.length === 0) return NOTHING;
  return html`<h3 class="gap">Settings</h3>
<div class="scroll fold"><table><thead><tr><th scope="col">Setting</th><th scope="col">Type</th><th scope="col">What it is</th></tr></thead>
<tbody>${entries.slice(0, MOST_SETTINGS).map(([key, value]) => {
    const setting: JsonObject = objectOf(value) ?? {};
    const marks = [
      setting.required === true ? ', required' : '',
      setting.sensitive === true ? ', secret' : '',
    ];
    return html`<tr><th scope="row" class="mono">${foreign(key, TEXT_LIMITS.label)}</th>
<td data-label="Type">${foreign(setting.type, 32)}${marks}</td>
<td>${foreign(setting.description ?? setting.title)}</td></tr>
`;
  })}</tbody></table></div>
${rest > 0 ? html`<p class="small soft">${plural(rest, 'other setting')} in the JSON.</p>` : NOTHING}`;
}
