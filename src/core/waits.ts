// When two texts tell of the same wait: counts and times that move make no other one.

/** A time, or a number. */
const MEASURES = /\d{4}-\d\d-\d\dT[\d:.]+Z|\d+/g;

const kindOf = (message: string): string => message.replaceAll(MEASURES, '#');

export const isSameWait = (one: string | undefined, other: string): boolean =>
  one !== undefined && kindOf(one) === kindOf(other);
