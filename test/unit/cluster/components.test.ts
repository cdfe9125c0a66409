import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { issueAuthority, issueClient, issueServing } from '../../cluster/local/certificates.ts';
import { components } from '../../cluster/local/components.ts';
import { auditPolicy } from '../../cluster/local/configs.ts';
import { binariesDir, checkName, layout, MODULE_DIR } from '../../cluster/local/paths.ts';
import { portsFrom } from '../../cluster/local/ports.ts';

const ports = portsFrom(18000);
const all = components(layout('test'), ports);

describe('the processes of a cluster', () => {
  test('start in the order in which they depend on each other', () => {
    const names = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok'];
    expect(all.map(({ name }) => name)).toEqual(names);
  });

  test.each(all)('$name listens on loopback only, on its own port', ({ port, health, args }) => {
    expect(new URL(health).hostname).toBe('127.0.0.1');
    const listens = args.filter((arg) => arg.includes(String(port)));
    expect(listens.length).toBeGreaterThan(0);
    const addresses = args.filter((arg) => /^--(bind-address|listen-client-urls|server-address)=/.test(arg));
    expect(addresses.length).toBeGreaterThan(0);
    expect(addresses.every((arg) => arg.includes('127.0.0.1'))).toBe(true);
  });

  test('keep their files out of the checkout', () => {
    const repository = new URL('../../..', import.meta.url).pathname;
    const files = [layout('test').dir, binariesDir('')];
    expect(files.some((file) => file.startsWith(repository))).toBe(false);
    expect(MODULE_DIR.startsWith(repository)).toBe(true);
  });

  test.each(['', 'A', '../x', '-x', 'x'.repeat(41)])('the name "%s" is refused', (name) => {
    expect(() => checkName(name)).toThrow(/name/);
  });

  test('binaries of another recipe have another folder', () => {
    expect(binariesDir('a')).not.toBe(binariesDir('b'));
    expect(binariesDir('a')).toBe(binariesDir('a'));
  });

  test('every write is audited without its content, reads are not', () => {
    const { rules } = parse(auditPolicy()) as { rules: { level: string; verbs?: string[] }[] };
    expect(rules.at(-1)).toEqual({ level: 'None' });
    const writes = rules.find(({ level }) => level === 'Metadata');
    expect(writes?.verbs).toEqual(['create', 'update', 'patch', 'delete', 'deletecollection']);
  });
});

describe('the certificates of a cluster', () => {
  test('verify against the authority, and carry names and groups', async () => {
    const ca = await issueAuthority();
    const authority = new X509Certificate(ca.cert);
    const client = new X509Certificate((await issueClient(ca, { user: 'system:x', group: 'system:masters' })).cert);
    const serving = new X509Certificate((await issueServing(ca)).cert);
    expect(authority.ca).toBe(true);
    expect([client, serving].map((leaf) => leaf.verify(authority.publicKey))).toEqual([true, true]);
    expect(client.subject.split('\n').sort()).toEqual(['CN=system:x', 'O=system:masters']);
    expect(serving.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(serving.checkHost('kubernetes.default.svc')).toBe('kubernetes.default.svc');
  });
});
