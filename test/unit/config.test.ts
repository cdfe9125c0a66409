import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config.ts';

const parse = (argv: string[] = [], env: Record<string, string> = {}) => parseConfig(argv, env);
const refusal = (argv: string[], env: Record<string, string> = {}): string => {
  try {
    parse(argv, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('config', () => {
  it('has the defaults of OpenKruise and is frozen to the bottom', () => {
    const config = parse();
    expect(config).toEqual({
      namespace: 'kruise-rollout',
      kubeconfig: undefined,
      context: undefined,
      roles: ['admission', 'controller'],
      webhook: {
        port: 9876,
        bindAddress: '::',
        url: undefined,
        host: undefined,
        certDir: undefined,
        secretName: 'kruise-rollout-webhook-certs',
        serviceName: 'kruise-rollout-webhook-service',
        minTlsVersion: 'TLSv1.3',
      },
      lease: { elect: true, durationMs: 15_000, renewMs: 10_000, retryMs: 2_000 },
      metricsAddress: ':8080',
      healthAddress: ':8081',
      featureGates: {
        RolloutHistory: false,
        AdvancedDeployment: true,
        AppendPodSelector: false,
        KeepWorkloadPausedOnRolloutDeletion: false,
      },
      rules: { partitionPercentLimit: 50, filterWorkloadType: true, leftOut: ['kube-system', 'kruise-rollout'] },
      drainMs: 10_000,
      workers: {
        rollout: 3,
        batchRelease: 3,
        trafficRouting: 3,
        rolloutHistory: 3,
        deployment: 3,
        nativeDaemonSet: 3,
      },
      logLevel: 'info',
    });
    expect([config, config.webhook, config.roles, config.workers].every(Object.isFrozen)).toBe(true);
  });

  it("starts with the command line of OpenKruise's manager", () => {
    const config = parse(
      [
        '--leader-elect',
        '--feature-gates=AdvancedDeployment=true,KeepWorkloadPausedOnRolloutDeletion=true',
        '--metrics-bind-address=127.0.0.1:8080',
        '--health-probe-bind-address=:8081',
        '--partition-percent-limit=30',
        '--filter-workload-type=false',
        '--grace-timeout=2m',
        '--rollout-workers=7',
        '--batchrelease-workers=6',
        '--trafficrouting-workers=5',
        '--rollouthistory-workers=4',
        '--deployment-workers=2',
        '--nativedaemonset-workers=1',
        '--logtostderr',
        '--v=5',
      ],
      {
        POD_NAMESPACE: 'shop',
        WEBHOOK_PORT: '9443',
        WEBHOOK_CERT_DIR: '/certs',
        SECRET_NAME: 'our-certs',
        SERVICE_NAME: 'our-service',
      },
    );
    expect(config).toMatchObject({
      namespace: 'shop',
      metricsAddress: '127.0.0.1:8080',
      rules: { partitionPercentLimit: 30, filterWorkloadType: false },
      workers: { rollout: 7, batchRelease: 6, trafficRouting: 5, rolloutHistory: 4, deployment: 2, nativeDaemonSet: 1 },
      webhook: { port: 9443, certDir: '/certs', secretName: 'our-certs', serviceName: 'our-service', url: undefined },
      logLevel: 'debug',
    });
    expect(config.featureGates).toMatchObject({ AdvancedDeployment: true, RolloutHistory: false });
  });

  it.each([
    [['--namespace', 'a']],
    [['--namespace=a']],
    [['-namespace', 'a']],
    [['-namespace=a']],
    [['--namespace=b', '--namespace=a']],
  ])('takes flags as Go does: %j', (argv) => {
    expect(parse(argv).namespace).toBe('a');
  });

  it.each([
    [['--leader-elect'], true],
    [['--leader-elect=false'], false],
    [['-leader-elect=0'], false],
    [['--leader-elect=T'], true],
    [['--leader-elect', '--log-level=debug'], true],
  ])('reads booleans: %j', (argv, expected) => {
    expect(parse(argv).lease.elect).toBe(expected);
  });

  it.each([
    ['1h', 3_600_000],
    ['1m30s', 90_000],
    ['1.5s', 1_500],
    ['500ms', 500],
    ['2000us', 2],
    ['0', 0],
  ])('reads the duration %s', (text, expected) => {
    expect(parse([`--drain-timeout=${text}`]).drainMs).toBe(expected);
  });

  it('prefers the flag to the environment', () => {
    expect(parse(['--namespace=a'], { POD_NAMESPACE: 'b' }).namespace).toBe('a');
    const webhook = parse(['--webhook-url=https://10.0.0.1:5'], { WEBHOOK_HOST: 'other' }).webhook;
    expect(webhook).toMatchObject({ url: 'https://10.0.0.1:5', host: '10.0.0.1' });
  });

  it.each([
    [
      ['--webhook-url', 'https://10.1.2.3:9443'],
      {},
      { url: 'https://10.1.2.3:9443', host: '10.1.2.3', port: 9443, bindAddress: '::' },
    ],
    [
      ['--webhook-url', 'https://hooks.example'],
      {},
      { url: 'https://hooks.example', host: 'hooks.example', port: 443 },
    ],
    [['--webhook-url', 'https://127.0.0.1:7'], {}, { host: '127.0.0.1', bindAddress: '127.0.0.1' }],
    [['--webhook-url', 'https://[::1]:7'], {}, { url: 'https://[::1]:7', host: '::1', bindAddress: '::1' }],
    [['--webhook-url', 'https://127.0.0.1:7'], { WEBHOOK_PORT: '8' }, { url: 'https://127.0.0.1:7', port: 8 }],
    [[], { WEBHOOK_HOST: 'host.docker.internal' }, { url: 'https://host.docker.internal:9876', port: 9876 }],
    [[], { WEBHOOK_HOST: '127.0.0.1', WEBHOOK_PORT: '9443' }, { url: 'https://127.0.0.1:9443', port: 9443 }],
    [['--bind-address', '10.9.9.9'], {}, { bindAddress: '10.9.9.9', url: undefined }],
  ])('URL mode of %j %j', (argv, env, expected) => {
    expect(parse(argv, env).webhook).toMatchObject(expected);
  });

  it('turns servers off', () => {
    const off = parse(['--metrics-bind-address=0', '--health-probe-bind-address=0']);
    expect([off.metricsAddress, off.healthAddress]).toEqual([undefined, undefined]);
  });

  it('splits the roles', () => {
    expect(parse(['--roles=controller']).roles).toEqual(['controller']);
    expect(parse(['--roles=controller,admission']).roles).toEqual(['admission', 'controller']);
  });
});

describe('a refusal names flag, value and what is accepted', () => {
  const GATES = 'RolloutHistory, AdvancedDeployment, AppendPodSelector, KeepWorkloadPausedOnRolloutDeletion';
  it.each([
    [
      ['--feature-gates=Nope=true'],
      {},
      `--feature-gates is "Nope=true"; it must be a list of Gate=true|false with gates of ${GATES}`,
    ],
    [['--feature-gates=RolloutHistory'], {}, 'it must be a list of Gate=true|false'],
    [['--leader-elect=yes'], {}, '--leader-elect is "yes"; it must be true or false'],
    [['--lease-duration=15'], {}, '--lease-duration is "15"; it must be a duration such as 15s or 1m30s'],
    [['--drain-timeout=-5s'], {}, '--drain-timeout is "-5s"; it must be a duration such as 15s or 1m30s'],
    [
      ['--partition-percent-limit=101'],
      {},
      '--partition-percent-limit is "101"; it must be a whole number from 0 to 100',
    ],
    [['--rollout-workers=0'], {}, '--rollout-workers is "0"; it must be a whole number from 1 to 100'],
    [['--roles=cook'], {}, '--roles is "cook"; it must be admission, controller or admission,controller'],
    [['--roles='], {}, '--roles is ""'],
    [['--log-level=loud'], {}, '--log-level is "loud"; it must be one of trace, debug, info, warn, error, silent'],
    [['--tls-min-version=1.1'], {}, '--tls-min-version is "1.1"; it must be one of TLSv1.2, TLSv1.3'],
    [['--webhook-url=http://x:1'], {}, '--webhook-url is "http://x:1"; it must be https://HOST:PORT'],
    [['--webhook-url=https://x:1/path'], {}, 'it must be https://HOST:PORT'],
    [['--webhook-url=nonsense'], {}, 'it must be https://HOST:PORT'],
    [
      ['--metrics-bind-address=8080'],
      {},
      '--metrics-bind-address is "8080"; it must be HOST:PORT, :PORT, or 0 to turn it off',
    ],
    [['--metrics-bind-address=:99999'], {}, 'it must be HOST:PORT'],
    [['--namespace=Not_A_Name'], {}, '--namespace is "Not_A_Name"; it must be the name of a namespace'],
    [[], { POD_NAMESPACE: 'a/b' }, 'POD_NAMESPACE is "a/b"; it must be the name of a namespace'],
    [[], { WEBHOOK_PORT: 'x' }, 'WEBHOOK_PORT is "x"; it must be a port from 1 to 65535'],
    [[], { WEBHOOK_PORT: '0' }, 'WEBHOOK_PORT is "0"; it must be a port from 1 to 65535'],
    [[], { WEBHOOK_HOST: 'a b' }, 'WEBHOOK_HOST is "a b"; it must be a host name or an IP address'],
    [
      ['--renew-deadline=20s'],
      {},
      'shorter than --renew-deadline (20000 ms), and that shorter than --lease-duration (15000 ms)',
    ],
    [['--namespace'], {}, 'flag --namespace needs a value: --namespace=VALUE'],
    [['serve'], {}, 'unexpected argument "serve"; flags are --name=value'],
    [['--leader-elected'], {}, 'unknown flag --leader-elected; known flags are --'],
  ])('%j %j', (argv, env, text) => {
    expect(refusal(argv, env)).toContain(text);
  });
});
