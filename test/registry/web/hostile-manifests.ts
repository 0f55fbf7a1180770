/** Manifests that want to run something on a page, load something, lie about what stands on it, or break it. */

import type { Entry, PublishEntry } from '../../../src/lib/log/entry.ts';
import { publishEntry } from '../../support/entries.ts';
import { provenanceFrom } from '../../support/index-of.ts';

const RUN = 'window.pwned=1';
const MEGABYTE = 1024 * 1024;

/** Each is put wherever a manifest has a text. */
const TEXTS: readonly string[] = [
  `<script>${RUN}</script>`,
  `</title><script>${RUN}</script>`,
  `"><script>${RUN}</script>`,
  `'><img src=x onerror=${RUN}>`,
  `<img src="https://attacker.example/x.png" onerror="${RUN}">`,
  `<svg onload=${RUN}>`,
  `<svg><animate onbegin=${RUN} attributeName=x dur=1s>`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror=${RUN}>`,
  `<noscript><p title="</noscript><img src=x onerror=${RUN}>">`,
  `<details open ontoggle=${RUN}>`,
  `<input autofocus onfocus=${RUN}>`,
  `<body onload=${RUN}>`,
  `<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>`,
  `<iframe src="javascript:parent.pwned=1"></iframe>`,
  `<object data="javascript:${RUN}"></object>`,
  `<embed src="data:text/html,<script>opener.pwned=1</script>">`,
  `<base href="https://attacker.example/">`,
  `<meta http-equiv="refresh" content="0;url=https://attacker.example/">`,
  `<link rel="stylesheet" href="https://attacker.example/x.css">`,
  '<style>*{display:none}</style>',
  '<div style="position:fixed;inset:0;background:red">',
  `<form action="https://attacker.example/"><button autofocus>`,
  `<a href="javascript:${RUN}">click</a>`,
  `javascript:${RUN}`,
  `JaVaScRiPt:${RUN}//https://example.com`,
  `\u0001javascript:${RUN}`,
  `java\tscript:${RUN}`,
  `data:text/html,<script>${RUN}</script>`,
  `vbscript:${RUN}`,
  'file:///etc/passwd',
  `[click](javascript:${RUN})`,
  `[click](JAVASCRIPT&colon;${RUN})`,
  `[click](<java\nscript:${RUN}>)`,
  `[click](data:text/html;base64,PHNjcmlwdD4=)`,
  `[click](https://example.com" onclick="${RUN})`,
  `![x](https://attacker.example/x.png "onerror=${RUN}")`,
  `![x](javascript:${RUN})`,
  `[![x](https://attacker.example/y.png)](https://example.com)`,
  `<https://example.com/"onmouseover="${RUN}>`,
  `[x]: javascript:${RUN}\n\n[x]`,
  `\`\`\`"><script>${RUN}</script>\n${RUN}\n\`\`\``,
  `|a|\n|:-:|\n|<img src=x onerror=${RUN}>|`,
  `\${${RUN}} {{constructor.constructor('${RUN}')()}}`,
  '\u202egnp.exe\u202c \u2066\u2067\u2068\u2069\u200b\u200e\u200f\ufeff',
  '\u0645\u0631\u062d\u0628\u0627 \u202a\u202b\u202d @acme/postgres',
  'x'.repeat(MEGABYTE),
  '\u4e16'.repeat(MEGABYTE / 4),
  `a${'\u0300'.repeat(20_000)}`,
  `${'> '.repeat(2_000)}deep`,
  `${'['.repeat(20_000)}${']('.repeat(1_000)}`,
];

export const HOSTILE_COUNT = TEXTS.length;

/** A package for each, with all that can be said of one. */
export function hostileEntries(): Entry[] {
  return TEXTS.flatMap((text, index) => hostileEntry(text, `@hostile/p${index}`));
}

function hostileEntry(text: string, name: string): Entry[] {
  const provenance = provenanceFrom('Hostile/repo');
  const claims = Object.fromEntries(Object.keys(provenance.claims).map((key) => [key, text]));
  const entry = publishEntry(name, '1.0.0', {
    manifest: {
      ...{ manifest_version: '0.3', name, version: '1.0.0' },
      ...{ display_name: text, description: text, long_description: text },
      ...{ author: { name: text, url: text, email: text }, keywords: [text], license: text },
      ...{ homepage: text, icon: text, documentation: text, support: text, repository: { url: text } },
      server: { type: text, entry_point: text },
      tools: [{ name: text, description: text, inputSchema: schema(text) }],
      prompts: [{ name: text, description: text, arguments: [text], text }],
      user_config: { [text]: { type: text, title: text, description: text, default: text } },
      _meta: {
        'org.mpaktrust': {
          permissions: {
            filesystem: text,
            network: [text],
            environment: [text, text],
            native: { [text]: text },
          },
        },
      },
    },
    release: { tag: text, url: text },
    artifact: { filename: text, url: text },
    provenance: { ...provenance, repository: text, sha: text, claims: claims as typeof provenance.claims },
    attestation: { sha256: 'a'.repeat(64), predicateType: text },
  } as Parameters<typeof publishEntry>[2]);
  const at = '2026-06-01T00:00:00.000Z';
  return [
    entry,
    { kind: 'deprecate', package: name, versions: '*', message: text.slice(0, 4096), at },
    {
      ...{ kind: 'certify', package: name, version: '1.0.0', sha256: entry.artifact.sha256, level: 1, at },
      controls: { 'AI-01': 'pass', [text]: 'fail' },
      scanner: { name: text, version: text },
    },
  ];
}

function schema(text: string): object {
  return {
    type: 'object',
    properties: {
      [text]: { type: text, description: text, default: text, enum: [text] },
      other: { type: [text], items: { type: text } },
    },
    required: [text],
  };
}

/** What a scan of it might have found, in its own words. */
export function hostileReport(entry: PublishEntry, text: string): object {
  const finding = { severity: 'high', file: text, line: 1, title: text, remedy: text, blocks: 1 };
  return {
    catalogue: text,
    scanner: { name: text, version: text },
    bundle: { name: text, version: text, sha256: entry.artifact.sha256, size: 1, files: 1 },
    level: 1,
    keepsFromNext: [text],
    controls: [
      {
        id: text,
        level: 1,
        title: text,
        status: 'fail',
        allows: 0,
        reason: text,
        findings: [finding, finding],
      },
    ],
    at: entry.at,
  };
}

export function hostileText(index: number): string {
  return TEXTS[index] as string;
}
