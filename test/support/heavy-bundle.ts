/** Bundles that are small to download and much work to look at, within what archives may hold. */
import { constants, crc32, deflateRawSync } from 'node:zlib';
import { type BundleFile, makeBundle, sha256Of } from './mcpb.ts';
import { seeded } from './random.ts';
import { DEFLATED, rawZip } from './raw-zip.ts';

const MIB = 1024 * 1024;

/** @param sizes of files beside the manifest, in MiB */
export function heavyBundle(name: string, version: string, sizes: readonly number[]): BundleFile {
  const { manifest } = makeBundle(name, version);
  const random = seeded(7);
  // Not so regular that an archive may not hold it.
  const pattern = Buffer.from(Array.from({ length: 16 * 1024 }, () => Math.floor(random() * 256)));
  const block = Buffer.concat(Array.from({ length: MIB / pattern.length }, () => pattern));
  const piece = deflateRawSync(block, { finishFlush: constants.Z_FULL_FLUSH });
  const end = deflateRawSync(Buffer.alloc(0));
  const crcs: number[] = [0];
  const crcOf = (mib: number) => {
    while (crcs.length <= mib) crcs.push(crc32(block, crcs.at(-1)));
    return crcs[mib] as number;
  };
  const bytes = rawZip([
    { name: 'manifest.json', content: JSON.stringify(manifest) },
    { name: 'server/index.js', content: 'process.stdin.resume();\n' },
    ...sizes.map((mib, index) => {
      const packed = Buffer.concat([...Array.from({ length: mib }, () => piece), end]);
      const sized = { size: mib * MIB, crc: crcOf(mib) };
      return { name: `${index}.bin`, packed, method: DEFLATED, central: sized, local: sized };
    }),
  ]);
  return { name, bytes, sha256: sha256Of(bytes), manifest };
}
