// Whether a workload can be copied as its author wrote it: numbers beyond 2^53 are rounded when they are read.

/** `path`: of such a number. */
export const inexactText = (path: string): string =>
  `${path} is a number beyond 2^53, which cannot be copied exactly, so no new pod is made; use a smaller one`;
