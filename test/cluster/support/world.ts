// One test file's world: a cluster of its own with Sluice installed, and short words for what tests ask and do.

import { afterAll, beforeAll } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import { kubectlPath, up, type Cluster } from '../local/cluster.ts';
import { httpRouteDefinition } from './gateway-api.ts';
import { Kubectl } from './kubectl.ts';
import { deployment, ingress, rollout, service, type RolloutOptions } from './objects.ts';
import { Sluice, type SluiceOptions } from './sluice.ts';
import { until } from './until.ts';

export class World {
  cluster!: Cluster;
  kubectl!: Kubectl;
  sluice!: Sluice;
  #namespaces = 0;

  async start(name: string, flags: string[] = [], program: Pick<SluiceOptions, 'main' | 'env'> = {}): Promise<void> {
    this.cluster = await up({ name: `test-${name}`, log: () => undefined });
    this.kubectl = new Kubectl(await kubectlPath(), this.cluster.kubeconfig);
    const { kubeconfig, webhookHost: host } = this.cluster;
    this.sluice = await Sluice.create({ kubeconfig, host, flags, ...program });
    await this.sluice.install();
  }

  async stop(): Promise<void> {
    await this.sluice?.stop();
    await this.cluster?.stop();
  }

  /** The CRD of HTTPRoutes; returns once the server serves it. */
  async installGatewayApi(): Promise<void> {
    const definition = await httpRouteDefinition();
    // Too long for the annotation of `kubectl apply`.
    await this.kubectl.do(['create', '-f', '-'], JSON.stringify(definition));
    const { name } = definition.metadata;
    await until(`${name} is served`, async () => (await this.kubectl.try(['get', name, '-A'])).code === 0);
  }

  async namespace(prefix = 'case'): Promise<string> {
    this.#namespaces += 1;
    const name = `${prefix}-${this.#namespaces}`;
    await this.kubectl.do(['create', 'namespace', name]);
    return name;
  }

  async find(resource: string, name: string, namespace: string): Promise<KubeObject | undefined> {
    const out = await this.kubectl.do(['get', resource, name, '-n', namespace, '-o', 'json', '--ignore-not-found']);
    return out.trim() === '' ? undefined : (JSON.parse(out) as KubeObject);
  }

  async get(resource: string, name: string, namespace: string): Promise<KubeObject> {
    const found = await this.find(resource, name, namespace);
    if (found === undefined) throw new Error(`${resource} ${name} not found`);
    return found;
  }

  async list(resource: string, namespace: string, selector?: string): Promise<KubeObject[]> {
    const args = ['get', resource, '-n', namespace, '-o', 'json', ...(selector === undefined ? [] : ['-l', selector])];
    return (JSON.parse(await this.kubectl.do(args)) as { items: KubeObject[] }).items;
  }

  /** Deployment, Service, Ingress and Rollout of one name, running and enrolled. */
  async app(namespace: string, options: Omit<RolloutOptions, 'namespace'> = {}): Promise<void> {
    const all = { ...options, namespace };
    const traffic = options.traffic === false ? [] : [service(all), ingress(all)];
    await this.kubectl.apply(deployment(all), ...traffic, rollout(all));
    await this.idle(namespace, options.name);
  }

  /** Rollout Healthy, workload rolled out and enrolled. */
  idle(namespace: string, name = 'echoserver'): Promise<unknown> {
    return until(`${name} idle`, async () => {
      const object = await this.get('deployment', name, namespace);
      const { status = {}, spec } = object as {
        status?: Record<string, number>;
        spec?: Record<string, number>;
      } & KubeObject;
      const rolled =
        status['availableReplicas'] === spec?.['replicas'] && status['updatedReplicas'] === spec?.['replicas'];
      const enrolled = object.metadata.labels?.['sluice.dev/enrolled'] !== undefined;
      const phase = await this.phase(namespace, name);
      if (!rolled || !enrolled || phase !== 'Healthy')
        throw new Error(JSON.stringify({ rolled, enrolled, phase, status }));
      return true;
    });
  }

  setImage(namespace: string, image: string, name = 'echoserver'): Promise<string> {
    return this.kubectl.do(['set', 'image', `deployment/${name}`, `${name}=${image}`, '-n', namespace]);
  }

  async status(namespace: string, name = 'echoserver'): Promise<Record<string, unknown>> {
    return ((await this.get('rollouts', name, namespace))['status'] ?? {}) as Record<string, unknown>;
  }

  async phase(namespace: string, name = 'echoserver'): Promise<unknown> {
    return (await this.status(namespace, name))['phase'];
  }

  /** Waits until the Rollout pauses in this step. */
  pausedIn(namespace: string, step: number, name = 'echoserver'): Promise<unknown> {
    return this.in(namespace, { phase: 'Progressing', currentStepIndex: step, currentStepState: 'StepPaused' }, name);
  }

  /** Waits until the status shows all of these fields. */
  in(namespace: string, wanted: Record<string, unknown>, name = 'echoserver'): Promise<unknown> {
    return until(
      `Rollout ${name} shows ${JSON.stringify(wanted)}`,
      async () => {
        const status = await this.status(namespace, name);
        const off = Object.entries(wanted).filter(([key, value]) => status[key] !== value);
        if (off.length > 0) throw new Error(JSON.stringify({ ...status, canaryStatus: undefined }));
        return true;
      },
      60_000,
    );
  }

  /** As `kubectl-kruise rollout approve` writes it. */
  approve(namespace: string, name = 'echoserver'): Promise<string> {
    const body = JSON.stringify({ status: { canaryStatus: { currentStepState: 'StepReady' } } });
    const patch = ['--type=merge', '--subresource=status', '-p', body];
    return this.kubectl.do(['patch', 'rollouts.v1beta1.rollouts.kruise.io', name, '-n', namespace, ...patch]);
  }
}

/** A world for the file that calls this, up before its first test and gone after its last. */
export function useWorld(name: string, options: { serve?: boolean; flags?: string[] } = {}): World {
  const world = new World();
  beforeAll(async () => {
    await world.start(name, options.flags);
    if (options.serve !== false) await world.sluice.start();
  });
  afterAll(() => world.stop());
  return world;
}
