/** What to type: to install a package, and to add it to an AI client. Each is shown whole and can be copied. */
import { type Html, html, NOTHING, type Part } from './html.ts';
import { isAttested, isOffered, type PackageView } from './package-view.ts';

/** As `mpak client add --client` knows them. */
const CLIENTS = [
  ['claude-desktop', 'Claude Desktop'],
  ['claude-code', 'Claude Code'],
  ['cursor', 'Cursor'],
  ['vscode', 'VS Code'],
  ['windsurf', 'Windsurf'],
  ['zed', 'Zed'],
  ['codex', 'Codex CLI'],
  ['gemini-cli', 'Gemini CLI'],
  ['opencode', 'OpenCode'],
  ['goose', 'Goose'],
] as const;

/** In characters: beside a button it would be broken more than once. */
const LONG_COMMAND = 60;

/** @param what the copy button's name says: `install command` */
export function copyBox(text: string, what: string): Html {
  const size = text.length > LONG_COMMAND && !text.includes('\n') ? 'long' : '';
  return html`<div class="copy ${size}" data-what="${what}"><pre tabindex="0"><code>${text}</code></pre></div>`;
}

function referenceOf({ name, version, isLatest }: PackageView): string {
  return isLatest ? name : `${name}@${version.version}`;
}

export function installCard(view: PackageView): Part {
  if (!isOffered(view)) return NOTHING;
  const reference = referenceOf(view);
  return html`<section class="card" id="install" aria-labelledby="install-title"><h2 id="install-title">Install</h2>
${copyBox(`mpak bundle install ${reference}`, 'install command')}
<p class="small soft">${
    isAttested(view)
      ? 'mpak verifies who built it before a byte is unpacked, and says what it may do.'
      : 'Nothing proves who built these bytes: mpak says so, and asks, before it unpacks one.'
  }</p>
<p class="small soft">To start it once, as a client would:</p>
${copyBox(`mpak run ${reference}`, 'run command')}
</section>`;
}

export function clientsCard(view: PackageView): Part {
  if (!isOffered(view)) return NOTHING;
  const { name } = view;
  const base = name.slice(name.indexOf('/') + 1);
  const entry = { mcpServers: { [base]: { command: 'mpak', args: ['run', name] } } };
  return html`<section class="card" id="clients" aria-labelledby="clients-title"><h2 id="clients-title">Add it to an AI client</h2>
<div>
${CLIENTS.map(
  ([id, title]) => html`<details name="client"><summary>${title}</summary>
${copyBox(`mpak client add ${name} --client ${id}`, `command for ${title}`)}</details>
`,
)}
<details name="client"><summary>Any other client</summary>
<p class="small soft">In its file of MCP servers; with the path of mpak in full where the client has no PATH.</p>
${copyBox(JSON.stringify(entry, null, 2), 'client configuration')}</details>
</div></section>`;
}
