// Events about what we decide, for `kubectl describe`. De-duplicated: the same thing said again about the same object counts
// up one Event. Recording never waits and never fails what is recorded.

import type { KubeObject } from '../api/kube.ts';
import { CORE_EVENTS } from '../api/resources.ts';
import { nameSuffix } from '../core/revision.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Client } from './client.ts';
import { isKubeError } from './errors.ts';

export interface EventBody {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

export interface EventRecorderOptions {
  client: Client;
  clock: Clock;
  /** Unique to this process. */
  reportingInstance: string;
  onFailure?: (error: unknown) => void;
}

export interface EventRecorder {
  record(about: KubeObject, event: EventBody): void;
  /** Waits for what is being written. */
  stop(): Promise<void>;
}

const COMPONENT = 'sluice';
const MAX_MESSAGE = 1024;
/** Events that may be under way at once; more are dropped, as Events are a help and not a record. */
const IN_FLIGHT = 64;

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, reportingInstance } = options;
  const pending = new Map<string, Promise<void>>();
  const counts = new Map<string, number>();

  const write = async (name: string, about: KubeObject, event: EventBody): Promise<void> => {
    const { namespace = 'default', uid = '', resourceVersion = '' } = about.metadata;
    const at = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    const target = { resource: CORE_EVENTS, namespace, name };
    if (count > 1) {
      await client.mergePatch(target, { count, lastTimestamp: at });
      return;
    }
    const involvedObject = {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name: about.metadata.name,
      namespace,
      uid,
      resourceVersion,
    };
    const message = event.message.slice(0, MAX_MESSAGE);
    const source = { component: COMPONENT, host: reportingInstance };
    await client.create(CORE_EVENTS, namespace, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject,
      ...event,
      message,
      source,
      reportingComponent: COMPONENT,
      reportingInstance,
      firstTimestamp: at,
      lastTimestamp: at,
      count,
    });
  };

  return {
    record(about, event) {
      const { name, uid = '' } = about.metadata;
      const id = `${name}.${nameSuffix(uid, event.type, event.reason, event.message)}`;
      if (pending.size >= IN_FLIGHT || pending.has(id)) return;
      const done = write(id, about, event)
        .catch((error: unknown) => {
          counts.delete(id);
          if (!isKubeError(error) || !error.alreadyExists) options.onFailure?.(error);
        })
        .finally(() => pending.delete(id));
      pending.set(id, done);
    },
    stop: async () => void (await Promise.all(pending.values())),
  };
}
