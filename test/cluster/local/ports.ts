// Which ports a cluster listens on: a block from --port-base, or the first free block of a range that the kernel does
// not hand out to outgoing connections. The search starts at a place that depends on the name, so that a cluster usually
// gets the same ports again and two clusters started together do not race for one block.
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';

/** What listens, in the order of the block. */
const PORT_NAMES = ['apiserver', 'etcd', 'etcdPeer', 'controllerManager', 'scheduler', 'kwok'] as const;

export type Ports = Record<(typeof PORT_NAMES)[number], number>;

const FIRST = 20_000;
const BLOCK = 10;
const BLOCKS = 1000;

/** The ports of the block that starts at `base`. */
export function portsFrom(base: number): Ports {
  if (!Number.isInteger(base) || base < 1024 || base + PORT_NAMES.length > 65_536) {
    throw new Error(`a port base is a whole number from 1024 to ${65_536 - PORT_NAMES.length}; got ${base}`);
  }
  return Object.fromEntries(PORT_NAMES.map((name, index) => [name, base + index])) as Ports;
}

/** True if nothing listens on this loopback port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function taken(ports: Ports): Promise<number[]> {
  const all = Object.values(ports);
  const free = await Promise.all(all.map(isFree));
  return all.filter((_, index) => !free[index]);
}

/** The bases to try for a cluster of this name, best first. */
export function* candidateBases(name: string): Generator<number> {
  const start = createHash('sha256').update(name).digest().readUInt32BE(0) % BLOCKS;
  for (let step = 0; step < BLOCKS; step += 1) yield FIRST + ((start + step) % BLOCKS) * BLOCK;
}

/** Free ports for a cluster: the block asked for, or else the first free one. */
export async function choosePorts(name: string, base?: number): Promise<Ports> {
  if (base !== undefined) {
    const ports = portsFrom(base);
    const busy = await taken(ports);
    if (busy.length > 0)
      throw new Error(`in use: port ${busy.join(', port ')}; choose another --port-base or leave it out`);
    return ports;
  }
  for (const candidate of candidateBases(name)) {
    const ports = portsFrom(candidate);
    if ((await taken(ports)).length === 0) return ports;
  }
  throw new Error(`no free block of ports from ${FIRST} to ${FIRST + BLOCK * BLOCKS - 1}; give one with --port-base`);
}
