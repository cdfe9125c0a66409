// What a plan can ask of the cluster, as data. A pure plan names what it needs to see; the shell reads it and plans again, so
// nobody has to guess beforehand what a phase may need. An answer is as fresh as the look that fetched it.

import type { KubeObject, LabelSelector, Resource } from '../../api/kube.ts';
import { canonicalJson } from '../../lib/json.ts';

/** All objects of a kind in a namespace, read live; by labels where they narrow it. */
export interface ListQuestion {
  is: 'list';
  resource: Resource;
  namespace: string;
  labels?: LabelSelector;
}

export type Question = ListQuestion;

/** By the key of the question. */
export type Answers = ReadonlyMap<string, readonly KubeObject[]>;

export const NO_ANSWERS: Answers = new Map();

export const questionKey = (question: Question): string => canonicalJson(question);

export const list = (resource: Resource, namespace: string, labels?: LabelSelector): ListQuestion => ({
  is: 'list',
  resource,
  namespace,
  ...(labels === undefined ? {} : { labels }),
});

/** Undefined while it has not been asked. */
export const answerTo = (answers: Answers | undefined, question: Question): readonly KubeObject[] | undefined =>
  answers?.get(questionKey(question));
