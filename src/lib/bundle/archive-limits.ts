/** How much an archive may hold. docs/archives.md explains the numbers. */

const MIB = 1024 * 1024;

export interface ArchiveLimits {
  /** Of the archive itself: it is read into memory. */
  readonly archiveBytes: number;
  /** Files and folders, those counted that only paths mention. */
  readonly entries: number;
  /** Of all files, unpacked. */
  readonly totalBytes: number;
  /** Of one file, unpacked: it is unpacked in memory. */
  readonly fileBytes: number;
  /** Unpacked size over the archive's size, asked when more than `ratioFromBytes` would be unpacked. */
  readonly ratio: number;
  readonly ratioFromBytes: number;
  /** Of a whole path, in UTF-8. */
  readonly pathBytes: number;
  /** Of one name in it, in UTF-8: what common file systems take. */
  readonly nameBytes: number;
  /** Names in a path. */
  readonly depth: number;
}

export const ARCHIVE_LIMITS: ArchiveLimits = {
  archiveBytes: 512 * MIB,
  entries: 50_000,
  totalBytes: 2048 * MIB,
  fileBytes: 512 * MIB,
  ratio: 200,
  ratioFromBytes: MIB,
  pathBytes: 1024,
  nameBytes: 255,
  depth: 64,
};
