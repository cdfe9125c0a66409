import { describe, expect, it } from 'vitest';
import { listenAddress, type Interfaces } from '../../../src/server/anywhere.ts';

const address = (family: 'IPv4' | 'IPv6', text: string) => ({ family, address: text }) as never;
const v4: Interfaces = { lo: [address('IPv4', '127.0.0.1')], eth0: [address('IPv4', '10.0.0.7')] };
const both: Interfaces = { ...v4, lo: [address('IPv4', '127.0.0.1'), address('IPv6', '::1')] };

describe('where to listen', () => {
  it('everywhere is both families, where there are both', () => {
    expect(listenAddress('::', both)).toBe('::');
    expect(listenAddress('', both)).toBe('::');
  });

  it('everywhere is IPv4 on a node without IPv6, where nothing else can be listened on', () => {
    expect(listenAddress('::', v4)).toBe('0.0.0.0');
    expect(listenAddress('', v4)).toBe('0.0.0.0');
  });

  it('a chosen address stays', () => {
    expect(listenAddress('127.0.0.1', v4)).toBe('127.0.0.1');
    expect(listenAddress('::1', v4)).toBe('::1');
  });
});
