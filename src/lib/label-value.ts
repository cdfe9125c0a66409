// Values of labels out of texts that may be none: as they are where they are one, else what can stay of them and a hash of all.

import { nameSuffix } from './hash.ts';

const MAX = 63;
const VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const ENDS = /^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g;
/** A dash and the five characters of the hash. */
const SUFFIX = 6;

/** Two texts have the same value only if they are the same; '' stays ''. */
export function labelValue(text: string): string {
  if (text === '' || (text.length <= MAX && VALUE.test(text))) return text;
  const kept = text
    .replaceAll(/[^-A-Za-z0-9_.]+/g, '-')
    .replace(ENDS, '')
    .slice(0, MAX - SUFFIX)
    .replace(ENDS, '');
  return kept === '' ? nameSuffix(text) : `${kept}-${nameSuffix(text)}`;
}

/** A name with an ending, of at most `max` characters; what is cut away is told apart by a hash. */
export function nameWith(name: string, ending: string, max = MAX): string {
  const whole = `${name}${ending}`;
  if (whole.length <= max) return whole;
  return `${name.slice(0, max - ending.length - SUFFIX).replace(ENDS, '')}-${nameSuffix(name)}${ending}`;
}
