// The verbs, one line each, in the order in which help shows them.

import type { Verb } from '../verb.ts';

export const VERBS: readonly Verb[] = [
  {
    name: 'get',
    summary: 'show Rollouts: the release, what it waits for, what to do next',
    load: () => import('./get.ts'),
  },
  { name: 'approve', summary: 'let a release that waits for approval go on', load: () => import('./approve.ts') },
  { name: 'install', summary: 'put Sluice into a cluster, or bring it up to date', load: () => import('./install.ts') },
  {
    name: 'uninstall',
    summary: 'take Sluice out of a cluster; no workload stays held',
    load: () => import('./uninstall.ts'),
  },
  { name: 'version', summary: 'print the version', load: () => import('./version.ts') },
];
