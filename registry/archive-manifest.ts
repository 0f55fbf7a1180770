/**
 * Reads `manifest.json` out of a zip archive while it streams by, so that the manifest comes from the very bytes that
 * are hashed and nothing is stored. APPNOTE.TXT 6.3 is the format.
 *
 * A zip archive is read from its end: the central directory there says which local entry is which file, and every
 * unpacker believes it. So each local entry that could be the manifest is kept as it passes, within a budget, and at
 * the end the directory, which is kept too, says which of them is the one.
 */
import { crc32, inflateRawSync } from 'node:zlib';

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;
const END_SIGNATURE = Buffer.from('PK\x05\x06');
const LOCAL_HEADER_BYTES = 30;
const CENTRAL_HEADER_BYTES = 46;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
/** What an archive that is not there, or bigger than 4 GiB, says in place of a number. */
const ZIP64 = 0xffffffff;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;
/** The sizes are behind the data, not in the local header. */
const STREAMED = 8;

const NAME = 'manifest.json';
const NAME_BYTES = Buffer.from(NAME);
/** Around a zip that `mcpb sign` signed: appended to it, so that the archive ends before. */
const SIGNATURE_START = Buffer.from('MCPB_SIG_V1');
const SIGNATURE_END = Buffer.from('MCPB_SIG_END');
const MAX_SIGNATURE_BYTES = 64 * 1024;

/** The archive cannot be read in this way; the message ends a sentence that starts with its name. */
export class ArchiveError extends Error {}

export interface ArchiveLimits {
  readonly manifestBytes: number;
  readonly directoryBytes: number;
  readonly candidateBytes: number;
}

/** A local entry that may be the manifest, from its header on. */
interface Candidate {
  readonly offset: number;
  /** How much of it can matter. */
  readonly limit: number;
  readonly chunks: Buffer[];
  bytes: number;
}

interface DirectoryEntry {
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly offset: number;
}

