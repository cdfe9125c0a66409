// The words of scenarios that are data: steps of a plan, and the images of its revisions.

export interface Step {
  /** Percent of the pods. */
  pods: number;
  /** Percent of the requests; absent: the step steers none. */
  requests?: number;
}

export const V1 = 'cilium/echoserver:1.10.2';
export const V2 = 'cilium/echoserver:1.10.3';
export const V3 = 'cilium/echoserver:1.10.4';
/** Never starts: its pods stay Pending. */
export const BROKEN = 'cilium/echoserver:failed';
