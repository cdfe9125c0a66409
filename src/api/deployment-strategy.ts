// The annotation deployment-strategy of a Deployment in partition style: its own rolling parameters while the native strategy
// is Recreate and paused. Written and read by whoever rolls it, and by other controllers before and after us, which keep to
// the first four fields.

import { isObject } from '../lib/json.ts';
import type { IntOrString } from './schema.ts';

export interface DeploymentStrategy {
  rollingStyle: string;
  rollingUpdate: { maxUnavailable: IntOrString; maxSurge: IntOrString };
  paused: boolean;
  /** Pods of the new revision allowed so far. */
  partition: IntOrString;
  /** The one revision (computeHash) that is allowed them. Ours; absent when people or other controllers wrote the annotation. */
  revision?: string;
  /** The user's spec.strategy.type where it is not RollingUpdate. Ours. */
  nativeType?: string;
}

/** As Kubernetes has them for a Deployment. */
const DEFAULT_SHARE = '25%';
export const PARTITION_ROLLING_STYLE = 'Partition';

const quantity = (value: unknown, otherwise: IntOrString): IntOrString =>
  typeof value === 'number' || typeof value === 'string' ? value : otherwise;

/** A native rollingUpdate with its defaults; each missing one is filled in under its own name. */
export function rollingUpdateOf(value: unknown): DeploymentStrategy['rollingUpdate'] {
  const update = isObject(value) ? value : {};
  return {
    maxUnavailable: quantity(update['maxUnavailable'], DEFAULT_SHARE),
    maxSurge: quantity(update['maxSurge'], DEFAULT_SHARE),
  };
}

/** The annotation's value with defaults. Undefined when unreadable. */
export function readDeploymentStrategy(text: unknown): DeploymentStrategy | undefined {
  const value = typeof text === 'string' ? parsed(text) : undefined;
  if (!isObject(value)) return undefined;
  const { rollingStyle, revision, nativeType } = value;
  return {
    rollingStyle: typeof rollingStyle === 'string' ? rollingStyle : PARTITION_ROLLING_STYLE,
    rollingUpdate: rollingUpdateOf(value['rollingUpdate']),
    paused: value['paused'] === true,
    partition: quantity(value['partition'], 0),
    ...(typeof revision === 'string' ? { revision } : {}),
    ...(typeof nativeType === 'string' ? { nativeType } : {}),
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
  revision,
  nativeType,
}: DeploymentStrategy): string =>
  JSON.stringify({
    rollingStyle,
    rollingUpdate: { maxUnavailable: rollingUpdate.maxUnavailable, maxSurge: rollingUpdate.maxSurge },
    ...(paused ? { paused } : {}),
    partition,
    ...(revision === undefined ? {} : { revision }),
    ...(nativeType === undefined ? {} : { nativeType }),
  });
