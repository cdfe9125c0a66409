// What a step sends to the new version, in words.

import type { RolloutStep } from '../api/rollout.ts';

export type Share = Pick<RolloutStep, 'traffic' | 'matches'>;

export function stepShareText({ traffic, matches }: Share): string {
  const wanted = matches ?? [];
  if (wanted.length > 0) return `requests that match ${wanted.map(matchText).join(' or ')}`;
  return traffic === undefined ? 'no requests apart' : `${traffic} of requests`;
}

function matchText({ path, headers = [], queryParams = [] }: NonNullable<RolloutStep['matches']>[number]): string {
  const parts = [
    ...(path === undefined ? [] : [`path ${path.value ?? '/'}`]),
    ...headers.map(({ name, value }) => `header ${name}=${value}`),
    ...queryParams.map(({ name, value }) => `query ${name}=${value}`),
  ];
  return parts.join(' and ') || 'anything';
}
