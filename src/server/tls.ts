// TLS of the webhook server: TLS 1.3 unless 1.2 is asked for, HTTP/1.1 only, no session tickets, optional client
// certificates. A pair is verified before it is used, and swapping it leaves live connections alone.

import { constants } from 'node:crypto';
import type { SecureContextOptions, TLSSocket, TlsOptions } from 'node:tls';
import { pairProblem } from '../certs/pair.ts';
import type { Pair } from '../certs/pair.ts';
import type { Limits } from './limits.ts';

export interface ClientAuthority {
  /** PEM of the authorities that sign client certificates. */
  ca: string;
  /** Accepted common names or DNS names; an empty list accepts nobody. */
  names: string[];
}

export interface TlsSettings {
  pair: Pair;
  /** Default TLSv1.3. */
  minVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** When set, only these clients may call. Whether it is set is fixed at start; its content may be reloaded. */
  clients?: ClientAuthority;
}

/** Forward secret and authenticated, for peers that speak TLS 1.2 only; 1.3 has no others. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
].join(':');

/** @throws when the pair must not be served. */
export function secureContext(settings: TlsSettings, now: number): SecureContextOptions {
  const problem = pairProblem(settings.pair, now);
  if (problem !== undefined) throw new Error(`the webhook certificate is refused: ${problem}`);
  return {
    cert: settings.pair.cert,
    key: settings.pair.key,
    minVersion: settings.minVersion ?? 'TLSv1.3',
    ciphers: CIPHERS,
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    ...(settings.clients === undefined ? {} : { ca: settings.clients.ca }),
  };
}

export function tlsOptions(settings: TlsSettings, limits: Limits, now: number): TlsOptions {
  return {
    ...secureContext(settings, now),
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: limits.handshakeMs,
    requestCert: settings.clients !== undefined,
    rejectUnauthorized: settings.clients !== undefined,
  };
}

/** True when the peer's certificate, already verified against the CA, carries one of the accepted names. */
export function isAcceptedClient(socket: TLSSocket, clients: ClientAuthority): boolean {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return false;
  const common = /^CN=(.+)$/m.exec(certificate.subject)?.[1];
  return clients.names.some((name) => name === common || certificate.checkHost(name, { subject: 'never' }) === name);
}
