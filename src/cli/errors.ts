// How failures look to users: one line on stderr in kubectl's words, so that scripts and eyes find what they know.

import { joinLines } from '../lib/text.ts';
import { NO_ANSWER, isKubeError, type KubeError } from '../kube/errors.ts';
import type { Resource } from '../api/kube.ts';
import { GROUP } from '../api/names.ts';
import { ROLLOUTS } from '../api/resources.ts';

/** A failure that is already a sentence for the user. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

/** The request could not be understood; the usage follows. */
export class UsageError extends CliError {}

export const notFound = (name: string, { plural, group }: Pick<Resource, 'plural' | 'group'> = ROLLOUTS): CliError =>
  new CliError(`Error from server (NotFound): ${plural}${group === '' ? '' : `.${group}`} "${name}" not found`);

export const notInstalled = (program: string): CliError =>
  new CliError(`error: the server doesn't have a resource type "rollouts.${GROUP}"; add it with: ${program} install`);

/** The message of a KubeError begins with the request; users get the rest. */
const withoutRequest = (message: string): string => message.replace(/^[A-Z]+ \/\S*: /, '');

function unanswered(error: KubeError, server: string): string {
  const text = withoutRequest(error.message);
  if (error.reason !== NO_ANSWER.unreachable) return `error: no answer from the API server ${server}: ${text}`;
  return `error: cannot reach the API server ${server}: ${text}; is it the right one (--context, --kubeconfig)?`;
}

export function lineFor(error: unknown, server = ''): string {
  if (error instanceof CliError) return error.message;
  if (isKubeError(error)) {
    const text = withoutRequest(error.message);
    return joinLines(error.status === 0 ? unanswered(error, server) : `Error from server (${error.reason}): ${text}`);
  }
  return joinLines(`error: ${error instanceof Error ? error.message : String(error)}`);
}
