// When to renew what, from the certificates' own dates and nothing else, so that every replica decides alike and a restart
// changes nothing. A new authority is published first, signs later, and the old one is dropped last: whoever calls us
// trusts both before anyone serves the new one.

import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { BACKDATE_MS, issueAuthority, issueLeaf } from './issue.ts';
import { certificatesOf } from './pair.ts';
import type { CertificateSet } from './secret.ts';

const MINUTE = 60_000;
/** How long a new authority is only published, for the API servers to see it. */
export const PUBLISH_MS = 10 * MINUTE;
/** How long an old authority stays trusted, for every replica to load the new leaf. */
export const DROP_MS = 24 * 60 * MINUTE;
/** Part of a certificate's life after which it is renewed. */
const RENEW_AFTER = 2 / 3;

export type Step = 'keep' | 'new-authority' | 'new-leaf' | 'publish-next' | 'switch-to-next' | 'drop-previous';

export interface RotationPlan {
  step: Step;
  why: string;
  /** Epoch milliseconds of the next known deadline, for `keep`. */
  wakeAt: number;
}

const begins = (certificate: X509Certificate): number => certificate.validFromDate.getTime() + BACKDATE_MS;
const ends = (certificate: X509Certificate): number => certificate.validToDate.getTime();
const renewal = (certificate: X509Certificate): number =>
  begins(certificate) + (ends(certificate) - begins(certificate)) * RENEW_AFTER;
const first = (pem: string): X509Certificate => {
  const certificate = certificatesOf(pem)[0];
  if (certificate === undefined) throw new Error('a certificate is missing');
  return certificate;
};

const covers = (leaf: X509Certificate, name: string): boolean =>
  (isIP(name) === 0 ? leaf.checkHost(name, { subject: 'never' }) : leaf.checkIP(name)) !== undefined;

function authorityProblem(authority: X509Certificate, now: number): string | undefined {
  if (now >= ends(authority)) return 'it has expired';
  if (now < authority.validFromDate.getTime()) return 'it is not valid yet';
  return authority.ca ? undefined : 'it may not sign certificates';
}

function leafProblem(
  leaf: X509Certificate,
  authority: X509Certificate,
  names: readonly string[],
  now: number,
): string | undefined {
  if (now < leaf.validFromDate.getTime()) return 'it is not valid yet';
  if (!leaf.checkIssued(authority) || !leaf.verify(authority.publicKey)) return 'it is signed by another authority';
  const missing = names.filter((name) => !covers(leaf, name));
  return missing.length === 0 ? undefined : `it does not name ${missing.join(', ')}`;
}

/** The one step to take now. `trusted` = whoever calls us is known to trust the whole bundle of `set`. */
export function planRotation(
  set: CertificateSet,
  names: readonly string[],
  now: number,
  trusted: boolean = true,
): RotationPlan {
  const plan = (step: Step, why: string, wakeAt = now): RotationPlan => ({ step, why, wakeAt });
  const authority = first(set.authority.cert);
  const leaf = first(set.leaf.cert);
  const broken = authorityProblem(authority, now);
  if (broken !== undefined) return plan('new-authority', `the authority is replaced: ${broken}`);
  const problem = leafProblem(leaf, authority, names, now);
  if (problem !== undefined) return plan('new-leaf', `the serving certificate is renewed: ${problem}`);

  const waits: number[] = [];
  const due = (at: number): boolean => {
    if (now >= at) return true;
    waits.push(at);
    return false;
  };
  if (set.next !== undefined) {
    const published = due(begins(first(set.next.cert)) + PUBLISH_MS);
    if (published && trusted) return plan('switch-to-next', 'the next authority is published long enough');
  } else if (due(renewal(authority))) return plan('publish-next', "two thirds of the authority's life are over");
  // A leaf never outlives its authority, so near that end only the next authority helps.
  if (ends(leaf) < ends(authority) && due(renewal(leaf)))
    return plan('new-leaf', "two thirds of the serving certificate's life are over");
  if (set.previous.length > 0 && due(begins(leaf) + DROP_MS))
    return plan('drop-previous', 'every replica serves the new certificate');
  return plan('keep', 'nothing is due', Math.min(...waits, now + DROP_MS));
}

const sign = async (authority: CertificateSet['authority'], names: readonly string[], now: number) =>
  issueLeaf(authority, names, now, ends(first(authority.cert)));

/** A set from nothing. */
export async function newSet(names: readonly string[], now: number): Promise<CertificateSet> {
  const authority = await issueAuthority(now);
  return { authority, next: undefined, previous: [], leaf: await sign(authority, names, now) };
}

/** `set` with a new authority beside the one that signs. */
export async function withNext(set: CertificateSet, now: number): Promise<CertificateSet> {
  return { ...set, next: await issueAuthority(now) };
}

export async function performStep(
  step: Exclude<Step, 'keep'>,
  set: CertificateSet,
  names: readonly string[],
  now: number,
): Promise<CertificateSet> {
  switch (step) {
    case 'new-authority':
      return newSet(names, now);
    case 'new-leaf':
      return { ...set, leaf: await sign(set.authority, names, now) };
    case 'publish-next':
      return withNext(set, now);
    case 'switch-to-next': {
      const authority = set.next ?? set.authority;
      const previous = [set.authority.cert, ...set.previous];
      return { authority, next: undefined, previous, leaf: await sign(authority, names, now) };
    }
    case 'drop-previous':
      return { ...set, previous: [] };
  }
}
