// Answers what a plan asks of the cluster, live, and plans again: the one loop behind every question, whoever asks it.

import type { KubeObject } from '../api/kube.ts';
import type { Plan } from '../core/tasks/plan.ts';
import { NO_ANSWERS, questionKey, type Answers, type Question } from '../core/tasks/questions.ts';
import type { Reader } from '../kube/port.ts';

/** A plan that still asks then asks without end. */
const ROUNDS = 8;

async function answer(reader: Reader, question: Question, signal: AbortSignal): Promise<readonly KubeObject[]> {
  const { resource, namespace, labels } = question;
  return (await reader.list(resource, { namespace, signal, ...(labels === undefined ? {} : { labels }) })).items;
}

/** The plan, once it asks for nothing more; questions of one round are read at the same time. */
export async function planned(reader: Reader, signal: AbortSignal, plan: (answers: Answers) => Plan): Promise<Plan> {
  let answers = NO_ANSWERS;
  for (let round = 0; round < ROUNDS; round += 1) {
    const result = plan(answers);
    if (result.asks === undefined || result.asks.length === 0) return result;
    const found = result.asks.map(
      async (question) => [questionKey(question), await answer(reader, question, signal)] as const,
    );
    answers = new Map([...answers, ...(await Promise.all(found))]);
  }
  throw new Error(`a plan still asks after ${ROUNDS} rounds`);
}
