/** Extra fields of a zip entry (APPNOTE.TXT 6.3, section 4.5): what some readers believe over the header itself. */
import { safeNumber } from './archive-end.ts';
import { quote, refuse } from './archive-refusal.ts';

const ZIP64 = 0x0001;
const PKWARE_UNIX = 0x000d;
const UNICODE_PATH = 0x7075;
const ASI_UNIX = 0x756e;
const SATURATED = 0xffffffff;
const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const FOLDER = 0o040000;

export type ExtraFields = ReadonlyMap<number, Buffer>;

const NONE: ExtraFields = new Map();

/** @throws MpakError ARCHIVE_EXTRA_FIELD unless the bytes are fields one behind the other, none of them twice */
export function readExtraFields(extra: Buffer, name: Buffer): ExtraFields {
  if (extra.length === 0) return NONE;
  const fields = new Map<number, Buffer>();
  let at = 0;
  while (at < extra.length) {
    const end = at + 4 <= extra.length ? at + 4 + extra.readUInt16LE(at + 2) : Number.POSITIVE_INFINITY;
    const id = end <= extra.length ? extra.readUInt16LE(at) : -1;
    if (id === -1 || fields.has(id)) {
      refuse('ARCHIVE_EXTRA_FIELD', `The entry ${quote(name.toString())} has a malformed extra field.`);
    }
    fields.set(id, extra.subarray(at + 4, end));
    at = end;
  }
  refuseOtherName(fields, name);
  refuseOtherType(fields, name);
  return fields;
}

/** Some readers take the name from the Unicode path field, some only when its checksum fits. */
function refuseOtherName(fields: ExtraFields, name: Buffer): void {
  const field = fields.get(UNICODE_PATH);
  if (field === undefined) return;
  if (field.length < 5 || !field.subarray(5).equals(name)) {
    refuse(
      'ARCHIVE_SECOND_NAME',
      `The entry ${quote(name.toString())} has the second name ${quote(field.toString('utf8', 5))}.`,
    );
  }
}

/** Two old Unix fields can turn an entry into a link or a device. */
function refuseOtherType(fields: ExtraFields, name: Buffer): void {
  const asi = fields.get(ASI_UNIX);
  const type = asi !== undefined && asi.length >= 6 ? asi.readUInt16LE(4) & FILE_TYPE : REGULAR;
  const special = asi !== undefined && (asi.length !== 14 || (type !== REGULAR && type !== FOLDER));
  if (special || (fields.get(PKWARE_UNIX)?.length ?? 0) > 12) {
    refuse('ARCHIVE_SPECIAL_FILE', `The entry ${quote(name.toString())} hides a link in an extra field.`);
  }
}

/** Numbers of a central header. Those that do not fit are in its zip64 field, exactly those and in this order. */
export interface Numbers {
  readonly size: number;
  readonly compressedSize: number;
  readonly offset: number;
}

export function widen(header: Numbers, fields: ExtraFields, name: Buffer): Numbers {
  const field = fields.get(ZIP64);
  let at = 0;
  const wide = (value: number) => {
    if (value !== SATURATED) return value;
    at += 8;
    return field === undefined || field.length < at ? Number.NaN : safeNumber(field, at - 8);
  };
  const size = wide(header.size);
  const compressedSize = wide(header.compressedSize);
  const offset = wide(header.offset);
  if (at !== (field?.length ?? 0)) {
    refuse('ARCHIVE_LARGE_FORMAT', `The zip64 field of ${quote(name.toString())} does not fit its header.`);
  }
  return { size, compressedSize, offset };
}

/** Sizes in a local header, where a zip64 field always holds both. */
export function widenLocal(sizes: Omit<Numbers, 'offset'>, fields: ExtraFields): Omit<Numbers, 'offset'> {
  const field = fields.get(ZIP64);
  if (field === undefined || field.length < 16) return sizes;
  return {
    size: sizes.size === SATURATED ? safeNumber(field, 0) : sizes.size,
    compressedSize: sizes.compressedSize === SATURATED ? safeNumber(field, 8) : sizes.compressedSize,
  };
}
