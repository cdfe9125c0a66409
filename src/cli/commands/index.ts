// The verbs, one line each, in the order in which help shows them.

import type { Verb } from '../verb.ts';

export const VERBS: readonly Verb[] = [
  {
    name: 'get',
    summary: 'show Rollouts: the release, what it waits for, what to do next',
    load: () => import('./get.ts'),
  },
  { name: 'describe', summary: 'show a Rollout in full', load: () => import('./describe.ts') },
  { name: 'approve', summary: 'let a release that waits for approval go on', load: () => import('./approve.ts') },
  { name: 'status', summary: 'wait until a release is over, and tell how it goes', load: () => import('./status.ts') },
  { name: 'pause', summary: 'keep a release from going on', load: () => import('./pause.ts') },
  { name: 'resume', summary: 'end what pause began', load: () => import('./resume.ts') },
  { name: 'jump', summary: 'let a release go on in another step', load: () => import('./jump.ts') },
  { name: 'undo', summary: 'go back to an earlier version of a workload', load: () => import('./undo.ts') },
  { name: 'history', summary: 'show what a workload was and is', load: () => import('./history.ts') },
  {
    name: 'restart',
    summary: 'replace the pods of a workload, in the steps of its Rollout',
    load: () => import('./restart.ts'),
  },
  { name: 'set', summary: 'set image: give the containers of a workload other images', load: () => import('./set.ts') },
  { name: 'install', summary: 'put Sluice into a cluster, or bring it up to date', load: () => import('./install.ts') },
  {
    name: 'uninstall',
    summary: 'take Sluice out of a cluster; no workload stays held',
    load: () => import('./uninstall.ts'),
  },
  {
    name: 'completion',
    summary: 'print what a shell needs to complete commands',
    load: () => import('./completion.ts'),
  },
  { name: 'version', summary: 'print the version', load: () => import('./version.ts') },
];
