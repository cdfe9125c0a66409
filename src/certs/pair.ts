// A certificate chain with its private key, as PEM, and the check that must pass before anything serves it.

import { X509Certificate, createPrivateKey } from 'node:crypto';

export interface Pair {
  /** Leaf first. */
  cert: string;
  key: string;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** The single certificates of a PEM bundle. @throws when one does not parse. */
export const certificatesOf = (pem: string): X509Certificate[] =>
  (pem.match(CERTIFICATE) ?? []).map((one) => new X509Certificate(one));

/** Why `pair` must not be served at `now` (epoch milliseconds), or undefined. */
export function pairProblem(pair: Pair, now: number): string | undefined {
  let leaf: X509Certificate | undefined;
  try {
    leaf = certificatesOf(pair.cert)[0];
    if (leaf === undefined) return 'there is no certificate';
    if (!leaf.checkPrivateKey(createPrivateKey(pair.key))) return 'the private key belongs to another certificate';
  } catch (error) {
    return `certificate or key cannot be read: ${(error as Error).message}`;
  }
  if (now >= leaf.validToDate.getTime()) return `the certificate expired at ${leaf.validToDate.toISOString()}`;
  if (now < leaf.validFromDate.getTime())
    return `the certificate is not valid before ${leaf.validFromDate.toISOString()}`;
  return undefined;
}

/** Epoch milliseconds at which the leaf expires. */
export const expiryOf = ({ cert }: Pair): number => certificatesOf(cert)[0]?.validToDate.getTime() ?? 0;
