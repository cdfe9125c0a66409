// The first enrolment of a workload, as an exact patch. A workload that was just made is written several times within moments by
// its kind's controller; none of that matters to whether it may be enrolled, and a resourceVersion would make each of it a
// conflict. Tested is what the plan read: that it is this object, its spec, and the marks.

import type { Json, JsonObject, KubeObject, Resource } from '../../api/kube.ts';
import { ANNOTATION, LABEL } from '../../api/names.ts';
import { pointer, testAt, type PatchTest } from '../../lib/json-patch.ts';
import { targetOf, type ExactPatchAction } from '../../objects/actions.ts';
import { edit, operationsFor } from '../../objects/field-edit.ts';
import { annotationOf, labelOf } from '../../objects/marks.ts';

/** What tells whether a workload may be enrolled: the escape of a person is a value of the first. */
const LABELS = [LABEL.enrolled, LABEL.workloadType, LABEL.controlledByAdvancedDeployment];
const ANNOTATIONS = [ANNOTATION.rollout, ANNOTATION.inProgressing, ANNOTATION.workloadTypeOwned];

interface Added {
  labels: JsonObject;
  annotations: JsonObject;
}

const test = (path: string[], value: Json): PatchTest => testAt(pointer(...path), value);

/** Undefined when it bears marks already: then it is not the first. */
export function firstEnrolment(
  resource: Resource,
  workload: KubeObject,
  added: Added,
  why: string,
): ExactPatchAction | undefined {
  const { uid, generation } = workload.metadata;
  const isMarked =
    labelOf(workload, LABEL.enrolled) !== undefined ||
    ANNOTATIONS.some((key) => annotationOf(workload, key) !== undefined);
  if (isMarked || uid === undefined || generation === undefined) return undefined;
  const tests = [
    test(['metadata', 'uid'], uid),
    test(['metadata', 'generation'], generation),
    ...testsOf(workload, 'labels', LABELS),
    ...testsOf(workload, 'annotations', ANNOTATIONS),
  ];
  const operations = operationsFor(workload, [...editsOf('labels', added), ...editsOf('annotations', added)]);
  return { do: 'exactPatch', target: targetOf(resource, workload), operations: [...tests, ...operations], why };
}

/** Where nothing has a label yet the map itself is added, which must not replace one that came meanwhile. */
function testsOf({ metadata }: KubeObject, map: 'labels' | 'annotations', keys: readonly string[]): PatchTest[] {
  const present = metadata[map];
  if (present === undefined) return [test(['metadata', map], null)];
  return keys.map((key) => test(['metadata', map, key], present[key] ?? null));
}

const editsOf = (map: 'labels' | 'annotations', added: Added) =>
  Object.entries(added[map]).map(([key, value]) => edit(['metadata', map, key], value));
