// Tells once that the API server has stopped answering; the watches try on, and nothing more is to be said about it.

import type { KubeError } from '../../kube/errors.ts';
import { lineFor } from '../errors.ts';
import type { Call } from '../verb.ts';

export function toldOnce({ io }: Call<object>): (error: KubeError) => void {
  let isTold = false;
  return (error) => {
    // Answers such as an expired version belong to watching.
    if (error.status !== 0) return;
    if (!isTold) io.err(`note: the watch broke and is tried again: ${lineFor(error)}\n`);
    isTold = true;
  };
}
