/** The chain of proof of a version, link by link: the commit, the run that built it, its entries in the log, its bytes. */
import type { Artifact } from '../../src/lib/index/read-artifact.ts';
import type { Provenance } from '../../src/lib/log/entry.ts';
import { type Html, html, type Part } from './html.ts';
import { commitUrl, linkAway, repositoryUrl, runUrl } from './links.ts';
import type { Section } from './package-page.ts';
import { isAttested, isOffered, type PackageView, platformName } from './package-view.ts';
import { foreign, lineOf, TEXT_LIMITS } from './text.ts';

export function chainSection(view: PackageView): Section {
  const { provenance, artifacts, mirrorOf } = view;
  return {
    id: 'proof',
    title: 'Chain of proof',
    body: html`<ol class="chain">
${provenance === null ? unproven(isAttested(view)) : [commit(provenance), run(provenance)]}
${attestations(artifacts, provenance)}
${entries(artifacts, mirrorOf)}
${digests(artifacts, isOffered(view))}
</ol>`,
  };
}

function unproven(isAttested: boolean): Html {
  return html`<li class="broken"><h3>Source and build</h3>
<p>The registry's operator imported it: ${
    isAttested
      ? 'the attestation alone says who built it, and from what.'
      : 'nothing proves who built it, or from what.'
  }</p></li>`;
}

function commit({ repository, sha, claims }: Provenance): Html {
  return html`<li><h3>Commit</h3>
<p>${linkAway(commitUrl(repository, sha), html`<code>${lineOf(sha, 64)}</code>`)} of ${linkAway(
    repositoryUrl(repository),
    foreign(repository, TEXT_LIMITS.label),
  )}</p>
<p class="small soft">${foreign(claims.ref, TEXT_LIMITS.label)}</p></li>`;
}

function run({ repository, claims }: Provenance): Html {
  return html`<li><h3>Workflow run</h3>
<p>${linkAway(runUrl(repository, claims.run_id), html`Run ${foreign(claims.run_id, 20)}`)} of ${foreign(claims.workflow, TEXT_LIMITS.label)}, started by ${foreign(claims.actor, TEXT_LIMITS.label)}</p>
<p class="small soft mono">${foreign(claims.workflow_ref)}</p></li>`;
}

function attestations(artifacts: readonly Artifact[], provenance: Provenance | null): Html {
  const missing = artifacts.filter(({ attestation_sha256 }) => attestation_sha256 === null);
  if (missing.length === artifacts.length) {
    return html`<li class="broken"><h3>Attestation</h3>
<p>None: ${
      provenance === null
        ? 'no build has signed for these bytes.'
        : 'the announcement came from that run, and no build has signed for these bytes.'
    }</p></li>`;
  }
  return html`<li class="${missing.length === 0 ? '' : 'broken'}"><h3>Attestation</h3>
<p>What the build signed through Sigstore. mpak verifies it before it unpacks a byte.</p>
${perArtifact(artifacts, ({ sha256, attestation_sha256, attestation_type }) =>
  attestation_sha256 === null
    ? 'none: no build has signed for these bytes'
    : html`<a href="/v1/attestations/sha256:${sha256}">SLSA provenance</a> <span class="small soft mono">${foreign(attestation_type, TEXT_LIMITS.label)}</span>`,
)}</li>`;
}

function entries(artifacts: readonly Artifact[], mirrorOf: string | undefined): Html {
  return html`<li><h3>Log entry</h3>
<p>In the registry's signed log, which only grows${mirrorOf === undefined ? '' : `; copied from ${mirrorOf}`}.</p>
${perArtifact(artifacts, ({ seq }) => html`<a href="/log/${seq}">Entry ${seq}</a>`)}</li>`;
}

function digests(artifacts: readonly Artifact[], isHandedOut: boolean): Html {
  return html`<li><h3>Digest</h3>
<p>What mpak compares every download with.</p>
${perArtifact(artifacts, ({ sha256, url }) => {
  const digest = html`<code>sha256:${sha256}</code>`;
  return isHandedOut ? linkAway(url, digest) : digest;
})}</li>`;
}

/** Where there is one artifact alone, its platform goes without saying. */
function perArtifact(artifacts: readonly Artifact[], show: (artifact: Artifact) => Part): Html {
  if (artifacts.length === 1) return html`<p>${show(artifacts[0] as Artifact)}</p>`;
  return html`<dl class="each">${artifacts.map(
    (artifact) => html`<div><dt>${platformName(artifact.platform)}</dt><dd>${show(artifact)}</dd></div>`,
  )}</dl>`;
}
