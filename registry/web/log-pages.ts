/** GET /log and /log/SEQ: the checkpoint, the keys that sign it, the newest entries, one entry, and how to check them. */
import { grouped } from '../../src/cli/format.ts';
import { type Checkpoint, PAGE_SIZE } from '../../src/lib/log/checkpoint-form.ts';
import { parseLine } from '../../src/lib/log/entry.ts';
import { fingerprint } from '../../src/lib/log/key.ts';
import { leafHash } from '../../src/lib/log/tree.ts';
import { printable } from '../../src/lib/printable.ts';
import { notFound } from '../routes/published.ts';
import type { RegistryHandler } from '../services.ts';
import { type Html, html, NOTHING, type Part } from './html.ts';
import { copyBox } from './install-cards.ts';
import { showPage } from './layout.ts';
import { packagePath } from './links.ts';
import { lineOf, moment } from './text.ts';

const NEWEST = 25;
/** Of an entry on its page; the page of the log has all of it. */
const MOST_ENTRY_LENGTH = 100_000;

interface LogRow {
  readonly seq: number;
  readonly line: Buffer;
}

export const showLog: RegistryHandler = async (_request, { db, checkpoints, keys, origin, publicUrl }) => {
  const jws = await checkpoints.current();
  const checkpoint = payloadOf(jws);
  const kids = (await keys.keySet()).keys.map((key) => (key as { kid: string }).kid);
  const rows = db
    .prepare<[number], LogRow>('SELECT seq, line FROM log ORDER BY seq DESC LIMIT ?')
    .all(NEWEST);
  return showPage(
    { origin, publicUrl },
    {
      title: `Log \u00b7 ${origin}`,
      description: `The signed log of ${origin}: its checkpoint, its keys, its newest entries, and how to verify them.`,
      path: '/log',
      section: 'log',
      body: html`<div class="hero"><h1>The log</h1>
<p>Everything that this registry says is an entry of one append-only log under a Merkle tree. Its signed checkpoint commits to every entry: nothing can be changed or taken away without anyone who has seen it noticing.</p></div>
<div class="split"><div class="first">${verifyCard(publicUrl, kids[0] as string)}</div><div class="stack">
${checkpointSection(checkpoint)}
${keysSection(kids)}
${entriesSection(rows)}
</div></div>`,
    },
  );
};

/** It was signed here: what it says is ours. */
function payloadOf(jws: string): Checkpoint {
  return JSON.parse(Buffer.from(jws.split('.')[1] as string, 'base64url').toString('utf8')) as Checkpoint;
}

function checkpointSection({ size, root, issued_at, expires_at, snapshot }: Checkpoint): Html {
  return html`<section aria-labelledby="checkpoint"><h2 id="checkpoint">Checkpoint</h2>
<dl class="rows card">
<dt>Entries</dt><dd>${grouped(size)}</dd>
<dt>Root</dt><dd class="mono">${root}</dd>
<dt>Signed</dt><dd>${moment(issued_at)}</dd>
<dt>Expires</dt><dd>${moment(expires_at)}</dd>
${snapshot === null ? NOTHING : html`<dt>Snapshot</dt><dd>of ${grouped(snapshot.size)} entries: <a class="mono" href="${snapshot.path}">sha256:${snapshot.sha256}</a></dd>`}
<dt>As it is signed</dt><dd><a href="/v1/index/checkpoint">checkpoint</a> (JWS)</dd>
</dl></section>`;
}

function keysSection(kids: readonly string[]): Html {
  return html`<section aria-labelledby="keys"><h2 id="keys">Keys</h2>
<p class="soft">Each key after the first was named by the one before it, in the log. <a href="/v1/index/keys.json">As JWKS</a></p>
<ul class="card">${kids.map(
    (kid, index) =>
      html`<li><code>${fingerprint(kid)}</code> ${index === 0 ? html`<span class="chip good">signs</span>` : html`<span class="chip">before</span>`}</li>`,
  )}</ul></section>`;
}

function entriesSection(rows: readonly LogRow[]): Html {
  if (rows.length === 0)
    return html`<section aria-labelledby="entries"><h2 id="entries">Newest entries</h2><p class="soft">There is none yet.</p></section>`;
  return html`<section aria-labelledby="entries"><h2 id="entries">Newest entries</h2>
<div class="scroll fold"><table><thead><tr><th scope="col">Entry</th><th scope="col">Kind</th><th scope="col">Of</th><th scope="col">Time</th></tr></thead>
<tbody>${rows.map(entryRow)}</tbody></table></div></section>`;
}

