// The steps of the demo: what is typed, what is waited for, what is claimed.

import type { KubeObject } from '../../src/api/kube.ts';
import type { Kubectl } from '../cluster/support/kubectl.ts';
import type { Sluice } from '../cluster/support/sluice.ts';
import { staysTrue, until } from '../cluster/support/until.ts';
import { check, say, show, typed } from './narrate.ts';

interface App {
  name: string;
  namespace: string;
}
type Fields = Record<string, unknown>;

const at = (object: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((node, key) => (node as Record<string | number, unknown> | undefined)?.[key], object);

export class Demo {
  readonly #kubectl: Kubectl;
  readonly #sluice: Sluice;
  readonly #app: App;
  #selector: unknown;

  constructor(kubectl: Kubectl, sluice: Sluice, app: App) {
    this.#kubectl = kubectl;
    this.#sluice = sluice;
    this.#app = app;
  }

  async install(): Promise<void> {
    typed(`sluice install --webhook-url ${this.#sluice.url}`);
    show(await this.#sluice.install());
    typed(`sluice serve --webhook-url ${this.#sluice.url}`);
    await this.#sluice.start();
    check('Sluice serves over TLS and is ready', this.#sluice.running);
  }

  async apply(file: string, ...objects: object[]): Promise<void> {
    typed(`kubectl apply -f ${file}`);
    const { out, err } = await this.#kubectl.applied(...objects);
    show(`${out}${err}`);
  }

  /** kubectl or the plugin, output shown. */
  async type(command: string): Promise<string> {
    typed(command);
    const [program, ...words] = command.split(' ');
    const plugin = program === 'kubectl' && words[0] === 'sluice';
    const output = plugin ? await this.#plugin(words.slice(1)) : await this.#kubectl.do(words);
    show(output);
    return output;
  }

  async #plugin(words: string[]): Promise<string> {
    const { code, out, err } = await this.#sluice.cli(...words, '-n', this.#app.namespace);
    if (code !== 0) throw new Error(`kubectl sluice ${words.join(' ')} exited ${code}: ${err}`);
    return out;
  }

  async idle(): Promise<void> {
    await until('the first deployment is complete', async () => {
      const { status } = await this.#deployment();
      const idle = at(await this.#rollout(), 'status', 'phase') === 'Healthy' && at(status, 'availableReplicas') === 5;
      return idle && (await this.#deployment()).metadata.labels?.['sluice.dev/enrolled'] === 'canary';
    });
    this.#selector = at(await this.#get('service', this.#app.name), 'spec', 'selector');
    await this.type('kubectl get rollouts');
    check('the first deployment waited for nothing: five pods serve', (await this.#stablePods()) === 5);
  }

  /** The new template is stored, and not one new pod exists, now or a little later. */
  async held(tag: string): Promise<void> {
    const object = await this.#deployment();
    const image = String(at(object, 'spec', 'template', 'spec', 'containers', 0, 'image'));
    check(
      `the update to ${tag} is accepted and held: spec.paused is true`,
      image.endsWith(tag) && at(object, 'spec', 'paused') === true,
      object['spec'],
    );
    await staysTrue('no pod of the Deployment is replaced', async () => (await this.#stablePods()) === 5, 600);
    check('no pod of the Deployment was touched', at((await this.#deployment()).status, 'updatedReplicas') !== 5);
  }

  async paused(index: number, count: number): Promise<void> {
    await until(
      `step ${index} waits for approval`,
      async () => {
        const status = at(await this.#rollout(), 'status') as Fields | undefined;
        const isThere = status?.['currentStepIndex'] === index && status['currentStepState'] === 'StepPaused';
        return isThere && status['phase'] === 'Progressing';
      },
      60_000,
    );
    await this.type('kubectl get rollouts');
    const message = at(await this.#rollout(), 'status', 'message');
    const expected = `Rollout is in step(${index}/${count}), and you need manually confirm to enter the next step`;
    check(`it waits for a person, and says so`, message === expected, message);
  }

  async canary(wanted: { pods: number; weight: string; stable: number }): Promise<void> {
    await this.type('kubectl get deployments,services,ingresses');
    const { name, namespace } = this.#app;
    const [canary] = await this.#list('deployments', `rollouts.kruise.io/canary-deployment=${name}`);
    check(
      `${wanted.pods} new pod(s) run beside the stable ones`,
      at(canary, 'status', 'availableReplicas') === wanted.pods,
      canary?.['status'],
    );
    check(`${wanted.stable} stable pods still serve`, (await this.#stablePods()) === wanted.stable);
    const ingress = await this.#get('ingress', `${name}-canary`);
    const weight = ingress.metadata.annotations?.['nginx.ingress.kubernetes.io/canary-weight'];
    check(`Ingress ${name}-canary sends ${wanted.weight} % of requests to them`, weight === wanted.weight, weight);
    const service = await this.#get('service', `${name}-canary`);
    const selector = at(service, 'spec', 'selector', 'pod-template-hash');
    const pods = await this.#list('pods', `pod-template-hash=${String(selector)}`);
    check(
      `Service ${name}-canary in ${namespace} selects exactly the new pods`,
      pods.length === wanted.pods,
      pods.length,
    );
  }

  async approve(): Promise<void> {
    const out = await this.type(`kubectl sluice approve rollout/${this.#app.name}`);
    check('approved', out.trim() === `rollout.rollouts.kruise.io/${this.#app.name} approved`, out);
  }

  async finished(tag: string): Promise<void> {
    await this.#healthy('Rollout progressing has been completed');
    check(`all five pods run ${tag}`, await this.#allPodsRun(tag));
    await this.#clean();
  }

  async rolledBack(tag: string): Promise<void> {
    await this.#healthy('Rollout progressing has been canceled');
    check(`all five pods still run ${tag}`, await this.#allPodsRun(tag));
    await this.#clean();
  }

  async #healthy(message: string): Promise<void> {
    await until(
      'the Rollout is Healthy again',
      async () => {
        const status = at(await this.#rollout(), 'status') as Fields | undefined;
        return status?.['phase'] === 'Healthy' && status['message'] === message;
      },
      60_000,
    );
    await this.type('kubectl get rollouts');
  }

  async #allPodsRun(tag: string): Promise<boolean> {
    const pods = await until('five pods are left', async () => {
      const left = await this.#list('pods', `app=${this.#app.name}`);
      return left.length === 5 ? left : undefined;
    });
    return pods.every((pod) => String(at(pod, 'spec', 'containers', 0, 'image')).endsWith(tag));
  }

  async #clean(): Promise<void> {
    const left = await this.#kubectl.do([
      'get',
      'deployments,services,ingresses,batchreleases',
      '-n',
      this.#app.namespace,
      '-o',
      'name',
    ]);
    check(
      'no canary object is left',
      !/canary|batchrelease/.test(left) && left.match(/deployment/g)?.length === 1,
      left,
    );
    const selector = at(await this.#get('service', this.#app.name), 'spec', 'selector');
    check(
      'the Service selects what it selected before',
      JSON.stringify(selector) === JSON.stringify(this.#selector),
      selector,
    );
    check('the Deployment is not paused', at(await this.#deployment(), 'spec', 'paused') !== true);
    say('');
  }

  async #get(kind: string, name: string): Promise<KubeObject & { status?: unknown }> {
    return JSON.parse(
      await this.#kubectl.do(['get', kind, name, '-n', this.#app.namespace, '-o', 'json']),
    ) as KubeObject;
  }

  async #list(kind: string, selector: string): Promise<KubeObject[]> {
    const out = await this.#kubectl.do(['get', kind, '-n', this.#app.namespace, '-l', selector, '-o', 'json']);
    return (JSON.parse(out) as { items: KubeObject[] }).items;
  }

  #deployment = () => this.#get('deployment', this.#app.name);
  #rollout = () => this.#get('rollouts', this.#app.name);

  /** Available pods of the Deployment itself. */
  async #stablePods(): Promise<unknown> {
    return at(await this.#deployment(), 'status', 'availableReplicas');
  }
}
