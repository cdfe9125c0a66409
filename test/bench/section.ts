// What a section of the benchmark is: a name, and a run that returns figures, each beside a reference measured in the same
// call, because absolute figures of two machines cannot be compared.

export interface Figure {
  /** `webhook.cpu-per-review` */
  name: string;
  value: number;
  unit: string;
  /** What it is compared with. */
  reference: string;
  referenceValue: number;
  /** value / referenceValue, as the median over paired rounds where there are rounds; against a goal of 0 the value itself. */
  ratio: number;
  /** Printed below the figure. */
  note?: string;
}

export interface Section {
  run(say: (line: string) => void): Promise<Figure[]>;
}

export const ratioOf = (value: number, reference: number): number => (reference === 0 ? value : value / reference);

/** Milliseconds of what is done. */
export async function timed(does: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await does();
  return performance.now() - began;
}

/** `share` of 0.99: the value that 99 % do not exceed. */
export const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
};
