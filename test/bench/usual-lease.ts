// Flags of `serve` as by default; those of the tests would have the API server renew a Lease several times a second.

export const USUAL_LEASE = [
  '--lease-duration=15s',
  '--renew-deadline=10s',
  '--retry-period=2s',
  '--drain-timeout=100ms',
];
