// What the running process is built from.

import type { Config } from '../config.ts';
import type { Client } from '../kube/client.ts';
import type { Logger } from '../obs/log.ts';
import type { Metrics } from '../obs/metrics.ts';

export interface ServeNeeds {
  config: Config;
  client: Client;
  /** User name under which `client` acts. */
  identity: string;
  log: Logger;
  metrics: Metrics;
}
