// The annotation deployment-strategy of a Deployment in partition style: its own rolling parameters while the native strategy
// is Recreate and paused. Written and read by whoever rolls it, and by other controllers before and after us.

import { isObject } from './json.ts';
import type { IntOrString } from './schema.ts';

export interface DeploymentStrategy {
  rollingStyle: string;
  rollingUpdate: { maxUnavailable: IntOrString; maxSurge: IntOrString };
  paused: boolean;
  /** Pods of the new revision allowed so far. */
  partition: IntOrString;
}

/** As Kubernetes has them for a Deployment. */
const DEFAULT_SHARE = '25%';
const STYLE = 'Partition';

const quantity = (value: unknown, otherwise: IntOrString): IntOrString =>
  typeof value === 'number' || typeof value === 'string' ? value : otherwise;

/** The annotation's value with defaults; each missing one is filled in under its own name. Undefined when unreadable. */
export function readDeploymentStrategy(text: unknown): DeploymentStrategy | undefined {
  const value = typeof text === 'string' ? parsed(text) : undefined;
  if (!isObject(value)) return undefined;
  const update = isObject(value['rollingUpdate']) ? value['rollingUpdate'] : {};
  return {
    rollingStyle: typeof value['rollingStyle'] === 'string' ? value['rollingStyle'] : STYLE,
    rollingUpdate: {
      maxUnavailable: quantity(update['maxUnavailable'], DEFAULT_SHARE),
      maxSurge: quantity(update['maxSurge'], DEFAULT_SHARE),
    },
    paused: value['paused'] === true,
    partition: quantity(value['partition'], 0),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Always the same bytes for the same strategy. */
export const writeDeploymentStrategy = ({
  rollingStyle,
  rollingUpdate,
  paused,
  partition,
}: DeploymentStrategy): string =>
  JSON.stringify({
    rollingStyle,
    rollingUpdate: { maxUnavailable: rollingUpdate.maxUnavailable, maxSurge: rollingUpdate.maxSurge },
    ...(paused ? { paused } : {}),
    partition,
  });
