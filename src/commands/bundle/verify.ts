import { Args, Flags } from '@oclif/core';
import { refusedLines, verifiedLines } from '../../cli/attestation-page.ts';
import { BaseCommand } from '../../cli/command.ts';
import { registryFlag, registryIndexes } from '../../cli/context.ts';
import { outputScreen } from '../../cli/output.ts';
import { packageIndex } from '../../cli/package-index.ts';
import { provenance } from '../../cli/provenance.ts';
import { screenOf } from '../../cli/screen.ts';
import { ensureDetails } from '../../cli/unsigned.ts';
import { parsePackageReference } from '../../lib/bundle/name.ts';
import { currentPlatform } from '../../lib/bundle/platform.ts';
import { EXIT_STATUS, MpakError } from '../../lib/errors.ts';
import { issuerUrl, predicateTypeUri, signerRequirement } from '../../lib/provenance/demand.ts';
import { verifyFromSources } from '../../lib/provenance/sources.ts';
import { SLSA_PROVENANCE_V1 } from '../../lib/provenance/statement.ts';
import { subjectOfFile, subjectOfPackage } from '../../lib/provenance/subject.ts';
import { loadTrustedRoot } from '../../lib/provenance/trusted-root.ts';

export default class BundleVerify extends BaseCommand {
  static override summary =
    'Verify who built a bundle: by its attestation, from which repository and commit.';
  static override description =
    'A package is verified against its scope and what the registry recorded of it; a file against what the flags ' +
    'demand, at least an owner, a repository or an identity. Attestations are taken from --attestation, else from ' +
    'FILE.sigstore.json beside the file, the registry, and GitHub (for a file: with --repo). A revoked version is verified too. Exit status: 0 verified, ' +
    '4 refused, 3 nothing to verify, 2 wrong usage.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> @acme/postgres@1.2.0',
    '<%= config.bin %> <%= command.id %> postgres.mcpb --repo acme/postgres-mcp',
    '<%= config.bin %> <%= command.id %> tool.tar.gz --owner acme --attestation tool.sigstore.json --offline',
  ];
  static override args = {
    target: Args.string({
      ignoreStdin: true,
      description: 'A package, @scope/name[@version], or a file.',
      required: true,
    }),
  };
  static override flags = {
    owner: Flags.string({
      description: 'Owner of the repository that it was built from.',
      helpValue: 'OWNER',
    }),
    repo: Flags.string({ description: 'Repository that it was built from.', helpValue: 'OWNER/REPO' }),
    'signer-workflow': Flags.string({
      description: 'Workflow that signed; with @ref behind it, at that ref only.',
      helpValue: 'OWNER/REPO/PATH',
    }),
    'source-ref': Flags.string({
      description: 'Branch or tag that it was built from.',
      helpValue: 'refs/tags/v1',
    }),
    'cert-identity': Flags.string({
      description: "The certificate's whole subject alternative name.",
      helpValue: 'IDENTITY',
    }),
    'cert-identity-regex': Flags.string({
      description: 'A regular expression to be found in it; anchor it with ^ and $.',
      helpValue: 'REGEX',
    }),
    'cert-oidc-issuer': Flags.string({
      description: "Identity provider that vouches. Default: the configuration, then GitHub Actions'.",
      helpValue: 'URL',
    }),
    'predicate-type': Flags.string({
      description: 'Type of what is attested.',
      helpValue: 'URI',
      default: SLSA_PROVENANCE_V1,
    }),
    'digest-alg': Flags.option({
      options: ['sha256', 'sha512'] as const,
      description: 'Which digest of the file the attestation must name.',
      default: 'sha256' as const,
    })(),
    attestation: Flags.string({
      description: 'File with attestations, as one JSON document or JSON lines; no other source is asked.',
      helpValue: 'FILE',
    }),
    'trusted-root': Flags.string({
      description: 'Trusted root of a Sigstore. Default: MPAK_TRUSTED_ROOT, then the public one.',
      helpValue: 'FILE',
    }),
    offline: Flags.boolean({ description: 'Use no network.' }),
    registry: registryFlag,
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(BundleVerify);
    const settings = provenance();
    const demanded = signerRequirement({
      owner: flags.owner,
      repository: flags.repo,
      signerWorkflow: flags['signer-workflow'],
      ref: flags['source-ref'],
      identity: flags['cert-identity'],
      identityPattern: flags['cert-identity-regex'],
    });
    const issuer = issuerUrl(flags['cert-oidc-issuer'] ?? settings.issuer);
    const predicateType = predicateTypeUri(flags['predicate-type']);
    if (flags.attestation === '') {
      throw new MpakError('USAGE', '--attestation is empty.', { hint: 'Give the file that holds it.' });
    }
    const reference = parsePackageReference(args.target);
    const { store } =
      reference === undefined
        ? registryIndexes(flags)[0]
        : packageIndex(flags, reference.name, (text) => this.note(text));
    const algorithm = flags['digest-alg'];
    if (reference !== undefined && !flags.offline)
      await ensureDetails(store, args.target, this.config.userAgent);
    const subject =
      reference !== undefined
        ? subjectOfPackage(store, args.target, currentPlatform(), algorithm, settings.github.url)
        : await subjectOfFile(args.target, demanded, algorithm);
    const { userAgent } = this.config;
    const root = await loadTrustedRoot({
      ...settings,
      ...(flags['trusted-root'] !== undefined && { trustedRoot: flags['trusted-root'] }),
      offline: flags.offline,
      userAgent,
      now: () => new Date(),
    });
    const network = {
      userAgent,
      registry: store.registry,
      github: settings.github,
      repository: flags.repo ?? subject.repository,
      logged: subject.logged,
    };
    for (const warning of [root.stale, subject.warning]) if (warning !== undefined) this.note(warning);
    const verification = await verifyFromSources(
      {
        sha256: subject.sha256,
        file: flags.attestation,
        artifact: subject.file,
        network: flags.offline ? undefined : network,
      },
      {
        digest: subject.digest,
        predicateType,
        issuer,
        signer: [...subject.signer, demanded],
      },
      root,
    );
    const label = `${args.target} (${subject.digest.algorithm}:${subject.digest.value})`;
    if (verification.verified) {
      for (const line of verifiedLines(label, verification, outputScreen())) this.log(line);
    } else {
      const { code } = verification;
      process.exitCode = EXIT_STATUS[code === 'ATTESTATION_MISSING' ? code : 'ATTESTATION_REFUSED'];
      const asked = {
        file: flags.attestation !== undefined,
        offline: flags.offline,
        repository: network.repository,
      };
      if (!this.jsonEnabled())
        this.notePage(refusedLines(label, verification, asked, screenOf(process.stderr)));
    }
    const { verified, code, failures, signer, statement } = verification;
    return { verified, code, failures, signer, statement };
  }
}
