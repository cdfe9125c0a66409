// Revisions of a workload for the verbs that show and restore them: which one is current, which one serves, and which one
// "the previous" is.

import type { PodTemplate } from '../api/kube.ts';
import { sameTemplate } from '../objects/revision.ts';
import { readAt } from '../lib/json.ts';
import type { Revision } from '../workloads/workload.ts';
import { CliError } from './errors.ts';
import { isHeldByRollout, quoted, type Subject } from './subject.ts';

/** Oldest first. */
export const revisionsOfSubject = ({ kind, object, related }: Subject): Revision[] =>
  kind.revisions(object, related).sort((a, b) => a.number - b.number);

export const templateOfSubject = ({ object }: Pick<Subject, 'object'>): PodTemplate | undefined =>
  readAt(object, ['spec', 'template']) as PodTemplate | undefined;

export const isCurrent = (subject: Subject, { template }: Revision): boolean =>
  sameTemplate(templateOfSubject(subject), template);

/** The stable one while there are two, else the newest. */
export const serves = ({ view }: Subject, { revision }: Revision): boolean => revision === view.stableRevision;

export function revisionNumbered(subject: Subject, number: number): Revision {
  const revisions = revisionsOfSubject(subject);
  const found = revisions.find((one) => one.number === number);
  if (found !== undefined) return found;
  const known = revisions.map((one) => one.number).join(', ');
  throw new CliError(
    `error: unable to find specified revision ${number} in history of ${quoted(subject.target)}; there are: ${known === '' ? 'none' : known}`,
  );
}

/**
 * What to go back to. While a release holds the update: what serves, for the held template need not have a revision yet, and
 * pods of it are not what anybody wants back. Otherwise the last one that is not the template.
 */
export function previousRevision(subject: Subject): Revision {
  const revisions = revisionsOfSubject(subject);
  const found = isHeldByRollout(subject)
    ? revisions.findLast((one) => serves(subject, one))
    : revisions.findLast((one) => !isCurrent(subject, one));
  if (found !== undefined) return found;
  throw new CliError(`error: no rollout history found for ${quoted(subject.target)} before its present template`);
}