function entryRow({ seq, line }: LogRow): Html {
  const { kind, subject, at } = summaryOf(line);
  return html`<tr><th scope="row"><a href="/log/${seq}">${seq}</a></th>
<td data-label="Kind">${kind}</td>
<td>${subject}</td>
<td class="plain">${at === undefined ? NOTHING : moment(at)}</td></tr>
`;
}

function summaryOf(line: Uint8Array): { kind: Part; subject: Part; at: string | undefined } {
  const parsed = parseLine(line);
  if ('unknown' in parsed)
    return { kind: html`<span class="soft">unknown</span>`, subject: NOTHING, at: undefined };
  const { entry } = parsed;
  const { kind, at } = entry;
  if ('scope' in entry) return { kind, subject: `@${entry.scope}`, at };
  if (!('package' in entry)) return { kind, subject: NOTHING, at };
  const version = 'version' in entry ? entry.version : entry.versions;
  return {
    kind,
    subject: html`<a href="${packagePath(entry.package)}">${entry.package}</a> <span class="mono small">${lineOf(version, 40)}</span>`,
    at,
  };
}

function verifyCard(publicUrl: string, kid: string): Html {
  return html`<section class="card" aria-labelledby="verify"><h2 id="verify">How to verify it</h2>
<p class="small">Compare the fingerprint with one that you have from somewhere else, and pin it. mpak then replays the log and compares every row:</p>
${copyBox(`mpak sync --registry ${publicUrl} --key ${fingerprint(kid)} --verify`, 'command that verifies the log')}
<p class="small soft">It refuses a log that was rolled back, forked, rewritten or held back. The hashes are those of RFC 6962 and the signature is a JWS by Ed25519: other tools can check both.</p>
</section>`;
}

/** GET /log/SEQ */
export const showEntry: RegistryHandler = ({ params }, { db, origin, publicUrl }) => {
  const seq = /^(0|[1-9]\d{0,11})$/.test(params.seq ?? '') ? Number(params.seq) : undefined;
  const line =
    seq === undefined
      ? undefined
      : db.prepare<[number], Buffer>('SELECT line FROM log WHERE seq = ?').pluck().get(seq);
  if (seq === undefined || line === undefined) throw notFound('The log has no such entry.');
  const { kind, subject, at } = summaryOf(line);
  const page = Math.floor(seq / PAGE_SIZE);
  return showPage(
    { origin, publicUrl },
    {
      title: `Entry ${seq} of the log \u00b7 ${origin}`,
      description: `Entry ${seq} of the signed log of ${origin}.`,
      path: `/log/${seq}`,
      section: 'log',
      body: html`<div class="hero"><h1>Entry ${seq}</h1></div>
<div class="stack"><section aria-labelledby="facts"><h2 id="facts">What it is</h2>
<dl class="rows card"><dt>Kind</dt><dd>${kind}</dd>
${subject === NOTHING ? NOTHING : html`<dt>Of</dt><dd>${subject}</dd>`}
${at === undefined ? NOTHING : html`<dt>Time</dt><dd>${moment(at)}</dd>`}
<dt>Leaf hash</dt><dd class="mono">${Buffer.from(leafHash(line)).toString('hex')}</dd>
<dt>In the log</dt><dd><a href="/v1/index/log/${page}">page ${page}</a>, line ${(seq % PAGE_SIZE) + 1}</dd></dl></section>
<section aria-labelledby="line"><h2 id="line">What it says</h2>
<div class="prose"><pre tabindex="0"><code>${pretty(line)}</code></pre></div></section></div>`,
    },
  );
};

/** Indented where that changes nothing else: a number may have more digits than are kept, a name may stand there twice. */
function pretty(line: Uint8Array): string {
  const text = Buffer.from(line).toString('utf8');
  let shown = text;
  try {
    const value: unknown = JSON.parse(text);
    if (JSON.stringify(value) === text) shown = JSON.stringify(value, null, 2);
  } catch {
    // A log outlives its readers: a line may be anything.
  }
  return shown.length > MOST_ENTRY_LENGTH
    ? `${printable(shown.slice(0, MOST_ENTRY_LENGTH))}\n\u2026`
    : printable(shown);
}
