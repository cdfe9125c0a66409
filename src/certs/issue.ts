// Makes certificates: an authority of a year and leaves of 90 days, P-256. Backdated by an hour, because clocks differ.

import { isIP } from 'node:net';
import type { Pair } from './pair.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
export const BACKDATE_MS = HOUR;
const CA_LIFE_MS = 365 * DAY;
const LEAF_LIFE_MS = 90 * DAY;

/** Says where a server is reached; all of it enters the certificate. */
export interface ServingPlace {
  namespace: string;
  /** Names of the Services in front of the webhook server. */
  services: readonly string[];
  /** Host names or IP addresses of URL mode and development. */
  hosts?: readonly string[];
}

export function servingNames({ namespace, services, hosts = [] }: ServingPlace): string[] {
  const inCluster = services.flatMap((service) => {
    const name = `${service}.${namespace}.svc`;
    return [name, `${name}.cluster.local`];
  });
  return [...new Set([...inCluster, ...hosts.filter((host) => host !== '')])];
}

/** Imported on first use: it costs 90 ms, and most processes find a valid Secret. */
const generator = async () => (await import('selfsigned')).generate;

/** A new authority; its name is unique, so that verifiers that choose by name never confuse two of them. */
export async function issueAuthority(now: number): Promise<Pair> {
  const generate = await generator();
  const made = await generate([{ name: 'commonName', value: `sluice-webhook-ca-${crypto.randomUUID()}` }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - BACKDATE_MS),
    notAfterDate: new Date(now + CA_LIFE_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}

/** A serving certificate for `names` (DNS names and IP addresses). It never outlives its authority. */
export async function issueLeaf(
  authority: Pair,
  names: readonly string[],
  now: number,
  authorityEnds: number = Number.POSITIVE_INFINITY,
): Promise<Pair> {
  const generate = await generator();
  const made = await generate([{ name: 'commonName', value: 'sluice-webhook' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - BACKDATE_MS),
    notAfterDate: new Date(Math.min(now + LEAF_LIFE_MS, authorityEnds)),
    ca: authority,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}
