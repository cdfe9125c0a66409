// How Go prints a resource.Quantity that was decoded from JSON, its private fields included: small numbers are an int64
// and a power of ten (`i`), others a decimal (`d`), and `s` keeps the spelling where decoding saw that it is canonical.
// A spelling that is no quantity prints as the zero one.

interface Decimal {
  readonly unscaled: bigint;
  readonly scale: number;
}

interface Quantity {
  readonly value?: bigint;
  readonly scale?: number;
  readonly decimal?: Decimal | undefined;
  readonly text?: string;
  readonly format: '' | 'DecimalSI' | 'BinarySI' | 'DecimalExponent';
}

interface Spelling {
  readonly negative: boolean;
  readonly whole: string;
  readonly fraction: string;
  readonly exponent: number;
  readonly format: 'DecimalSI' | 'BinarySI' | 'DecimalExponent';
}

const NO_QUANTITY: Quantity = { format: '' };
const SPELLING = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;
const HAS_DIGITS = /^[-+.]*\d/;
const DECIMAL_SUFFIXES: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY_SUFFIXES: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const NANO = 9;
const MAX_INT64 = 2n ** 63n - 1n;
/** Beyond it a number would fill memory; nobody runs a pod that wants so much. */
const MAX_EXPONENT = 1000;

export function printQuantity(value: unknown): string {
  const quantity = value == null ? NO_QUANTITY : parse(String(value).trim());
  return (
    `{i:(resource.int64Amount){value:(int64)${quantity.value ?? 0n} scale:(resource.Scale)${quantity.scale ?? 0}}` +
    ` d:(resource.infDecAmount){Dec:(*inf.Dec)${printDecimal(quantity.decimal)}}` +
    ` s:(string)${quantity.text ?? ''} Format:(resource.Format)${quantity.format}}`
  );
}

function parse(text: string): Quantity {
  if (text === '0') return { text, format: 'DecimalSI' };
  const spelling = read(text);
  if (spelling === undefined) return NO_QUANTITY;
  const small = spelling.format === 'BinarySI' ? smallBinary(spelling, text) : smallDecimal(spelling, text);
  return small ?? (HAS_DIGITS.test(text) ? large(spelling) : NO_QUANTITY);
}

function read(text: string): Spelling | undefined {
  const match = text === '' ? null : SPELLING.exec(text);
  if (match === null) return undefined;
  const [, sign, digits = '', fraction = '', suffix = ''] = match;
  const unit = readSuffix(suffix);
  if (unit === undefined) return undefined;
  return { negative: sign === '-', whole: digits.replace(/^0+/, '') || '0', fraction, ...unit };
}

function readSuffix(suffix: string): Pick<Spelling, 'exponent' | 'format'> | undefined {
  const decimal = DECIMAL_SUFFIXES[suffix];
  if (decimal !== undefined) return { exponent: decimal, format: 'DecimalSI' };
  const binary = BINARY_SUFFIXES[suffix];
  if (binary !== undefined) return { exponent: binary, format: 'BinarySI' };
  const exponent = /^[eE]([-+]?\d+)$/.exec(suffix)?.[1];
  if (exponent === undefined || Math.abs(Number(exponent)) > MAX_EXPONENT) return undefined;
  return { exponent: Number(exponent), format: 'DecimalExponent' };
}

const signed = (value: bigint, negative: boolean): bigint => (negative ? -value : value);

function smallDecimal({ negative, whole, fraction, exponent, format }: Spelling, text: string): Quantity | undefined {
  const digits = whole + fraction;
  const scale = exponent - fraction.length;
  if (digits.length > 18 || scale < -NANO) return undefined;
  const canonical = scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0');
  return { value: signed(BigInt(digits), negative), scale, format, ...(canonical ? { text } : {}) };
}

/** Whole numbers of a binary unit while some 15 digits hold them. */
function smallBinary({ negative, whole, fraction, exponent, format }: Spelling, text: string): Quantity | undefined {
  if (fraction !== '' || whole.length + Math.trunc((exponent * 3) / 10) > 14) return undefined;
  const value = BigInt(whole);
  const canonical = value % 8n !== 0n;
  return { value: signed(value << BigInt(exponent), negative), scale: 0, format, ...(canonical ? { text } : {}) };
}

/** An exact decimal, rounded away from zero to billionths; binary units end at the largest int64. */
function large({ negative, whole, fraction, exponent, format }: Spelling): Quantity {
  const binary = format === 'BinarySI';
  const digits = BigInt(whole + fraction);
  const exact = binary
    ? { unscaled: digits << BigInt(exponent), scale: fraction.length }
    : { unscaled: digits, scale: fraction.length - exponent };
  if (exact.unscaled === 0n) return { decimal: exact, format };
  const rounded = roundUp(exact);
  const one = 10n ** BigInt(NANO);
  const decimal = binary && rounded.unscaled > MAX_INT64 * one ? { unscaled: MAX_INT64, scale: 0 } : rounded;
  return {
    decimal: { unscaled: signed(decimal.unscaled, negative), scale: decimal.scale },
    format: binary && rounded.unscaled < one ? 'DecimalSI' : format,
  };
}

function roundUp({ unscaled, scale }: Decimal): Decimal {
  if (scale <= NANO) return { unscaled: unscaled * 10n ** BigInt(NANO - scale), scale: NANO };
  const divisor = 10n ** BigInt(scale - NANO);
  return { unscaled: (unscaled + divisor - 1n) / divisor, scale: NANO };
}

function printDecimal(decimal: Decimal | undefined): string {
  if (decimal === undefined) return '<nil>';
  const negative = decimal.unscaled < 0n;
  const words = words64(negative ? -decimal.unscaled : decimal.unscaled);
  return `{unscaled:(big.Int){neg:(bool)${negative} abs:(big.nat)${words}} scale:(inf.Scale)${decimal.scale}}`;
}

/** The 64-bit words of a big.Int, the lowest first. */
function words64(value: bigint): string {
  if (value === 0n) return '<nil>';
  const words: bigint[] = [];
  for (let rest = value; rest > 0n; rest >>= 64n) words.push(BigInt.asUintN(64, rest));
  return `[${words.join(' ')}]`;
}
