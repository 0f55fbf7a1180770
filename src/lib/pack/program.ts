/**
 * Which files of a bundle are programs. By what they begin with and not by their mode, which depends on umasks, archives
 * and file systems: a folder checked out on Windows, or copied from a disk without modes, gives the same bundle.
 */
import { binaryTarget } from './binary-header.ts';

/** A script with an interpreter, or compiled for Linux, macOS or a system like them. Windows asks for no mode. */
export function isProgram(content: Uint8Array): boolean {
  if (content[0] === 0x23 && content[1] === 0x21) return true;
  const target = binaryTarget(content);
  return target !== undefined && target.os !== 'win32';
}
