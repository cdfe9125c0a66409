// Metrics of both pipes in a registry of their own. Label values come from closed sets: paths, verdicts, outcomes, names of
// controllers and resources; whatever else turns up counts as `other`.

import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const FAST = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const METHODS = new Set(['GET', 'POST', 'PATCH', 'PUT', 'DELETE']);
/** More values of one label than these are not a closed set any more. */
const MOST_VALUES = 100;

export interface QueueReading {
  controller: string;
  ready: number;
  waiting: number;
  running: number;
  /** How long the oldest ready key has waited. */
  oldestMs: number;
}

export interface WatchReading {
  resource: string;
  /** Since the server last said anything. */
  silentMs: number;
}

export interface Metrics {
  reviewed(path: string, verdict: string, seconds: number): void;
  /** `reason`: why what was known already did not count. */
  lookedLive(outcome: 'answered' | 'failed', reason: string, seconds: number): void;
  converted(outcome: 'converted' | 'failed', objects: number): void;
  refused(status: number): void;
  reconciled(controller: string, outcome: string, seconds: number): void;
  /** A call to the API server; status 0 = no answer. */
  called(method: string, status: number, seconds: number): void;
  certificateExpires(epochSeconds: number): void;
  leading(leads: boolean): void;
  /** Read at each scrape. */
  readQueues(read: () => QueueReading[]): void;
  readWatches(read: () => WatchReading[]): void;
  collect(): Promise<{ contentType: string; body: string }>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const make = makers(registry);
  const path = closed();
  const controller = closed();
  const reason = closed();
  const reviews = make.histogram('sluice_review_seconds', 'From the first byte of a review to its verdict.', [
    'path',
    'verdict',
  ]);
  const looks = make.histogram('sluice_live_look_seconds', 'Live reads made for a review.', ['outcome', 'reason']);
  const converted = make.counter('sluice_converted_objects_total', 'Objects converted between API versions.', [
    'outcome',
  ]);
  const refused = make.counter('sluice_refused_requests_total', 'Requests answered with another status than 200.', [
    'status',
  ]);
  const reconciles = make.histogram('sluice_reconcile_seconds', 'One look at one key.', ['controller', 'outcome']);
  const calls = make.histogram('sluice_api_call_seconds', 'Calls to the API server.', ['method', 'status']);
  const expiry = make.gauge('sluice_certificate_expiry_timestamp_seconds', 'When the serving certificate expires.');
  const memory = (gauge: Gauge): void => gauge.set(process.memoryUsage.rss());
  make.live('process_resident_memory_bytes', 'Resident memory.', [], memory);
  const leads = make.gauge('sluice_leader', '1 while this process leads.');
  return {
    reviewed: (at, verdict, seconds) => reviews.observe({ path: path(at), verdict }, seconds),
    lookedLive: (outcome, why, seconds) => looks.observe({ outcome, reason: reason(why) }, seconds),
    converted: (outcome, objects) => converted.inc({ outcome }, objects),
    refused: (status) => refused.inc({ status: String(status) }),
    reconciled: (name, outcome, seconds) => reconciles.observe({ controller: controller(name), outcome }, seconds),
    called: (method, status, seconds) =>
      calls.observe({ method: METHODS.has(method) ? method : 'other', status: statusText(status) }, seconds),
    certificateExpires: (at) => expiry.set(at),
    leading: (leader) => leads.set(leader ? 1 : 0),
    readQueues: (read) => liveQueues(make, read),
    readWatches: (read) => liveWatches(make, read),
    collect: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

/** Exact where decisions hang on it, else the class. */
const statusText = (status: number): string => {
  if (status === 0) return 'none';
  return [404, 409, 410, 429].includes(status) ? String(status) : `${Math.floor(status / 100)}xx`;
};

function closed(): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    if (seen.has(value)) return value;
    if (seen.size >= MOST_VALUES) return 'other';
    seen.add(value);
    return value;
  };
}

function makers(registry: Registry) {
  const registers = [registry];
  return {
    histogram: (name: string, help: string, labelNames: string[]) =>
      new Histogram({ name, help, labelNames, buckets: FAST, registers }),
    counter: (name: string, help: string, labelNames: string[]) => new Counter({ name, help, labelNames, registers }),
    gauge: (name: string, help: string) => new Gauge({ name, help, registers }),
    /** Filled when somebody looks. */
    live: (name: string, help: string, labelNames: string[], fill: (gauge: Gauge) => void) =>
      new Gauge({
        name,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          fill(this);
        },
      }),
  };
}

type Makers = ReturnType<typeof makers>;

function liveQueues({ live }: Makers, read: () => QueueReading[]): void {
  live('sluice_queue_keys', 'Keys of a controller.', ['controller', 'state'], (gauge) => {
    for (const { controller, ready, waiting, running } of read()) {
      gauge.set({ controller, state: 'ready' }, ready);
      gauge.set({ controller, state: 'waiting' }, waiting);
      gauge.set({ controller, state: 'running' }, running);
    }
  });
  live('sluice_queue_oldest_seconds', 'Age of the oldest key that waits for a worker.', ['controller'], (gauge) => {
    for (const { controller, oldestMs } of read()) gauge.set({ controller }, oldestMs / 1000);
  });
}

function liveWatches({ live }: Makers, read: () => WatchReading[]): void {
  const help = 'Since the API server last said anything on the quietest watch of a resource.';
  live('sluice_watch_silent_seconds', help, ['resource'], (gauge) => {
    const longest = new Map<string, number>();
    for (const { resource, silentMs } of read()) {
      longest.set(resource, Math.max(silentMs, longest.get(resource) ?? 0));
    }
    for (const [resource, silentMs] of longest) gauge.set({ resource }, silentMs / 1000);
  });
}
