/**
 * What a scan knows that is not in the bundle. Each is there by configuration; a control that needs one that is absent
 * answers skip and says so.
 */

/** A vulnerability of a component, as OSV has it. */
export interface Vulnerability {
  readonly id: string;
  /** Its other names: a CVE among them is what EPSS and KEV know it by. */
  readonly aliases: readonly string[];
  /** CVSS base score, 0 to 10; null when it has none. */
  readonly cvss: number | null;
  readonly summary: string;
  /** The first version without it, where there is one. */
  readonly fixed: string | null;
}

export interface VulnerabilitySource {
  /** When the data was made: ISO 8601. */
  readonly asOf: string;
  /** Older than whoever configured it lets it be. */
  readonly isStale?: boolean;
  /** @returns null when the ecosystem of the package is not in the data, which is not the same as none */
  affecting(purl: string): readonly Vulnerability[] | null;
}

export interface EpssSource {
  readonly asOf: string;
  readonly isStale?: boolean;
  /** Probability of exploitation, 0 to 1. */
  score(cve: string): number | undefined;
}

export interface KevSource {
  readonly asOf: string;
  readonly isStale?: boolean;
  has(cve: string): boolean;
}

/** OpenSSF Scorecard of a repository. */
export interface Scorecard {
  /** 0 to 10. */
  readonly score: number;
  /** By the check's name; -1 is inconclusive. */
  readonly checks: ReadonlyMap<string, number>;
}

export type ScorecardAnswer = Scorecard | { readonly unavailable: string } | null;

export interface ScorecardSource {
  /** @param repository `github.com/Owner/repo` @returns null when there is none, or why nobody can say, a sentence */
  of(repository: string): Promise<ScorecardAnswer> | ScorecardAnswer;
}

/** Of an attestation whose signature, certificate and policy were verified. */
export interface VerifiedProvenance {
  readonly predicateType: string;
  /** Lower-case hex. */
  readonly subjectSha256: string;
  /** Issuer of the signer's identity. */
  readonly issuer: string;
  /** `builder.id` of the SLSA predicate. */
  readonly builder: string | null;
  /** `https://github.com/Owner/repo`. */
  readonly sourceRepository: string | null;
  readonly sourceCommit: string | null;
  /** Of the certificate: the URL of the workflow that signed, and where it ran, `github-hosted` or `self-hosted`. */
  readonly signerWorkflow?: string | null;
  readonly runner?: string | null;
}

/** What the registry saw when the bundle was announced. */
export interface RegistryRecord {
  /** Who announced it, by their OIDC token. */
  readonly owner: string;
  /** `Owner/repo`. */
  readonly repository: string;
  readonly commit: string;
}

export interface NetworkUse {
  readonly direction: 'outbound' | 'inbound';
  /** Host and port, a name that was asked for, or the path of a socket. */
  readonly address: string;
}

/** What a server did while it ran in a sandbox, or tried to do: each list is ordered, and has each once. */
export interface Behaviour {
  /** What kept it from being seen as it is, each a sentence without its full stop: it did not answer. */
  readonly problems: readonly string[];
  /** Undefined when it did not say. */
  readonly tools: readonly string[] | undefined;
  readonly network: readonly NetworkUse[];
  /** Outside of its folder and of what belongs to the system; what is in the home of its user begins with `~/`. */
  readonly filesRead: readonly string[];
  readonly filesWritten: readonly string[];
  /** Names of variables; `*` for all of them. */
  readonly environment: readonly string[];
  /** File names of programs. */
  readonly processes: readonly string[];
}

export interface Sandbox {
  /** Runs the server of the bundle that the sandbox is for. */
  run(): Promise<Behaviour | { readonly unavailable: string }>;
}

export interface Rebuild {
  /** @returns the sha256 of what was built, or why nothing was */
  rebuild(): Promise<{ readonly sha256: string } | { readonly unavailable: string }>;
}

export interface Context {
  readonly vulnerabilities?: VulnerabilitySource | undefined;
  readonly epss?: EpssSource | undefined;
  readonly kev?: KevSource | undefined;
  readonly scorecard?: ScorecardSource | undefined;
  /** Undefined: nobody looked for one. Null: there is none that verifies. */
  readonly attestation?: VerifiedProvenance | null | undefined;
  /** `builder.id` of the builders to be trusted, without what comes after an `@`; undefined: BUILDERS of PR-03. */
  readonly builders?: readonly string[] | undefined;
  readonly registry?: RegistryRecord | undefined;
  readonly sandbox?: Sandbox | undefined;
  readonly rebuild?: Rebuild | undefined;
  /** URL prefixes by the purl type of what comes from there: `npm`, `pypi`. */
  readonly approvedSources?: ReadonlyMap<string, readonly string[]> | undefined;
}
