// What must be true when a scene has ended, as a list of what is not: only the user's objects are left, each as the user wrote
// it; the workload is out with the right image; nothing of ours is left on it but its enrolment.

import type { KubeObject, Resource } from '../../src/api/kube.ts';
import { BATCH_RELEASES } from '../../src/api/resources.ts';
import type { Sight } from './sight.ts';
import { isRolledOut, NAME } from './subject.ts';
import { changed, isEnrolled, theirs, withoutEnrolment } from './wanted.ts';
import { imageOf, isReady } from './watchdog.ts';

export interface Ending extends Sight {
  /** As the user wants it. */
  image: string;
  replicas: number;
  /** phase undefined = the Rollout is gone. */
  ends: { phase: string | undefined; enrolled: boolean };
  /** As it was stored before the Rollout came. */
  before(resource: Resource): KubeObject;
}

export function openEnds(scene: Ending): string[] {
  return [...rolloutEnds(scene), ...workloadEnds(scene), ...podEnds(scene), ...routeEnds(scene), ...leftovers(scene)];
}

function rolloutEnds(scene: Ending): string[] {
  const { phase } = scene.status;
  return phase === scene.ends.phase ? [] : [`the Rollout is ${phase ?? 'gone'}, not ${scene.ends.phase ?? 'gone'}`];
}

function workloadEnds(scene: Ending): string[] {
  const all = scene.list(scene.subject.resource);
  const { workload } = scene;
  if (workload === undefined) return ['the workload is gone'];
  const wanted = theirs(changed(scene.before(scene.subject.resource), scene.image, scene.replicas));
  const actual = theirs(scene.ends.enrolled ? withoutEnrolment(workload) : workload);
  return [
    ...(all.length === 1 ? [] : [`there are ${all.length} objects like the workload`]),
    ...(wanted === actual ? [] : [`the workload is ${actual}, not ${wanted}`]),
    ...(isEnrolled(workload) === scene.ends.enrolled ? [] : [`it is ${scene.ends.enrolled ? 'not ' : ''}enrolled`]),
    ...(isRolledOut(workload) ? [] : [`it is not rolled out: ${JSON.stringify(workload['status'])}`]),
  ];
}

function podEnds(scene: Ending): string[] {
  const pods = scene.pods;
  const wrong = pods.filter((pod) => imageOf(pod) !== scene.image || !isReady(pod));
  if (pods.length === scene.replicas && wrong.length === 0) return [];
  return [`${pods.length} pods are there, of which ${wrong.length} are not ready with ${scene.image}`];
}

function routeEnds(scene: Ending): string[] {
  return scene.route.resources.flatMap((resource) => {
    const wanted = scene.before(resource);
    const found = scene.find(resource);
    if (found === undefined) return [`${resource.kind} ${NAME} is gone`];
    return theirs(found) === theirs(wanted) ? [] : [`${resource.kind} is ${theirs(found)}, not ${theirs(wanted)}`];
  });
}

function leftovers(scene: Ending): string[] {
  return [BATCH_RELEASES, ...scene.route.resources].flatMap((resource) =>
    scene
      .list(resource)
      .filter(({ metadata }) => metadata.name !== NAME || resource === BATCH_RELEASES)
      .map(({ metadata }) => `${resource.kind} ${metadata.name} is left over`),
  );
}
