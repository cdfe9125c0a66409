// Objects that stay, as their pipes state it: they can be deleted, and do not tell of what nobody carries on.

import type { KubeObject, Resource } from '../../api/kube.ts';
import { patch, targetOf, type Action } from '../../objects/actions.ts';
import { PIPES } from '../../pipes/index.ts';
import type { Farewell } from '../../pipes/pipe.ts';
import { placeOf } from '../install/objects.ts';
import { found } from './removal.ts';
import { forEach, settle, type Work } from './settle.ts';

/** What stays, by pipe. */
export interface Staying {
  farewell: Farewell;
  objects: KubeObject[];
}

export async function listStaying({ client }: Pick<Work, 'client'>): Promise<Staying[]> {
  const staying: Staying[] = [];
  for (const { farewell } of PIPES)
    if (farewell !== undefined) staying.push({ farewell, objects: await found(client.list(farewell.resource)) });
  return staying;
}

export const stayingOf = (staying: readonly Staying[], resource: Resource): KubeObject[] =>
  staying.filter(({ farewell }) => farewell.resource === resource).flatMap(({ objects }) => objects);

export async function sayFarewell(work: Work, staying: readonly Staying[]): Promise<void> {
  for (const { farewell, objects } of staying) await forEach(objects, (object) => leave(work, farewell, object));
}

async function leave(work: Work, farewell: Farewell, object: KubeObject): Promise<void> {
  const target = targetOf(farewell.resource, object);
  await settle(work, placeOf(target), async () => {
    const live = await work.client.get(target);
    return live === undefined ? [] : lastWrites(farewell, live);
  });
  const told = farewell.outdated(object)?.told;
  if (told !== undefined) work.say(`${placeOf(target)} ${told}`);
}

function lastWrites({ resource, outdated, isOurs, why }: Farewell, live: KubeObject): Action[] {
  const old = outdated(live);
  if (old !== undefined) return [patch(resource, live, { status: null }, old.why, 'status')];
  const { finalizers = [] } = live.metadata;
  const kept = finalizers.filter((finalizer) => !isOurs(finalizer));
  return kept.length === finalizers.length ? [] : [patch(resource, live, { metadata: { finalizers: kept } }, why)];
}
