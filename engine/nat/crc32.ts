/** CRC-32 of ITU-T V.42 (the one of Ethernet and zip), which STUN's FINGERPRINT asks for. Node has one of its own only since 22. */
const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
  return value >>> 0;
});

/** 32 bits, unsigned. */
export function crc32(octets: Uint8Array): number {
  let value = 0xffff_ffff;
  for (const octet of octets) value = (table[(value ^ octet) & 0xff] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffff_ffff) >>> 0;
}
