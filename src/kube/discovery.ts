// Wakes watches of resources that did not exist yet: when a CustomResourceDefinition appears or changes, whoever waits for
// its resource tries again, without a restart and without asking the server in between.

import type { Table } from './table.ts';
import type { Watch } from './watch-contract.ts';

/** `definitions`: table of all CustomResourceDefinitions. The returned function ends it. */
export function retryWhenDefined(definitions: Table, watches: readonly Watch[]): () => void {
  return definitions.onChange((_, definition) => {
    if (definition === undefined) return;
    for (const watch of watches) {
      const { plural, group } = watch.table.resource;
      // A definition is named after what it defines. An early try is harmless: the watch keeps trying for some seconds.
      if (definition.metadata.name === `${plural}.${group}` && !watch.table.synced) watch.retry();
    }
  });
}
