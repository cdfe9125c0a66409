// `sluice serve`, composed in the order in which things must become true: credentials, certificate, TLS server (so that
// /convert answers), watches, policies, leadership, control. Stopping goes the other way round.

import { convert } from '../api/convert/index.ts';
import { CONVERSION_SERVICE_NAME } from '../api/names.ts';
import type { Resource } from '../api/kube.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, DEPLOYMENTS, NAMESPACES, ROLLOUTS } from '../api/resources.ts';
import { servingNames } from '../certs/issue.ts';
import type { Config } from '../config.ts';
import { plainLog } from '../obs/log.ts';
import { retryWhenDefined } from '../kube/discovery.ts';
import { Store, type Table } from '../kube/store.ts';
import type { Watch } from '../kube/watch-contract.ts';
import { whoseMetadata } from '../objects/kept.ts';
import type { Metrics } from '../obs/metrics.ts';
import { switchedOn, tablesOf } from '../pipes/index.ts';
import { expiryOf, type Pair } from '../certs/pair.ts';
import { systemClock } from '../runtime/clock.ts';
import { watchStalls } from '../runtime/stalls.ts';
import type { Tidy } from '../runtime/tidy.ts';
import { listenAddress } from '../server/anywhere.ts';
import { createServer, type WebhookServer } from '../server/http.ts';
import type { AdmissionParts, ServerReadiness } from '../server/server-needs.ts';
import { createProbeServer, healthRoutes, metricsRoutes, type ProbeServer } from '../server/probes.ts';
import { defineTables, type Tables } from '../tables/tables.ts';
import { admissionParts } from './admission-parts.ts';
import { Kinds } from '../workloads/kinds.ts';
import { WORKLOADS } from '../workloads/index.ts';
import { lead, type Leading } from './lead.ts';
import { learnKinds, type LearningNeeds, watchTable } from './learned-kinds.ts';
import type { ServeNeeds } from './needs.ts';
import { ROLLOUTS_TIMING } from './rollout-sight.ts';
import { tidied } from './tidied.ts';
import { createTrust, type Trust } from './trust.ts';

export interface ServeProcess {
  stop(): Promise<void>;
}

/** What must be true before the admission Service may send requests here. */
class Startup {
  readonly #missing = new Set<string>(['the first certificate', 'the watches', 'the policies']);

  done(what: string): void {
    this.#missing.delete(what);
  }

