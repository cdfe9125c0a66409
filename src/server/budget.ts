// Bounds the bytes of all bodies that are being received at once. A lease grows with what really arrived, so a peer that
// announces much and sends nothing holds nothing.

import type { Limits } from './limits.ts';

export interface Lease {
  /** False when there is no room; the lease keeps what it had. */
  grow(bytes: number): boolean;
  end(): void;
}

export interface Budget {
  lease(): Lease;
  readonly used: number;
}

type Sizes = Pick<Limits, 'inFlightBytes' | 'largeInFlightBytes' | 'largeBytes'>;

export function createBudget(sizes: Sizes): Budget {
  let used = 0;
  let usedByLarge = 0;
  const lease = (): Lease => {
    let held = 0;
    return {
      grow(bytes) {
        const size = held + bytes;
        const large = size > sizes.largeBytes;
        const moreLarge = large ? (held > sizes.largeBytes ? bytes : size) : 0;
        if (used + bytes > sizes.inFlightBytes || usedByLarge + moreLarge > sizes.largeInFlightBytes) return false;
        used += bytes;
        usedByLarge += moreLarge;
        held = size;
        return true;
      },
      end() {
        used -= held;
        if (held > sizes.largeBytes) usedByLarge -= held;
        held = 0;
      },
    };
  };
  return {
    lease,
    get used() {
      return used;
    },
  };
}
