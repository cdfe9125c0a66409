// How Go prints the types of a pod template whose JSON is not a list of their fields.

import { utf8ToBytes } from '@noble/hashes/utils.js';
import { printQuantity } from './quantity.ts';

export type Printer = (value: unknown) => string;

const MOMENT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/;
const SECONDS_FROM_YEAR_1_TO_1970 = 62_135_596_800;
/** The local zone of a process in a container without TZ and /etc/localtime. */
const LOCAL_ZONE =
  '{name:(string)UTC zone:([]time.zone)<nil> tx:([]time.zoneTrans)<nil> extend:(string) cacheStart:(int64)0' +
  ' cacheEnd:(int64)0 cacheZone:(*time.zone)<nil>}';

function printIntOrString(value: unknown): string {
  if (typeof value === 'string') return `{Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)${value}}`;
  return `{Type:(intstr.Type)0 IntVal:(int32)${printInteger(value)} StrVal:(string)}`;
}

const printMoment = (wall: string, ext: number, loc: string): string =>
  `{Time:(time.Time){wall:(uint64)${wall} ext:(int64)${ext} loc:(*time.Location)${loc}}}`;

function printTime(value: unknown): string {
  const match = typeof value === 'string' ? MOMENT.exec(value) : null;
  const seconds = Date.parse(`${match?.[1]}${match?.[3]}`) / 1000;
  if (Number.isNaN(seconds)) return printMoment('0', 0, '<nil>');
  const nanoseconds = String(Number((match?.[2] ?? '').padEnd(9, '0')));
  return printMoment(nanoseconds, seconds + SECONDS_FROM_YEAR_1_TO_1970, LOCAL_ZONE);
}

const printFieldsV1 = (value: unknown): string =>
  value == null ? '{Raw:([]uint8)<nil>}' : `{Raw:([]uint8)[${utf8ToBytes(JSON.stringify(value)).join(' ')}]}`;

/** An int64: JavaScript rounds what is beyond 2^53, but the largest one, often written for "for ever", is met. */
export function printInteger(value: unknown): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return '0';
  if (Number.isSafeInteger(value)) return String(value);
  const whole = BigInt(Math.trunc(value));
  if (whole > 2n ** 63n - 1n) return String(2n ** 63n - 1n);
  return String(whole < -(2n ** 63n) ? -(2n ** 63n) : whole);
}

export const OPAQUE: Readonly<Record<string, Printer>> = {
  'resource.Quantity': printQuantity,
  'intstr.IntOrString': printIntOrString,
  'v1.Time': printTime,
  'v1.FieldsV1': printFieldsV1,
};
