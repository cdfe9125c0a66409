// Phases, step states, conditions, reasons, finalising steps, events and fixed texts of status: what clients compare
// literally. The values are OpenKruise's; those marked "ours" have no counterpart there.

type Values<T> = T[keyof T];

export const PHASE = {
  initial: 'Initial',
  healthy: 'Healthy',
  progressing: 'Progressing',
  terminating: 'Terminating',
  disabling: 'Disabling',
  disabled: 'Disabled',
} as const;

export const TRAFFIC_ROUTING_PHASE = {
  initial: 'Initial',
  healthy: 'Healthy',
  progressing: 'Progressing',
  finalizing: 'Finalizing',
  terminating: 'Terminating',
} as const;

export const BATCH_PHASE = {
  preparing: 'Preparing',
  progressing: 'Progressing',
  finalizing: 'Finalizing',
  completed: 'Completed',
} as const;

export const BATCH_STATE = { upgrading: 'Upgrading', verifying: 'Verifying', ready: 'Ready' } as const;
export type BatchState = Values<typeof BATCH_STATE>;

export const FINALIZING_POLICY = { waitResume: 'WaitResume', immediate: 'Immediate' } as const;
export type FinalizingPolicy = Values<typeof FINALIZING_POLICY>;

/** BatchRelease releasePlan.rollingStyle; the annotation rolling-style has it in lower case. */
export const ROLLING_STYLE = { canary: 'Canary', partition: 'Partition', blueGreen: 'BlueGreen' } as const;
export type RollingStyle = Values<typeof ROLLING_STYLE>;

export const STEP = {
  beforeStepUpgrade: 'BeforeStepUpgrade',
  stepUpgrade: 'StepUpgrade',
  stepTrafficRouting: 'StepTrafficRouting',
  stepMetricsAnalysis: 'StepMetricsAnalysis',
  stepPaused: 'StepPaused',
  stepReady: 'StepReady',
  completed: 'Completed',
} as const;
export type StepState = Values<typeof STEP>;

export const FINALISING_STEP = {
  routeTrafficToStable: 'FinalisingStepRouteTrafficToStable',
  restoreStableService: 'RestoreStableService',
  removeCanaryService: 'RemoveCanaryService',
  resumeWorkload: 'ResumeWorkload',
  releaseWorkloadControl: 'ReleaseWorkloadControl',
  end: 'END',
} as const;
export type FinalisingStep = Values<typeof FINALISING_STEP>;

/** nextStepIndex after the last step. */
export const NO_NEXT_STEP = -1;

export const CONDITION = {
  progressing: 'Progressing',
  succeeded: 'Succeeded',
  terminating: 'Terminating',
  /** Ours: the Rollout breaks a rule or cannot be served; its workload is not enrolled. */
  accepted: 'Accepted',
  /** Ours: something outside (quota, admission, missing object) keeps the release from going on. */
  blocked: 'Blocked',
  /** Ours: a revision went out that no layer held. */
  bypassed: 'Bypassed',
  /** Ours: an update is held and nothing of its release is done yet: the whole plan can still be edited. */
  planOpen: 'PlanOpen',
} as const;
export type ConditionType = Values<typeof CONDITION>;

/** Reasons of condition Progressing. */
export const PROGRESSING_REASON = {
  initializing: 'Initializing',
  inRolling: 'InRolling',
  paused: 'Paused',
  cancelling: 'Cancelling',
  finalising: 'Finalising',
  completed: 'Completed',
} as const;
export type ProgressingReason = Values<typeof PROGRESSING_REASON>;

/** Reasons of condition PlanOpen: the update was answered with a hold and may not be stored yet; its hold was seen. */
export const PLAN_OPEN_REASON = { holdAnswered: 'HoldAnswered', held: 'Held' } as const;

/** Reasons of condition Terminating. */
export const TERMINATING_REASON = { inTerminating: 'InTerminating', completed: 'Completed' } as const;

/** Reasons of our own conditions Accepted, Blocked and Bypassed. */
export const OUR_REASON = {
  invalid: 'Invalid',
  unsupported: 'Unsupported',
  conflict: 'Conflict',
  writeRefused: 'WriteRefused',
  routeMissing: 'RouteMissing',
  mixedRevisions: 'MixedRevisions',
  inexact: 'Inexact',
  serviceMismatch: 'ServiceMismatch',
  bypassed: 'Bypassed',
} as const;

export const EVENT_REASON = {
  progressing: 'Progressing',
  unsupportedWorkload: 'UnsupportedWorkload',
  scalingReplicaSet: 'ScalingReplicaSet',
  /** Ours: a release waits for something else than before. */
  waiting: 'Waiting',
  /** Ours: a TrafficRouting splits requests, or does not any more. */
  routing: 'Routing',
  /** Ours: a release whose id cannot be a label has no RolloutHistory. */
  historySkipped: 'HistorySkipped',
} as const;

/** What a release, a batch or a TrafficRouting can wait for: stable codes, for metrics, tests and documents. Ours. */
export const WAIT = {
  /** The referenced workload does not exist. */
  workload: 'WorkloadMissing',
  /** The Rollout may not govern its workload. */
  acceptance: 'NotAccepted',
  /** Nobody here serves the kind or style. */
  kind: 'KindUnsupported',
  /** The workload's controller has not seen or named the revision. */
  revision: 'RevisionUnknown',
  /** spec.strategy.paused. */
  resumption: 'Paused',
  /** A person approves the step. */
  approval: 'Approval',
  /** The pause of a step takes its time. */
  pause: 'PauseDuration',
  /** Everybody has time to notice a change of traffic. */
  grace: 'GracePeriod',
  /** A revision of the workload serves. */
  stablePods: 'StablePods',
  /** New pods exist, are ready, carry their labels. */
  newPods: 'NewPods',
  /** A Service or BatchRelease of ours is on its way out. */
  removal: 'Removal',
  /** A route shows the wanted split. */
  route: 'RouteVerification',
  /** What a route needs exists. */
  obstacles: 'RouteObstacles',
  /** A TrafficRouting that several Rollouts share. */
  sharedRouting: 'SharedRouting',
  /** Rollouts that release with a TrafficRouting finish first. */
  users: 'RoutingUsers',
  /** The workload resumes or completes its own roll-out. */
  nativeRollOut: 'NativeRollOut',
  /** A revision that arrived during a promotion. */
  promotion: 'PromotionFirst',
  /** Another BatchRelease has the workload. */
  rival: 'OtherBatchRelease',
  /** The workload has another template than the one that is released. */
  otherRevision: 'OtherRevision',
} as const;
export type WaitKind = Values<typeof WAIT>;

/** Fixed texts of status.message and of clients, as seen in a real run. */
export const TEXT = {
  idle: 'workload deployment is completed',
  progressingCompleted: 'Rollout progressing has been completed',
  held: 'an update is held; its release begins',
  planOpen: 'step 1 has not begun, so every part of the plan can still be edited',
  paused: 'Rollout has been paused, you can resume it by kube-cli',
  rolledBack: 'The workload has been rolled back and the rollout process will be canceled',
  progressingCanceled: 'Rollout progressing has been canceled',
} as const;

export const stepPausedText = (step: number, steps: number): string =>
  `Rollout is in step(${step}/${steps}), and you need manually confirm to enter the next step`;

/** Printed by a second approve. */
export const NOT_APPROVABLE_TEXT = "does not allow to approve, because current canary state is not 'StepPaused'";
/** Printed by approve; `target` is rollout.rollouts.kruise.io/<name>. */
export const approvedText = (target: string): string => `${target} approved`;
