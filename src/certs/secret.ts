// The Secret that all replicas share, with OpenKruise's keys: what it holds, whether that is whole, and how it is written.
// `ca-cert.pem` is a bundle: the signing authority first, then every other authority that is trusted.

import { createPrivateKey } from 'node:crypto';
import type { X509Certificate } from 'node:crypto';
import type { JsonObject, KubeObject } from '../api/kube.ts';
import { certificatesOf } from './pair.ts';
import type { Pair } from './pair.ts';

export interface CertificateSet {
  /** Signs leaves now. */
  authority: Pair;
  /** Trusted already, signs nothing yet. */
  next: Pair | undefined;
  /** Trusted still, signs nothing any more. */
  previous: string[];
  leaf: Pair;
}

const KEY = {
  bundle: 'ca-cert.pem',
  authorityKey: 'ca-key.pem',
  nextKey: 'next-ca-key.pem',
  leaf: ['cert.pem', 'tls.crt'],
  leafKey: ['key.pem', 'tls.key'],
} as const;

/** What clients must trust: every authority, the signing one first. */
export const caBundle = ({ authority, next, previous }: CertificateSet): string =>
  [authority.cert, ...(next === undefined ? [] : [next.cert]), ...previous].map((pem) => `${pem.trim()}\n`).join('');

const encode = (text: string): string => Buffer.from(text).toString('base64');

/** `data` of the Secret; a merge patch with it leaves other keys alone. */
export function secretData(set: CertificateSet): JsonObject {
  const data: JsonObject = { [KEY.bundle]: encode(caBundle(set)), [KEY.authorityKey]: encode(set.authority.key) };
  data[KEY.nextKey] = set.next === undefined ? null : encode(set.next.key);
  for (const key of KEY.leaf) data[key] = encode(set.leaf.cert);
  for (const key of KEY.leafKey) data[key] = encode(set.leaf.key);
  return data;
}

export function newSecret(namespace: string, name: string, set: CertificateSet): KubeObject {
  const data = Object.fromEntries(Object.entries(secretData(set)).filter(([, value]) => value !== null));
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, type: 'Opaque', data };
}

function textAt(secret: KubeObject, keys: readonly string[]): string {
  const data = (secret['data'] ?? {}) as Record<string, unknown>;
  for (const key of keys) {
    const value = data[key];
    if (typeof value === 'string' && value !== '') return Buffer.from(value, 'base64').toString('utf8');
  }
  throw new Error(`it has no ${keys.join(' or ')}`);
}

const has = (secret: KubeObject, key: string): boolean => {
  const value = ((secret['data'] ?? {}) as Record<string, unknown>)[key];
  return typeof value === 'string' && value !== '';
};

/** The set in `secret`. @throws with a sentence that says what is missing or broken. */
export function readSecret(secret: KubeObject): CertificateSet {
  const [first, ...others] = certificatesOf(textAt(secret, [KEY.bundle]));
  if (first === undefined) throw new Error(`${KEY.bundle} holds no certificate`);
  const authority = { cert: first.toString(), key: textAt(secret, [KEY.authorityKey]) };
  if (!first.checkPrivateKey(createPrivateKey(authority.key)))
    throw new Error(`${KEY.authorityKey} does not belong to the first certificate of ${KEY.bundle}`);
  const leaf = { cert: textAt(secret, KEY.leaf), key: textAt(secret, KEY.leafKey) };
  const [served] = certificatesOf(leaf.cert);
  if (served === undefined || !served.checkPrivateKey(createPrivateKey(leaf.key)))
    throw new Error('the serving certificate and its key do not belong together');
  const next = nextAuthority(secret, others);
  const previous = others.map(String).filter((pem) => pem !== next?.cert);
  return { authority, next, previous, leaf };
}

function nextAuthority(secret: KubeObject, candidates: X509Certificate[]): Pair | undefined {
  if (!has(secret, KEY.nextKey)) return undefined;
  const key = textAt(secret, [KEY.nextKey]);
  const certificate = candidates.find((one) => one.checkPrivateKey(createPrivateKey(key)));
  if (certificate === undefined) throw new Error(`${KEY.nextKey} belongs to no certificate of ${KEY.bundle}`);
  return { cert: certificate.toString(), key };
}
