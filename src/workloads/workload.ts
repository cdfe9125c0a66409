// The contract of a workload kind and style, by role: what the registry lists, how it is read, how admission holds it, how
// control drives it and gives it back. One implementation per (group, kind, style) in this folder; index.ts is the registry.
// All of it is pure: objects in, plain data out. Nothing outside this folder may ask for a kind; whoever uses one takes the
// narrowest role that will do.

import type { Drivable } from './contract/drivable.ts';
import type { Holdable } from './contract/holdable.ts';
import type { Readable } from './contract/readable.ts';
import type { Registered } from './contract/registered.ts';

export type * from './contract/drivable.ts';
export type * from './contract/holdable.ts';
export type * from './contract/readable.ts';
export type * from './contract/registered.ts';

export interface Workload extends Registered, Readable, Holdable, Drivable {}
