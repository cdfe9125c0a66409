import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { kindConfig, kwokObjects } from '../../cluster/local/kind-config.ts';
import { isRecentKind, kindName } from '../../cluster/local/kind.ts';
import { kwokConfig } from '../../cluster/local/stages.ts';

interface Kubeadm {
  apiServer: { extraArgs: { name: string; value: string }[]; extraVolumes: { mountPath: string }[] };
}

interface Config {
  networking: { apiServerAddress: string; apiServerPort?: number };
  kubeadmConfigPatches: string[];
  nodes: { image: string; extraMounts: { hostPath: string; containerPath: string }[] }[];
}

const files = { auditDir: '/state/audit', policy: '/state/policy.yaml' };

describe('the cluster in Docker', () => {
  test('our containers never carry the bare name of a cluster of the user', () => {
    expect(['sluice', 'dev', 'kind'].map(kindName)).toEqual(['sluice', 'sluice-dev', 'sluice-kind']);
  });

  test.each([
    ['kind v0.32.0 go1.26.8 linux/amd64', true],
    ['kind v1.0.0 go1.30.0 linux/amd64', true],
    ['kind v0.27.0 go1.23.6 linux/amd64', false],
    ['', false],
  ])('"%s" is recent enough: %s', (version, recent) => {
    expect(isRecentKind(version)).toBe(recent);
  });

  test('the API server listens on loopback, on the port asked for', () => {
    const { networking } = parse(kindConfig(files, 18_000)) as Config;
    expect(networking).toEqual({ apiServerAddress: '127.0.0.1', apiServerPort: 18_000 });
  });

  test('whatever the API server is told to read or write is mounted all the way from this machine', () => {
    const config = parse(kindConfig(files)) as Config;
    const { apiServer } = parse(config.kubeadmConfigPatches[0] ?? '') as Kubeadm;
    const mounted = config.nodes[0]?.extraMounts.map(({ containerPath }) => containerPath) ?? [];
    expect(apiServer.extraVolumes.map(({ mountPath }) => mountPath)).toEqual(mounted);
    for (const { value } of apiServer.extraArgs) expect(mounted.some((path) => value.startsWith(path))).toBe(true);
  });

  test('KWOK gets the same stages as in a plain-process cluster', () => {
    const config = kwokObjects().find(([path]) => path.endsWith('/configmaps'))?.[1];
    expect(config).toMatchObject({ data: { 'kwok.yaml': kwokConfig() } });
  });
});
