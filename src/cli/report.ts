// What a verb says when it has changed an object: one line in kubectl's manner, or the object itself for scripts.

import type { KubeObject } from '../api/kube.ts';
import type { Target } from '../objects/actions.ts';
import { displayName } from './install/objects.ts';
import type { OutputOptions } from './options.ts';
import { document, isDocument, presented } from './text/document.ts';
import type { Call } from './verb.ts';

export const CHANGE_FORMATS = ['json', 'yaml', 'name'];

/** `deed` as in `rollout.rollouts.kruise.io/x paused`. */
export async function report(
  { io, options: { output } }: Call<OutputOptions>,
  { resource, name }: Target,
  object: KubeObject,
  deed: string,
): Promise<void> {
  const named = displayName(resource, name);
  if (isDocument(output)) io.out(await document(presented(object), output));
  else io.out(output === 'name' ? `${named}\n` : `${named} ${deed}\n`);
}
