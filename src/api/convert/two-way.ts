// One flow for every kind: the plain conversion of a Mapping, made lossless by two stashes.
//   down: stored v1beta1 → plain v1alpha1 → put back what v1alpha1 once said → stash what v1beta1 alone says
//   up:   v1alpha1 → plain v1beta1 → put back what the stash has → stash what v1alpha1 alone says
// Only labels and annotations may change in metadata; everything else of the object stays as it came.

import { ANNOTATION, API_VERSION } from '../names.ts';
import type { JsonObject, KubeObject } from '../kube.ts';
import { ConversionError } from './error.ts';
import { field, isObject, withField, without, type Fields, type Path } from '../../lib/json.ts';
import { names, prune } from '../../lib/json-schema.ts';
import { applyEdits, decode, diff, encode, type Edit } from './stash.ts';

export interface VersionSchemas {
  spec: JsonObject;
  status: JsonObject;
}

/** The plain conversion of one kind. All functions are total: they meet any JSON. */
export interface Mapping {
  alpha: VersionSchemas;
  beta: VersionSchemas;
  /** Annotations that the two versions use differently. */
  annotations: readonly string[];
  downSpec(spec: Fields): Fields;
  upSpec(spec: Fields, annotations: Fields): Fields;
  downAnnotations(annotations: Fields, betaSpec: unknown): Fields;
  upAnnotations(annotations: Fields, alphaSpec: unknown): Fields;
  downStatus(status: Fields, betaSpec: unknown): Fields;
  upStatus(status: Fields, betaSpec: unknown): Fields;
  /** Narrows an edit, for example to objects without a certain field. */
  narrow(edit: Edit, betaSpec: unknown): Edit;
  /** Last word on a restored v1beta1 spec, by what v1alpha1 shows. */
  settle(betaSpec: unknown, alphaAnnotations: Fields): unknown;
  /** Where v1alpha1 shows a v1beta1 status path; undefined: nowhere. */
  shownAt(path: Path, betaSpec: unknown): Path | undefined;
}

const STASHES = [ANNOTATION.stashV1beta1, ANNOTATION.stashV1alpha1];

const annotationsOf = (object: KubeObject): Fields => {
  const annotations = field(field(object, 'metadata'), 'annotations');
  return isObject(annotations) ? annotations : {};
};

/** The three parts that conversion is about; everything else passes by. */
interface Parts {
  annotations: Fields;
  spec: unknown;
  status: unknown;
}
const partsOf = (object: KubeObject): Parts => ({
  annotations: without(annotationsOf(object), ...STASHES),
  spec: field(object, 'spec'),
  status: field(object, 'status'),
});

const mapped = (value: unknown, from: JsonObject, to: JsonObject, map: (value: Fields) => Fields): unknown => {
  const known = prune(from, value);
  return isObject(known) ? prune(to, map(known)) : known;
};

function plainDown(mapping: Mapping, beta: Parts): Parts {
  const { alpha, beta: from } = mapping;
  return {
    annotations: mapping.downAnnotations(beta.annotations, beta.spec),
    spec: mapped(beta.spec, from.spec, alpha.spec, (spec) => mapping.downSpec(spec)),
    status: mapped(beta.status, from.status, alpha.status, (status) => mapping.downStatus(status, beta.spec)),
  };
}

const plainUpSpec = (mapping: Mapping, alpha: Parts): unknown =>
  mapped(alpha.spec, mapping.alpha.spec, mapping.beta.spec, (spec) => mapping.upSpec(spec, alpha.annotations));

const plainUpStatus = (mapping: Mapping, alpha: Parts, betaSpec: unknown): unknown =>
  mapped(alpha.status, mapping.alpha.status, mapping.beta.status, (status) => mapping.upStatus(status, betaSpec));

const pick = (annotations: Fields, keys: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(annotations).filter(([key]) => keys.includes(key)));

const under = (edits: Edit[], ...roots: string[]): Edit[] => edits.filter(({ at }) => roots.includes(at[0] ?? ''));

