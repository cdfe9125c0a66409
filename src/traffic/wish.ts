// Wishes in words.

import type { Branch, Wish } from './provider.ts';

const shareOf = ({ weight, matches }: Branch): string =>
  matches.length > 0 ? 'matching requests' : `${weight ?? 0} % of requests`;

/** What is led away from the base. */
export const shareText = ({ branches }: Wish): string =>
  branches.length === 1
    ? branches.map(shareOf).join('')
    : branches.map((branch) => `${shareOf(branch)} for ${branch.name}`).join(' and ');

export function whyText(wish: Wish): string {
  if (wish.branches.length === 0) return 'route all traffic to the stable version';
  return `route ${shareText(wish)}${wish.branches.length === 1 ? ' to the new version' : ''}`;
}

export const namesText = ({ branches }: Wish): string => branches.map(({ name }) => name).join(', ');
