/** What a terminal shows, as an HTML page to be photographed: the few styles that mpak uses. */
import { escapeHtml } from '../registry/web/html.ts';

const CLASSES: Readonly<Record<string, string>> = {
  1: 'bold',
  2: 'dim',
  4: 'underline',
  31: 'red',
  32: 'green',
  33: 'yellow',
};
/** What ends a style, or several. */
const ENDS: Readonly<Record<string, readonly string[]>> = {
  0: Object.values(CLASSES),
  22: ['bold', 'dim'],
  24: ['underline'],
  39: ['red', 'green', 'yellow'],
};

/** @param output of a pseudo-terminal @throws Error for a sequence that it does not know */
export function ansiToHtml(output: string): string {
  const active = new Set<string>();
  const pieces = output.replaceAll('\r\n', '\n').split(ESCAPE);
  return pieces
    .map((piece, index) => {
      // Captured: every other piece is the number of a style.
      if (index % 2 === 1) {
        for (const code of piece.split(';')) switchStyle(active, code);
        return '';
      }
      const text = escapeHtml(piece);
      return active.size === 0 || text === ''
        ? text
        : `<span class="${[...active].join(' ')}">${text}</span>`;
    })
    .join('');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what terminals are told by
const ESCAPE = /\u001b\[([\d;]*)m/;

function switchStyle(active: Set<string>, code: string): void {
  const style = CLASSES[code];
  if (style !== undefined) active.add(style);
  else {
    const ended = ENDS[code === '' ? '0' : code];
    if (ended === undefined) throw new Error(`the style ${code} is not known`);
    for (const each of ended) active.delete(each);
  }
}

/** @param sessions commands and what they print */
export function terminalPage(
  sessions: readonly { readonly command: string; readonly output: string }[],
): string {
  const lines = sessions.map(
    ({ command, output }) =>
      `<span class="green bold">$</span> <span class="bold">${escapeHtml(command)}</span>\n${ansiToHtml(output).trimEnd()}\n`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Terminal</title><style>
body { margin: 0; padding: 22px; background: #eceae3; display: inline-block; }
pre { margin: 0; padding: 20px 24px 22px; background: #16191c; color: #dfe2df; border-radius: 12px;
  font: 14px/1.45 "DejaVu Sans Mono", ui-monospace, monospace; box-shadow: 0 8px 28px -12px rgb(0 0 0 / 50%); }
pre::before { content: "\\25CF  \\25CF  \\25CF"; display: block; color: #4a5156; margin-bottom: 12px; letter-spacing: -2px; }
.bold { font-weight: 700; color: #fff; } .dim { color: #8f989d; } .underline { text-decoration: underline; text-underline-offset: 3px; color: #6fd3b8; }
.red { color: #f29a92; } .green { color: #7fd09a; } .yellow { color: #e9b665; }
</style><pre>${lines.join('\n')}</pre></html>`;
}