export class ArchiveManifestReader {
  readonly #limits: ArchiveLimits;
  readonly #candidates: Candidate[] = [];
  #kept = 0;
  #position = 0;
  /** The last bytes seen: a header may lie across two chunks. */
  #carry: Buffer = Buffer.alloc(0);
  #tail: Buffer[] = [];
  #tailBytes = 0;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  write(chunk: Buffer): void {
    this.#fillCandidates(chunk);
    this.#findCandidates(chunk);
    this.#position += chunk.length;
    this.#tail.push(chunk);
    this.#tailBytes += chunk.length;
    while (this.#tailBytes - (this.#tail[0] as Buffer).length >= this.#limits.directoryBytes) {
      this.#tailBytes -= (this.#tail.shift() as Buffer).length;
    }
  }

  /** The manifest's bytes. Call it after the last `write`. @throws ArchiveError */
  end(): Buffer {
    const tail = Buffer.concat(this.#tail);
    this.#tail = [];
    const entry = findManifest(tail, this.#position - tail.length);
    if (entry.flags & ENCRYPTED) throw new ArchiveError('has an encrypted manifest.json');
    if (entry.size > this.#limits.manifestBytes) {
      throw new ArchiveError(`has a manifest.json larger than ${this.#limits.manifestBytes} bytes`);
    }
    const candidate = this.#candidates.find(({ offset }) => offset === entry.offset);
    if (candidate === undefined) {
      throw new ArchiveError(
        'has no manifest.json where its directory says, or too many entries of that name',
      );
    }
    return unpack(Buffer.concat(candidate.chunks), entry, this.#limits.manifestBytes);
  }

  #fillCandidates(chunk: Buffer): void {
    for (const candidate of this.#candidates) this.#keep(candidate, chunk);
  }

  #entryLimit(header: Buffer): number {
    // Deflate never makes anything much larger than it was.
    const most = this.#limits.manifestBytes + 1024;
    const data = header.readUInt16LE(6) & STREAMED ? most : Math.min(header.readUInt32LE(18), most);
    return LOCAL_HEADER_BYTES + NAME_BYTES.length + header.readUInt16LE(28) + data;
  }

  #keep(candidate: Candidate, bytes: Buffer): void {
    const room = Math.min(candidate.limit - candidate.bytes, this.#limits.candidateBytes - this.#kept);
    if (room <= 0) return;
    // A copy: the chunk is a view of a buffer that would otherwise be kept whole.
    const kept = Buffer.from(bytes.subarray(0, room));
    candidate.chunks.push(kept);
    candidate.bytes += kept.length;
    this.#kept += kept.length;
  }

  #findCandidates(chunk: Buffer): void {
    const seen = Buffer.concat([this.#carry, chunk]);
    const start = this.#position - this.#carry.length;
    // The name is rarer than the header's signature, and lies at a known distance behind it.
    let at = seen.indexOf(NAME_BYTES);
    for (; at !== -1; at = seen.indexOf(NAME_BYTES, at + 1)) {
      const header = at - LOCAL_HEADER_BYTES;
      if (header < 0 || seen.readUInt32LE(header) !== LOCAL_HEADER) continue;
      if (seen.readUInt16LE(header + 26) !== NAME_BYTES.length) continue;
      const limit = this.#entryLimit(seen.subarray(header));
      const candidate = { offset: start + header, limit, chunks: [], bytes: 0 };
      this.#candidates.push(candidate);
      this.#keep(candidate, seen.subarray(header));
      if (candidate.bytes === 0) this.#candidates.pop();
    }
    // One byte short of a whole header with its name: nothing is found twice.
    const keep = LOCAL_HEADER_BYTES + NAME_BYTES.length - 1;
    this.#carry = Buffer.from(seen.subarray(Math.max(0, seen.length - keep)));
  }
}

/**
 * The directory's one entry for the manifest.
 * @param tail the archive's last bytes
 * @param tailOffset where they start in the archive
 */
function findManifest(tail: Buffer, tailOffset: number): DirectoryEntry {
  const end = findEnd(tail, tailOffset);
  const count = tail.readUInt16LE(end + 10);
  const directoryBytes = tail.readUInt32LE(end + 12);
  const directoryOffset = tail.readUInt32LE(end + 16);
  if (count === 0xffff || directoryBytes === ZIP64 || directoryOffset === ZIP64) {
    throw new ArchiveError('is in the zip64 format');
  }
  if (tail.readUInt16LE(end + 4) !== 0 || tail.readUInt16LE(end + 8) !== count) {
    throw new ArchiveError('is in several parts');
  }
  const start = directoryOffset - tailOffset;
  if (start + directoryBytes !== end) throw new ArchiveError('has a directory that is not at its end');
  if (start < 0) throw new ArchiveError('has a directory that is too large');
  let found: DirectoryEntry | undefined;
  let at = start;
  for (let index = 0; index < count; index += 1) {
    if (at + CENTRAL_HEADER_BYTES > end || tail.readUInt32LE(at) !== CENTRAL_HEADER) {
      throw new ArchiveError('has a damaged directory');
    }
    const name = at + CENTRAL_HEADER_BYTES;
    const nameEnd = name + tail.readUInt16LE(at + 28);
    if (isManifestName(tail.toString('utf8', name, nameEnd))) {
      if (found !== undefined) throw new ArchiveError('has more than one manifest.json');
      if (tail.toString('utf8', name, nameEnd) !== NAME) throw new ArchiveError('spells manifest.json oddly');
      found = readDirectoryEntry(tail, at);
    }
    at = nameEnd + tail.readUInt16LE(at + 30) + tail.readUInt16LE(at + 32);
  }
  if (at !== end) throw new ArchiveError('has a damaged directory');
  if (found === undefined) throw new ArchiveError('has no manifest.json at its top');
  return found;
}

/** Whether a file system could take the name for the manifest's: other case, `./` in front, backslashes. */
function isManifestName(name: string): boolean {
  return (
    name
      .replaceAll('\\', '/')
      .replace(/^(\.?\/)+/, '')
      .toLowerCase() === NAME
  );
}

function readDirectoryEntry(tail: Buffer, at: number): DirectoryEntry {
  return {
    flags: tail.readUInt16LE(at + 8),
    method: tail.readUInt16LE(at + 10),
    crc: tail.readUInt32LE(at + 16),
    compressedSize: tail.readUInt32LE(at + 20),
    size: tail.readUInt32LE(at + 24),
    offset: tail.readUInt32LE(at + 42),
  };
}

/** Where the end-of-directory record is in the tail. Its comment, and a signature behind it, must fill the rest. */
function findEnd(tail: Buffer, tailOffset: number): number {
  const archiveEnd = withoutSignature(tail);
  const lowest = Math.max(0, archiveEnd - END_BYTES - MAX_COMMENT_BYTES);
  for (let at = archiveEnd - END_BYTES; at >= lowest; at -= 1) {
    if (tail.readUInt32LE(at) !== END_OF_DIRECTORY) continue;
    // Unpackers differ in which of several records they believe: the last must be the only one that can be meant.
    if (at + END_BYTES + tail.readUInt16LE(at + 20) === archiveEnd) return at;
    break;
  }
  throw new ArchiveError(
    tailOffset + tail.length === 0 ? 'is empty' : 'is not a zip archive, or is followed by something else',
  );
}

/**
 * Where the zip archive ends that `mcpb sign` may have appended its signature to. Unpackers that know nothing of
 * signatures would believe an end record in it.
 * @throws ArchiveError
 */
function withoutSignature(tail: Buffer): number {
  if (!tail.subarray(-SIGNATURE_END.length).equals(SIGNATURE_END)) return tail.length;
  const start = tail.lastIndexOf(SIGNATURE_START);
  const length = SIGNATURE_START.length + 4 + SIGNATURE_END.length;
  if (start === -1 || start + length > tail.length) return tail.length;
  const declared = tail.readUInt32LE(start + SIGNATURE_START.length);
  if (start + length + declared !== tail.length) return tail.length;
  if (declared > MAX_SIGNATURE_BYTES) throw new ArchiveError('has a signature that is too large');
  if (tail.subarray(start).includes(END_SIGNATURE))
    throw new ArchiveError('has a second end in its signature');
  return start;
}

function unpack(local: Buffer, entry: DirectoryEntry, limit: number): Buffer {
  if (local.length < LOCAL_HEADER_BYTES) throw new ArchiveError('has too many entries named manifest.json');
  const start = LOCAL_HEADER_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
  const packed = local.subarray(start, start + entry.compressedSize);
  if (packed.length !== entry.compressedSize || local.readUInt16LE(8) !== entry.method) {
    throw new ArchiveError('has a manifest.json that does not agree with its directory');
  }
  const manifest = decompress(packed, entry.method, limit);
  if (manifest.length !== entry.size || crc32(manifest) !== entry.crc) {
    throw new ArchiveError('has a damaged manifest.json');
  }
  return manifest;
}

function decompress(packed: Buffer, method: number, limit: number): Buffer {
  if (method === STORED) return packed;
  if (method !== DEFLATED) throw new ArchiveError(`has a manifest.json compressed by method ${method}`);
  try {
    return inflateRawSync(packed, { maxOutputLength: limit });
  } catch {
    throw new ArchiveError('has a manifest.json that cannot be decompressed');
  }
}
