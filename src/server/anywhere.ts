// Where to listen for everybody: `::` takes IPv4 too, but a machine without IPv6 cannot listen there at all.

import { networkInterfaces } from 'node:os';

export type Interfaces = ReturnType<typeof networkInterfaces>;

export function listenAddress(host: string, interfaces: Interfaces = networkInterfaces()): string {
  if (host !== '' && host !== '::') return host;
  const addresses = Object.values(interfaces).flatMap((list) => list ?? []);
  return addresses.some(({ family }) => family === 'IPv6') ? '::' : '0.0.0.0';
}
