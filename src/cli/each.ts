// A verb on several objects: every one is tried, each failure is one line, and the exit code tells whether all went well.

import type { Client } from '../kube/client.ts';
import { UsageError, lineFor } from './errors.ts';
import type { Ref } from './targets.ts';
import type { Call } from './verb.ts';

export interface Place {
  client: Client;
  namespace: string;
}

export async function forEachRef(
  call: Call<object>,
  refs: readonly Ref[],
  act: (ref: Ref, place: Place) => Promise<void>,
): Promise<number> {
  if (refs.length === 0) throw new UsageError('error: name what is meant: rollout/NAME');
  const { client, server, namespace: own } = await call.cluster();
  const place = { client, namespace: call.options.namespace ?? own };
  let code = 0;
  for (const ref of refs) {
    try {
      await act(ref, place);
    } catch (error) {
      code = 1;
      call.io.err(`${lineFor(error, server)}\n`);
    }
  }
  return code;
}