/** Stored v1beta1 → v1alpha1. */
export function down(mapping: Mapping, object: KubeObject): KubeObject {
  const beta = partsOf(object);
  const plain = plainDown(mapping, beta);
  const own = (decode(field(annotationsOf(object), ANNOTATION.stashV1alpha1)) ?? []).filter(
    ({ at: [root, ...path] }) => root === 'spec' || (root === 'status' && !names(mapping.beta.status, path)),
  );
  const restored = applyEdits({ spec: plain.spec, status: plain.status }, own) as Pick<Parts, 'spec' | 'status'>;
  const alpha: Parts = { annotations: plain.annotations, spec: restored.spec, status: restored.status };
  const back = {
    annotations: pick(mapping.upAnnotations(alpha.annotations, alpha.spec), mapping.annotations),
    spec: plainUpSpec(mapping, alpha),
    status: plainUpStatus(mapping, alpha, beta.spec),
  };
  const wanted = { ...beta, annotations: pick(beta.annotations, mapping.annotations) };
  const edits = diff(back, wanted).map((edit) => mapping.narrow(edit, beta.spec));
  return assemble(object, API_VERSION.v1alpha1, alpha, [ANNOTATION.stashV1beta1, edits]);
}

/** v1alpha1 → stored v1beta1. Throws ConversionError when the stash is garbled. */
export function up(mapping: Mapping, object: KubeObject): KubeObject {
  const alpha = partsOf(object);
  const edits = stashOf(object);
  const restored = applyEdits({ spec: plainUpSpec(mapping, alpha) }, under(edits, 'spec'));
  const spec = mapping.settle(field(restored, 'spec'), alpha.annotations);
  const status = plainUpStatus(mapping, alpha, spec);
  const hidden = under(edits, 'status').filter(({ at: [, ...path] }) => {
    const shown = mapping.shownAt(path, spec);
    return shown === undefined || !names(mapping.alpha.status, shown);
  });
  const annotations = applyEdits(
    { annotations: mapping.upAnnotations(alpha.annotations, alpha.spec) },
    under(edits, 'annotations').filter(({ at }) => at.length === 2 && mapping.annotations.includes(at[1] ?? '')),
  ) as Pick<Parts, 'annotations'>;
  const beta: Parts = { ...annotations, spec, status: field(applyEdits({ status }, hidden), 'status') };
  const shown = plainDown(mapping, beta);
  const own = diff({ spec: shown.spec, status: shown.status }, { spec: alpha.spec, status: alpha.status });
  return assemble(object, API_VERSION.v1beta1, beta, [ANNOTATION.stashV1alpha1, own]);
}

function stashOf(object: KubeObject): Edit[] {
  const edits = decode(field(annotationsOf(object), ANNOTATION.stashV1beta1));
  if (edits !== undefined) return edits;
  throw new ConversionError(
    describeObject(object),
    `metadata.annotations[${ANNOTATION.stashV1beta1}]`,
    'it is written by Sluice and was edited by hand; put its old value back, or remove it to drop what v1alpha1 cannot show',
  );
}

export function describeObject(object: KubeObject): string {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '?');
  const metadata = field(object, 'metadata');
  return `${text(field(object, 'kind'))} ${text(field(metadata, 'namespace'))}/${text(field(metadata, 'name'))}`;
}

function assemble(source: KubeObject, apiVersion: string, parts: Parts, [key, edits]: [string, Edit[]]): KubeObject {
  const annotations = edits.length === 0 ? parts.annotations : withField(parts.annotations, key, encode(edits));
  let result: Fields = withField(source, 'apiVersion', apiVersion);
  result = withField(result, 'spec', parts.spec);
  result = withField(result, 'status', parts.status);
  return withAnnotations(result, annotations) as KubeObject;
}

function withAnnotations(object: Fields, annotations: Fields): Fields {
  const metadata = field(object, 'metadata');
  const before = field(metadata, 'annotations');
  const empty = Object.keys(annotations).length === 0;
  if (empty && (!isObject(before) || Object.keys(before).length === 0)) return object;
  const owner = isObject(metadata) ? metadata : {};
  return withField(object, 'metadata', withField(owner, 'annotations', empty ? undefined : annotations));
}
