// Short names out of bytes: hashes that clients compare, and letters that cannot spell words.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** SHA-256 of a text, in hexadecimal digits. */
export const sha256Hex = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)));

/** FNV-1a, 32 bits. */
export function fnv32a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash >>> 0;
}

/** Decimal digits (or any ASCII) mapped to letters that cannot spell words. */
export const safeEncode = (text: string): string =>
  Array.from(utf8ToBytes(text), (byte) => ALPHABET[byte % ALPHABET.length]).join('');

/** Exactly five characters for names that must be repeatable after a crash. */
export const nameSuffix = (...parts: string[]): string =>
  safeEncode(bytesToHex(sha256(utf8ToBytes(parts.join('\u0000')))).slice(0, 5));
