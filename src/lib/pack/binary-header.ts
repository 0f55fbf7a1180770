/** What a compiled file is for, by its first bytes: ELF (gABI), Mach-O (loader.h, fat.h) and PE (the PE/COFF format). */
import type { Architecture, OperatingSystem } from '../log/entry.ts';

/** The system and the processors that a compiled file is for. */
export interface BinaryTarget {
  readonly os: Exclude<OperatingSystem, 'any'> | 'other';
  /** Several in a universal Mach-O file. */
  readonly archs: readonly (Exclude<Architecture, 'any'> | 'other')[];
}

const ELF = 0x7f454c46;
const ELF_MACHINES: Readonly<Record<number, 'x64' | 'arm64'>> = { 62: 'x64', 183: 'arm64' };
/** System V, which Linux uses, and GNU. */
const ELF_LINUX_ABIS: readonly number[] = [0, 3];

const MACH_O_64 = 0xfeedfacf;
const MACH_O_32 = 0xfeedface;
const MACH_O_FAT = 0xcafebabe;
const MACH_O_FAT_64 = 0xcafebabf;
const MACH_O_PROCESSORS: Readonly<Record<number, 'x64' | 'arm64'>> = {
  16777223: 'x64',
  16777228: 'arm64',
};
/** A Java class begins like a universal file; its version, which stands where the count would, is 45 or more. */
const MOST_FAT_PARTS = 20;

const PE_MACHINES: Readonly<Record<number, 'x64' | 'arm64'>> = { 34404: 'x64', 43620: 'arm64' };

/** @returns undefined when the bytes are no compiled file */
export function binaryTarget(bytes: Uint8Array): BinaryTarget | undefined {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return elf(content) ?? machO(content) ?? portableExecutable(content);
}

function elf(content: Buffer): BinaryTarget | undefined {
  if (content.length < 20 || content.readUInt32BE(0) !== ELF) return undefined;
  const machine = content[5] === 2 ? content.readUInt16BE(18) : content.readUInt16LE(18);
  const os = ELF_LINUX_ABIS.includes(content[7] as number) ? 'linux' : 'other';
  return { os, archs: [ELF_MACHINES[machine] ?? 'other'] };
}

function machO(content: Buffer): BinaryTarget | undefined {
  if (content.length < 8) return undefined;
  const magic = content.readUInt32BE(0);
  if (magic === MACH_O_FAT || magic === MACH_O_FAT_64) return fat(content, magic === MACH_O_FAT ? 20 : 32);
  const little = content.readUInt32LE(0);
  if (little !== MACH_O_64 && little !== MACH_O_32) return undefined;
  return { os: 'darwin', archs: [MACH_O_PROCESSORS[content.readUInt32LE(4)] ?? 'other'] };
}

function fat(content: Buffer, partBytes: number): BinaryTarget | undefined {
  const count = content.readUInt32BE(4);
  if (count === 0 || count > MOST_FAT_PARTS || content.length < 8 + count * partBytes) return undefined;
  const archs = Array.from(
    { length: count },
    (_, part) => MACH_O_PROCESSORS[content.readUInt32BE(8 + part * partBytes)] ?? ('other' as const),
  );
  return { os: 'darwin', archs: [...new Set(archs)] };
}

function portableExecutable(content: Buffer): BinaryTarget | undefined {
  if (content.length < 64 || content.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const at = content.readUInt32LE(60);
  if (at + 6 > content.length || content.toString('latin1', at, at + 4) !== 'PE\0\0') return undefined;
  return { os: 'win32', archs: [PE_MACHINES[content.readUInt16LE(at + 4)] ?? 'other'] };
}
