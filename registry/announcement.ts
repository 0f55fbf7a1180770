/** The body of an announcement, as API.md has it. */
import { z } from 'zod';
import { type PackageName, parsePackageName } from '../src/lib/bundle/name.ts';
import {
  architecture,
  describeIssue,
  type Manifest,
  manifestSchema,
  operatingSystem,
  sha256,
  version,
} from '../src/lib/log/entry.ts';
import { HttpError } from './http.ts';
import { parseJson } from './json.ts';
import { ASSET_LIMITS } from './limits.ts';
import { packageNameSchema } from './publisher.ts';

const filename = z
  .string()
  .min(1)
  .max(255)
  .refine(
    (text) => text.endsWith('.mcpb') && !/[/\\\p{Cc}]/u.test(text) && !text.includes('..'),
    'must end in .mcpb, without a separator or ".."',
  );

export const announcementSchema = z.object({
  name: packageNameSchema,
  version,
  manifest: manifestSchema,
  release_tag: z.string().min(1).max(1024),
  prerelease: z.boolean().default(false),
  artifact: z.object({
    filename,
    os: operatingSystem,
    arch: architecture,
    sha256,
    size: z.int().min(1).max(ASSET_LIMITS.assetBytes),
  }),
});

export type Announcement = z.infer<typeof announcementSchema>;

/** @throws HttpError 400 with what is wrong */
export function parseAnnouncement(body: Uint8Array): Announcement {
  let json: unknown;
  try {
    json = parseJson(body);
  } catch (error) {
    throw new HttpError(400, 'INVALID_JSON', `The body is not JSON: ${(error as Error).message}.`);
  }
  const parsed = announcementSchema.safeParse(json);
  if (!parsed.success) {
    throw new HttpError(
      400,
      'INVALID_ANNOUNCEMENT',
      `The announcement is invalid: ${describeIssue(parsed.error)}.`,
    );
  }
  const announcement = parsed.data;
  requireSameName(announcement.manifest, announcement);
  // As it was sent: the log keeps the manifest's own order of fields.
  return { ...announcement, manifest: (json as { manifest: Manifest }).manifest };
}

function requireSameName(
  manifest: Manifest,
  { name, version }: { name: PackageName; version: string },
): void {
  if (parsePackageName(manifest.name) === name && manifest.version === version) return;
  throw new HttpError(
    400,
    'MANIFEST_MISMATCH',
    `The manifest is of ${manifest.name} ${manifest.version}, and the announcement of ${name} ${version}.`,
  );
}
