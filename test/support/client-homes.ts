/** Files of AI clients as their users have them: with comments, and with servers of others. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface ClientSample {
  readonly client: string;
  /** Below the user's home; of the project: below its folder. */
  readonly file: string;
  readonly mode: number;
  readonly text: string;
  /** Where the servers are. */
  readonly keys: readonly string[];
}

/** On Linux, without variables that say otherwise. */
export const CLIENT_SAMPLES: readonly ClientSample[] = [
  {
    client: 'claude-desktop',
    file: '.config/Claude/claude_desktop_config.json',
    mode: 0o600,
    keys: ['mcpServers'],
    text: '{\n  "globalShortcut": "Ctrl+Space",\n  "mcpServers": {\n    "files": {\n      "command": "/usr/bin/npx",\n      "args": ["-y", "@modelcontextprotocol/server-filesystem", "/srv"]\n    }\n  }\n}\n',
  },
  {
    client: 'claude-code',
    file: '.claude.json',
    mode: 0o600,
    keys: ['mcpServers'],
    text: '{\n  "numStartups": 42,\n  "projects": {\n    "/srv/a": { "mcpServers": { "everything": { "command": "x" } } }\n  },\n  "mcpServers": {\n    "remote": { "type": "http", "url": "https://mcp.example.com" }\n  },\n  "tipsHistory": {"a": 1}\n}',
  },
  {
    client: 'cursor',
    file: '.cursor/mcp.json',
    mode: 0o644,
    keys: ['mcpServers'],
    text: '\uFEFF{\r\n\t// of mine\r\n\t"mcpServers": {\r\n\t\t"a": { "command": "a" }, // first\r\n\t\t/* second */\r\n\t\t"b": { "command": "b" } // last\r\n\t\t// the end\r\n\t}\r\n}\r\n',
  },
  {
    client: 'vscode',
    file: '.config/Code/User/mcp.json',
    mode: 0o640,
    keys: ['servers'],
    text: '{\n\t"inputs": [\n\t\t{ "type": "promptString", "id": "key", "password": true }, // asked for\n\t],\n\t"servers": {\n\t\t"github": {\n\t\t\t"type": "http",\n\t\t\t"url": "https://api.example.com/mcp",\n\t\t}, // trailing commas are fine here\n\t},\n}\n',
  },
  {
    client: 'windsurf',
    file: '.codeium/windsurf/mcp_config.json',
    mode: 0o644,
    keys: ['mcpServers'],
    text: '{"mcpServers":{"a":{"command":"a","disabled":true}}}',
  },
  {
    client: 'zed',
    file: '.config/zed/settings.json',
    mode: 0o644,
    keys: ['context_servers'],
    text: '// Zed settings\n//\n// To see all of them, look at the documentation.\n{\n  "theme": { "mode": "system" }, // system\n  "context_servers": {\n    // of a colleague\n    "other": { "source": "custom", "command": "other", "args": [], "env": {} },\n  },\n  "vim_mode": true,\n}\n',
  },
  {
    client: 'codex',
    file: '.codex/config.toml',
    mode: 0o600,
    keys: ['mcp_servers'],
    text: '# my Codex\nmodel = "o5"            # the big one\n\n[mcp_servers.docs]      # documentation\ncommand = "npx"\nargs = [\n  "-y",                 # yes\n  "docs-server",\n]\n\n  [mcp_servers.docs.env]\n  KEY = "v"\n\n# profiles\n[profiles.fast]\nmodel = "o5-mini"',
  },
  {
    client: 'gemini-cli',
    file: '.gemini/settings.json',
    mode: 0o644,
    keys: ['mcpServers'],
    text: '{\n    "ui": { "theme": "Default" }, // "mcpServers": {}\n    "mcpServers": {\n        "a": {\n            "command": "a" /* no args */\n        }\n    }\n}\n\n',
  },
  {
    client: 'opencode',
    file: '.config/opencode/opencode.jsonc',
    mode: 0o644,
    keys: ['mcp'],
    text: '{\n  "$schema": "https://opencode.ai/config.json",\n  // servers\n  "mcp": {\n    "a": { "type": "local", "command": ["a", "b"], "enabled": false }\n  }\n}\n',
  },
  {
    client: 'goose',
    file: '.config/goose/config.yaml',
    mode: 0o600,
    keys: ['extensions'],
    text: 'GOOSE_PROVIDER: anthropic   # mine\nextensions:\n  # built in\n  developer:\n    bundled: true\n    enabled: true\n    name: developer\n    type: builtin\n  notes: {type: stdio, cmd: notes, args: [], enabled: true} # of mine\nGOOSE_MODE: |\n  smart\n\n  approve\n# the end\n',
  },
  {
    client: 'kiro-cli',
    file: '.kiro/settings/mcp.json',
    mode: 0o644,
    keys: ['mcpServers'],
    text: '{ "mcpServers": { "a": { "command": "a" } } }\n',
  },
  {
    client: 'github-copilot-cli',
    file: '.copilot/mcp-config.json',
    mode: 0o600,
    keys: ['mcpServers'],
    text: '{\n  "mcpServers": {\n    "a": { "type": "local", "command": "a", "args": [], "tools": ["*"] }\n  }\n}\n',
  },
];

/** Files of a project. */
export const PROJECT_SAMPLES: readonly ClientSample[] = [
  {
    client: 'claude-code',
    file: '.mcp.json',
    mode: 0o644,
    keys: ['mcpServers'],
    text: '{\n  "mcpServers": {\n    "a": { "command": "a" }\n  }\n}\n',
  },
  {
    client: 'vscode',
    file: '.vscode/mcp.json',
    mode: 0o644,
    keys: ['servers'],
    text: '{\n  // of the team\n  "servers": {}\n}\n',
  },
  { client: 'cursor', file: '.cursor/mcp.json', mode: 0o644, keys: ['mcpServers'], text: '{}' },
  {
    client: 'codex',
    file: '.codex/config.toml',
    mode: 0o644,
    keys: ['mcp_servers'],
    text: '# of the team\n',
  },
];

/** Writes it below a folder. @returns the file */
export function writeSample(folder: string, { file, text, mode }: ClientSample): string {
  const place = path.join(folder, file);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, text);
  chmodSync(place, mode);
  return place;
}
