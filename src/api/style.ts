// The styles in which a workload can be released.

export const STYLES = ['canary', 'partition', 'bluegreen'] as const;
export type Style = (typeof STYLES)[number];
