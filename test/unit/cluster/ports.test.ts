import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { candidateBases, choosePorts, isFree, portsFrom } from '../../cluster/local/ports.ts';

const servers: Server[] = [];

function occupy(port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    servers.push(server);
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

describe('the ports of a cluster', () => {
  test('a base gives six consecutive ports, the API server first', () => {
    const ports = portsFrom(18000);
    expect(ports.apiserver).toBe(18000);
    expect(Object.values(ports)).toEqual([18000, 18001, 18002, 18003, 18004, 18005]);
  });

  test.each([80, 65_535, 1.5, Number.NaN])('base %s is refused', (base) => {
    expect(() => portsFrom(base)).toThrow(/port base/);
  });

  test('a listener makes a port not free', async () => {
    const port = await occupy();
    expect(await isFree(port)).toBe(false);
  });

  test('a base with a port in use is an error that names the port', async () => {
    const port = await occupy();
    await expect(choosePorts('any', port - 1)).rejects.toThrow(new RegExp(`in use: .*port ${port}\\b`));
  });

  test('without a base, a block with a port in use is passed over', async () => {
    const first = (await choosePorts('passed-over')).apiserver;
    await occupy(first + 2);
    expect((await choosePorts('passed-over')).apiserver).not.toBe(first);
  });

  test('blocks do not overlap, stay under the ephemeral range, and start at a place of the name', () => {
    const bases = [...candidateBases('a')];
    expect(new Set(bases).size).toBe(bases.length);
    expect(bases.every((base) => base >= 20_000 && base + 10 <= 32_768 && base % 10 === 0)).toBe(true);
    expect(candidateBases('b').next().value).not.toBe(bases[0]);
  });
});
