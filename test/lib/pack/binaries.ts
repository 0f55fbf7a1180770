/** Headers of compiled files, as far as anybody reads them to know the platform. */

/** @param machine 62 is x86-64, 183 is AArch64 @param abi 0 is System V, 9 is FreeBSD */
export function elf(machine: number, { abi = 0, bigEndian = false } = {}): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header[4] = 2;
  header[5] = bigEndian ? 2 : 1;
  header[6] = 1;
  header[7] = abi;
  if (bigEndian) header.writeUInt16BE(machine, 18);
  else header.writeUInt16LE(machine, 18);
  return header;
}

export function machO(processor: number): Buffer {
  const header = Buffer.alloc(32);
  header.writeUInt32LE(0xfeedfacf, 0);
  header.writeUInt32LE(processor, 4);
  return header;
}

export function fatMachO(...processors: number[]): Buffer {
  const header = Buffer.alloc(8 + 20 * processors.length);
  header.writeUInt32BE(0xcafebabe, 0);
  header.writeUInt32BE(processors.length, 4);
  for (const [part, processor] of processors.entries()) header.writeUInt32BE(processor, 8 + 20 * part);
  return header;
}

export function portableExecutable(machine: number): Buffer {
  const file = Buffer.alloc(160);
  file.write('MZ', 'latin1');
  file.writeUInt32LE(128, 60);
  file.write('PE\0\0', 128, 'latin1');
  file.writeUInt16LE(machine, 132);
  return file;
}

export const LINUX_X64 = elf(62);
export const LINUX_ARM64 = elf(183);
export const DARWIN_X64 = machO(0x01000007);
export const DARWIN_ARM64 = machO(0x0100000c);
export const DARWIN_BOTH = fatMachO(0x01000007, 0x0100000c);
export const WINDOWS_X64 = portableExecutable(0x8664);
export const WINDOWS_ARM64 = portableExecutable(0xaa64);