  get missing(): string[] {
    return [...this.#missing];
  }
}

function readinessOf(startup: Startup, tables: Tables, trust: Trust): ServerReadiness {
  const reasons = [
    ...startup.missing.map((what) => `waiting for ${what}`),
    ...tables.all.filter(isLacking).map(missingText),
    ...(trust.isInjected()
      ? []
      : ['the CA bundle is not in every webhook configuration and CRD; is `sluice install` done?']),
  ];
  return { ok: reasons.length === 0, reasons };
}

/** Add-ons of others may be absent, and come at any time. */
const isLacking = ({ state, resource }: Table): boolean => state === 'missing' && resource.optional !== true;

const missingText = ({ resource }: Table): string =>
  `the API server does not serve ${resource.plural}.${resource.group}; run \`sluice install\``;

interface Current {
  server?: WebhookServer;
  rollouts?: Watch | undefined;
  deployments?: Watch | undefined;
  isEnding?: true;
}

const namedOf = (watches: readonly Watch[]): Pick<Current, 'rollouts' | 'deployments'> => {
  const of = (resource: Resource): Watch | undefined => watches.find(({ table }) => table.resource === resource);
  return { rollouts: of(ROLLOUTS), deployments: of(DEPLOYMENTS) };
};

/** Behind a URL nobody knows who shares it, unless the process leads without an election. */
const sightOf = ({ lease, namespace, webhook }: Config, current: Current) => ({
  rolloutsWatch: () => current.rollouts?.status(),
  company: {
    isAlone: !lease.elect,
    ownNamespace: webhook.url === undefined ? namespace : undefined,
    deploymentsWatch: () => current.deployments?.status(),
    isEnding: () => current.isEnding === true,
  },
});

interface Served {
  needs: ServeNeeds;
  admission: AdmissionParts;
  pair: Pair;
  ready(): ServerReadiness;
}

const serverFor = ({ needs: { config, log, metrics }, admission, pair, ready }: Served): WebhookServer =>
  createServer({
    host: listenAddress(config.webhook.bindAddress),
    port: config.webhook.port,
    tls: { pair, minVersion: config.webhook.minTlsVersion },
    admission,
    convert,
    ready,
    log: plainLog(log),
    metrics,
    now: () => systemClock.now(),
    limits: { drainMs: config.drainMs },
  });

/** A new certificate is served from the next handshake on. */
const trustFor = ({ client, config, log, metrics }: ServeNeeds, store: Store, current: Current): Trust =>
  createTrust({
    client,
    store,
    secret: { namespace: config.namespace, name: config.webhook.secretName },
    names: namesOf(config),
    log,
    serve: ({ leaf: pair }) => {
      metrics.certificateExpires(expiryOf(pair) / 1000);
      current.server?.reloadTls({ pair, minVersion: config.webhook.minTlsVersion });
    },
  });

export async function serve(given: ServeNeeds): Promise<ServeProcess> {
  const { needs, tidy } = tidied(given);
  const { config, client, metrics, identity } = needs;
  const store = new Store();
  const startup = new Startup();
  const kinds = new Kinds(WORKLOADS, config.featureGates);
  const tables = tablesFor(needs, store, kinds);
  store.define(NAMESPACES, { project: ({ metadata }) => ({ metadata: whoseMetadata(metadata) }), metadataOnly: true });
  const current: Current = {};
  const trust = trustFor(needs, store, current);
  const { leaf } = await trust.keeper.start();
  startup.done('the first certificate');
  const stalls = watchStalls(systemClock);
  const parts = { reader: client, writer: client, store, tables, kinds, identity, settings: config.rules };
  const admission = admissionParts({ ...parts, ...sightOf(config, current), sinceStallMs: () => stalls.sinceMs() });
  const ready = (): ServerReadiness => readinessOf(startup, tables, trust);
  const server = serverFor({ needs, admission, pair: leaf, ready });
  current.server = server;
  const probes = await startProbes(config, server, metrics);
  await server.start();
  const all = { ...needs, store, tables, kinds };
  const leading = lead(all);
  const watches = startWatches(needs, store, leading.tables);
  Object.assign(current, namedOf(watches));
  void finishStartup({ ...all, watches, enforce: () => leading.enforce() }, startup, leading);
  const running = { server, probes, watches, leading, trust, tidy };
  return {
    async stop() {
      current.isEnding = true;
      await stopAll(running).finally(() => stalls.stop());
    },
  };
}

function tablesFor({ config, log }: ServeNeeds, store: Store, kinds: Kinds): Tables {
  const onError = (error: unknown): void => log.error({ err: error }, 'a listener failed');
  return defineTables(store, kinds, onError, tablesOf(switchedOn(config.featureGates)));
}

const namesOf = ({ namespace, webhook }: Config): string[] =>
  servingNames({
    namespace,
    services: [webhook.serviceName, CONVERSION_SERVICE_NAME],
    hosts: webhook.host === undefined ? [] : [webhook.host],
  });

/** Watches sync through /convert, so this runs once the server listens. */
async function finishStartup(needs: LearningNeeds, startup: Startup, leading: Leading): Promise<void> {
  await needs.store.whenSynced();
  startup.done('the watches');
  if (needs.config.roles.includes('controller')) leading.start();
  await learnKinds(needs);
  startup.done('the policies');
  needs.log.info({ namespace: needs.config.namespace, user: needs.identity }, 'ready');
}

function startWatches(needs: ServeNeeds, store: Store, more: readonly Table[]): Watch[] {
  const { metrics } = needs;
  const timingOf = ({ resource }: Table) => (resource === ROLLOUTS ? ROLLOUTS_TIMING : {});
  const watches = [...store.tables(), ...more].map((table) => watchTable(needs, table, timingOf(table)));
  retryWhenDefined(store.table(CUSTOM_RESOURCE_DEFINITIONS), watches);
  metrics.readWatches(() =>
    watches
      .map((watch) => ({ resource: watch.table.resource.plural, ...watch.status() }))
      // Where nothing is served, nothing is to be heard.
      .filter(({ state }) => state !== 'missing'),
  );
  return watches;
}

const PORT = /^(.*):(\d+)$/;

async function startProbes(config: Config, server: WebhookServer, metrics: Metrics): Promise<ProbeServer[]> {
  const servers: ProbeServer[] = [];
  const open = async (address: string | undefined, routes: Parameters<typeof createProbeServer>[2]): Promise<void> => {
    const [, host = '', port = '0'] = PORT.exec(address ?? '') ?? [];
    if (address === undefined) return;
    const probe = createProbeServer(listenAddress(host), Number(port), routes);
    await probe.start();
    servers.push(probe);
  };
  await open(
    config.healthAddress,
    healthRoutes(() => server.readiness()),
  );
  await open(
    config.metricsAddress,
    metricsRoutes(() => metrics.collect()),
  );
  return servers;
}

interface Running {
  server: WebhookServer;
  probes: ProbeServer[];
  watches: Watch[];
  leading: Leading;
  trust: Trust;
  tidy: Tidy;
}

/** Requests are answered while leadership is given back, so another replica takes over at once. */
async function stopAll({ server, probes, watches, leading, trust, tidy }: Running): Promise<void> {
  tidy.stop();
  await Promise.all([leading.stop(), server.stop()]);
  await trust.keeper.stop();
  await Promise.all([...watches, ...probes].map((part) => part.stop()));
}
