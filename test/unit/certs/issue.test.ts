import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { issueAuthority, issueLeaf, servingNames } from '../../../src/certs/issue.ts';
import { pairProblem } from '../../../src/certs/pair.ts';

const DAY = 86_400_000;
const now = Date.parse('2026-06-01T00:00:00Z');

describe('certificates', () => {
  test('a P-256 authority signs a P-256 leaf for every name, both backdated by an hour', async () => {
    const place = { namespace: 'ns', services: ['svc', 'conv'], hosts: ['192.168.1.5', 'host.example', '::1', ''] };
    const names = servingNames(place);
    const authority = await issueAuthority(now);
    const leaf = await issueLeaf(authority, names, now);
    const [ca, served] = [new X509Certificate(authority.cert), new X509Certificate(leaf.cert)];
    expect(served.subjectAltName).toBe(
      'DNS:svc.ns.svc, DNS:svc.ns.svc.cluster.local, DNS:conv.ns.svc, DNS:conv.ns.svc.cluster.local, ' +
        'IP Address:192.168.1.5, DNS:host.example, IP Address:0:0:0:0:0:0:0:1',
    );
    expect([ca.ca, served.ca, served.checkIssued(ca), served.verify(ca.publicKey)]).toEqual([true, false, true, true]);
    expect(served.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(served.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    for (const one of [ca, served]) expect(one.validFromDate.getTime()).toBe(now - 3_600_000);
    expect(ca.validToDate.getTime()).toBe(now + 365 * DAY);
    expect(served.validToDate.getTime()).toBe(now + 90 * DAY);
  });

  test('two authorities never share a name', async () => {
    const [one, two] = await Promise.all([issueAuthority(now), issueAuthority(now)]);
    expect(new X509Certificate(one.cert).subject).not.toBe(new X509Certificate(two.cert).subject);
  });

  test('a leaf does not outlive its authority', async () => {
    const leaf = await issueLeaf(await issueAuthority(now), ['x.y.svc'], now, now + DAY);
    expect(new X509Certificate(leaf.cert).validToDate.getTime()).toBe(now + DAY);
  });

  test('a pair is checked before it is served', async () => {
    const one = await issueAuthority(now);
    const two = await issueAuthority(now);
    expect(pairProblem(one, now)).toBeUndefined();
    expect(pairProblem({ cert: one.cert, key: two.key }, now)).toContain('another certificate');
    expect(pairProblem(one, now + 366 * DAY)).toContain('expired at 2027-06-01');
    expect(pairProblem(one, now - DAY)).toContain('not valid before');
    expect(pairProblem({ cert: one.cert, key: 'x' }, now)).toContain('cannot be read');
    expect(pairProblem({ cert: one.cert.replace(/M/g, 'N'), key: one.key }, now)).toContain('cannot be read');
    expect(pairProblem({ cert: 'x', key: one.key }, now)).toContain('there is no certificate');
  });
});
