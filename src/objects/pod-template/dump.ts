// The text that OpenKruise Rollouts hashes for a pod template: what Go's spew prints with `%#v` for the typed struct,
// from the template's JSON and the table of the struct's fields. For revision.ts, which hashes it.
//
// As in typed decoding, unknown fields are dropped, null is absent, and an absent field prints as its zero value. An
// empty list prints otherwise than an absent one. What is read from the API server has no empty ones, and then the text
// is the same whether OpenKruise read JSON or protobuf; an admission review may still show one that storage drops.
//
// Known limits, none of which the API server returns for a pod template of a Deployment: numbers that JavaScript rounds
// (integers beyond 2^53 other than the largest int64; quantities written as unquoted numbers in another than their
// shortest spelling), quantities with an exponent beyond 1000, fields of a wrong type (typed decoding refuses them;
// here they are absent), and timestamps, which drag the zone of OpenKruise's process into the text: here it is UTC.

import { isObject } from '../../lib/json.ts';
import { NAMED, STRUCTS } from './fields.ts';
import { OPAQUE, printInteger } from './opaque.ts';
import type { Printer } from './opaque.ts';

interface Field {
  /** What stands before the value: a separator, the name and the type. */
  readonly head: string;
  readonly print: Printer;
  /** '' when the struct's own object holds the fields. */
  readonly json: string;
}

const ROOT = 'v1.PodTemplateSpec';
const NIL = '<nil>';

const SCALARS: Readonly<Record<string, Printer>> = {
  string: (value) => (typeof value === 'string' ? value : ''),
  bool: (value) => String(value === true),
  int32: printInteger,
  int64: printInteger,
};

let root: Printer | undefined;

export function dumpPodTemplate(template: unknown): string {
  root ??= compiler()(ROOT);
  return `(${ROOT})${root(template)}`;
}

/** The table read once; gives the printer of a Go type by the name that Go prints for it. */
function compiler(): (type: string) => Printer {
  const named = new Map([...entries(NAMED)].flatMap(([type, names]) => names.map((name) => [name, type] as const)));
  const structs = new Map(entries(STRUCTS));
  const done = new Map<string, Printer>();

  function printer(type: string): Printer {
    const known = done.get(type) ?? compile(type);
    done.set(type, known);
    return known;
  }

  function compile(type: string): Printer {
    const simple = OPAQUE[type] ?? SCALARS[type];
    if (simple !== undefined) return simple;
    if (type.startsWith('*')) return pointer(printer(type.slice(1)));
    if (type.startsWith('[]')) return list(printer(type.slice(2)));
    const element = /^map\[[^\]]+\](.+)$/.exec(type)?.[1];
    if (element !== undefined) return dictionary(printer(element));
    const fields = structs.get(type);
    if (fields !== undefined) return struct(fields.map(field));
    const underlying = named.get(type);
    if (underlying === undefined) throw new Error(`fields.ts names the type ${type} and does not describe it`);
    return printer(underlying);
  }

  function field(text: string, index: number): Field {
    const [name = '', type = '', json = ''] = text.split(':');
    return { head: `${index === 0 ? '{' : ' '}${name}:(${type})`, print: printer(type), json };
  }

  return printer;
}

/** A head and its words, from lines of which the indented ones continue the one before. */
function entries(table: string): [string, string[]][] {
  return table
    .trim()
    .split(/\n(?=\S)/)
    .map((entry) => {
      const [head = '', ...words] = entry.split(/\s+/);
      return [head, words];
    });
}

const pointer =
  (print: Printer): Printer =>
  (value) =>
    value == null ? NIL : print(value);

const list =
  (print: Printer): Printer =>
  (value) =>
    Array.isArray(value) ? `[${value.map(print).join(' ')}]` : NIL;

const dictionary =
  (print: Printer): Printer =>
  (value) => {
    if (!isObject(value)) return NIL;
    const keys = Object.keys(value).sort(byBytes);
    return `map[${keys.map((key) => `${key}:${print(value[key])}`).join(' ')}]`;
  };

function struct(fields: readonly Field[]): Printer {
  const print = (value: Record<string, unknown>): string => {
    let text = '';
    for (const field of fields) text += field.head + field.print(field.json === '' ? value : value[field.json]);
    return `${text}}`;
  };
  const zero = print({});
  return (value) => (isObject(value) ? print(value) : zero);
}

/** The order of the UTF-8 bytes, in which Go sorts, from UTF-16 units, in which JavaScript would. */
function byBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others. */
const rank = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);
