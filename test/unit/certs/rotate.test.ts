import { X509Certificate, createPublicKey } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { certificatesOf } from '../../../src/certs/pair.ts';
import { DROP_MS, PUBLISH_MS, newSet, performStep, planRotation } from '../../../src/certs/rotate.ts';
import { caBundle, newSecret, readSecret, secretData } from '../../../src/certs/secret.ts';
import type { CertificateSet } from '../../../src/certs/secret.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const born = Date.parse('2026-01-01T00:00:00Z');
const names = ['svc.ns.svc', '10.0.0.1'];

let fresh: CertificateSet;
beforeAll(async () => {
  fresh = await newSet(names, born);
});

/** A client that trusts `bundle` accepts what `set` serves. */
const accepts = (bundle: string, set: CertificateSet): boolean => {
  const leaf = new X509Certificate(set.leaf.cert);
  return certificatesOf(bundle).some((ca) => leaf.checkIssued(ca) && leaf.verify(ca.publicKey));
};

describe('when what is renewed', () => {
  test.each([
    ['fresh', 0, 'keep'],
    ['just before two thirds of the leaf', 60 * DAY - HOUR, 'keep'],
    ['two thirds of the leaf', 60 * DAY, 'new-leaf'],
    ['leaf long expired', 200 * DAY, 'new-leaf'],
    ['two thirds of the authority', 244 * DAY, 'publish-next'],
    ['authority expired', 365 * DAY, 'new-authority'],
    ['HZ-03 a clock two hours behind the issuer', -2 * HOUR, 'new-authority'],
    ['a clock half an hour behind the issuer', -HOUR / 2, 'keep'],
  ])('%s', (_case, age, step) => {
    expect(planRotation(fresh, names, born + age).step).toBe(step);
  });

  test('a leaf that lacks a name or has another signer is renewed, and says why', async () => {
    expect(planRotation(fresh, [...names, 'new.ns.svc'], born)).toMatchObject({
      step: 'new-leaf',
      why: expect.stringContaining('new.ns.svc') as string,
    });
    const other = await newSet(names, born);
    expect(planRotation({ ...fresh, leaf: other.leaf }, names, born)).toMatchObject({
      step: 'new-leaf',
      why: expect.stringContaining('another authority') as string,
    });
  });

  test('a certificate that is no authority is replaced', () => {
    const wrong = { ...fresh, authority: fresh.leaf };
    expect(planRotation(wrong, names, born).step).toBe('new-authority');
  });

  test('the next look is at the next known deadline, at most a day away', () => {
    expect(planRotation(fresh, names, born + 60 * DAY - HOUR).wakeAt).toBe(born + 60 * DAY);
    expect(planRotation(fresh, names, born).wakeAt).toBe(born + DAY);
  });
});

describe('HZ-02 both authorities are trusted before anyone serves the new one', () => {
  /** Walks a whole year in steps of whatever is due; returns every state with the time it was written. */
  async function year(): Promise<{ at: number; step: string; set: CertificateSet }[]> {
    const states = [{ at: born, step: 'start', set: fresh }];
    let set = fresh;
    for (let now = born; now < born + 400 * DAY;) {
      const plan = planRotation(set, names, now);
      if (plan.step === 'keep') now = plan.wakeAt;
      else {
        set = await performStep(plan.step, set, names, now);
        states.push({ at: now, step: plan.step, set });
      }
    }
    return states;
  }

  test('over a year: any served leaf is accepted under the bundle before and the bundle after', async () => {
    const states = await year();
    const rotation = states.map(({ step }) => step);
    expect(rotation).toContain('switch-to-next');
    expect(rotation).not.toContain('new-authority');
    for (const [index, { set, at }] of states.entries()) {
      const before = states[index - 1] ?? states[0];
      expect(accepts(caBundle(set), set)).toBe(true);
      // Configurations that lag behind still hold the old bundle; replicas that lag behind still serve the old leaf.
      expect(accepts(caBundle(before?.set ?? set), set)).toBe(true);
      expect(accepts(caBundle(set), before?.set ?? set)).toBe(true);
      expect(new X509Certificate(set.leaf.cert).validToDate.getTime()).toBeGreaterThan(at);
    }
    const at = (step: string): number => states.find((state) => state.step === step)?.at ?? Number.NaN;
    expect(at('switch-to-next') - at('publish-next')).toBe(PUBLISH_MS);
    expect(at('drop-previous') - at('switch-to-next')).toBe(DROP_MS);
    expect(certificatesOf(caBundle(states.at(-1)?.set ?? fresh)).length).toBe(1);
  });

  test('the new authority signs nothing before every caller trusts the bundle', async () => {
    const now = born + 244 * DAY;
    const both = await performStep('publish-next', fresh, names, now);
    const later = now + PUBLISH_MS;
    const due = await performStep('new-leaf', both, names, later);
    expect(planRotation(due, names, later - 1, true).step).toBe('keep');
    expect(planRotation(due, names, later, false).step).toBe('keep');
    expect(planRotation(due, names, later, true).step).toBe('switch-to-next');
  });
});

describe('the Secret', () => {
  test('holds OpenKruise keys and reads back as the same set, at every stage', async () => {
    const both = await performStep('publish-next', fresh, names, born);
    const switched = await performStep('switch-to-next', both, names, born);
    for (const set of [fresh, both, switched]) {
      const secret = newSecret('ns', 'name', set);
      const keys = ['ca-cert.pem', 'ca-key.pem', 'cert.pem', 'key.pem', 'tls.crt', 'tls.key'];
      expect(Object.keys(secret['data'] as object)).toEqual(expect.arrayContaining(keys));
      const read = readSecret(secret);
      expect(caBundle(read)).toBe(caBundle(set));
      expect(read.leaf).toEqual(set.leaf);
      expect(
        createPublicKey(read.next?.key ?? read.authority.key).equals(
          new X509Certificate((read.next ?? read.authority).cert).publicKey,
        ),
      ).toBe(true);
      expect(read.previous).toHaveLength(set.previous.length);
    }
    expect(secretData(fresh)['next-ca-key.pem']).toBeNull();
  });

  test.each([
    ['no data', undefined, 'it has no ca-cert.pem'],
    ['an empty key', { 'ca-key.pem': '' }, 'it has no ca-key.pem'],
    ['no certificate in the bundle', { 'ca-cert.pem': Buffer.from('x').toString('base64') }, 'holds no certificate'],
    ['no serving key', { 'key.pem': null, 'tls.key': null }, 'it has no key.pem or tls.key'],
    ['a serving key of another pair', 'ca-key.pem', 'do not belong together'],
    ['an authority key of another pair', 'key.pem', 'does not belong to the first certificate'],
  ])('%s is named', (_case, change, message) => {
    const secret = newSecret('ns', 'name', fresh);
    const data = secret['data'] as Record<string, unknown>;
    if (change === undefined) delete secret['data'];
    else if (change === 'ca-key.pem') data['key.pem'] = data['ca-key.pem'];
    else if (change === 'key.pem') data['ca-key.pem'] = data['key.pem'];
    else secret['data'] = { ...data, ...(change as object) };
    expect(() => readSecret(secret)).toThrow(message);
  });
});
